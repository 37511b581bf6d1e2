/** What the page of the system is drawn from. */
import type { LogLine, LoggedService } from '../../store/service-log.ts';
import type { Service } from '../../store/services.ts';
import type {
  AppliedMigration,
  DatabaseState,
  Growing,
  Maintenance,
  TableSize,
} from '../../store/system-state.ts';
import type { SystemInfo } from '../system-info.ts';

export interface SystemData {
  readonly version: string;
  /** Undefined: whoever started the site told nothing of it. */
  readonly info: SystemInfo | undefined;
  readonly database: DatabaseState | undefined;
  /** How far the database's clock is ahead of this machine's, and how exactly that is known. */
  readonly skewMs: number;
  readonly skewExactMs: number;
  readonly migrations: readonly AppliedMigration[];
  readonly sizes: readonly TableSize[];
  readonly growing: readonly Growing[];
  readonly runs: readonly Maintenance[];
  readonly services: readonly Service[];
  readonly log: { readonly service: LoggedService | null; readonly lines: readonly LogLine[] };
  readonly serviceIsWrong: boolean;
  readonly zoneForm?: { readonly zone: string; readonly error: string };
}
