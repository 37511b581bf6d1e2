/** What a process tells of itself; handed in by whoever starts the site. Nothing in it is secret any more. */
export interface SystemInfo {
  /** Version of Node.js. */
  readonly node: string;
  readonly startedAt: Date;
  readonly settings: readonly ShownSetting[];
  /** What this process's log said lately, the newest first. */
  readonly recent: () => readonly ShownLine[];
}

export interface ShownSetting {
  readonly section: string;
  readonly key: string;
  readonly value: string | null;
  readonly source: string | null;
  readonly isSecret: boolean;
  readonly help: string;
}

export interface ShownLine {
  readonly at: Date;
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly line: string;
}
