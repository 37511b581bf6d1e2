/** How a part of the help is written, in every language. */
export type HelpPart =
  /** A paragraph. */
  | string
  /** Terms and what they mean. `mark`: the drawing before the term. */
  | { readonly terms: readonly (readonly [term: string, meaning: string, mark?: HelpMark])[] }
  /** To be typed. */
  | { readonly code: string }
  /** A symptom and what to look at, one after the other. */
  | { readonly symptom: string; readonly steps: readonly string[] }
  | { readonly links: readonly (readonly [href: string, word: string])[] };

export type HelpMark = 'here' | 'quiet' | 'gone' | 'new' | 'alert' | 'blocked' | 'unseen';

export const HELP_TOPICS = [
  'start',
  'words',
  'marks',
  'coverage',
  'alerts',
  'scans',
  'networks',
  'sensors',
  'keys',
  'commands',
  'data',
  'system',
  'trouble',
] as const;
export type HelpTopicName = (typeof HELP_TOPICS)[number];

export interface HelpTopicText {
  readonly title: string;
  readonly parts: readonly HelpPart[];
}

export interface HelpTexts {
  readonly title: string;
  readonly intro: string;
  readonly contents: string;
  readonly linkTo: (about: string) => string;
  readonly topics: Readonly<Record<HelpTopicName, HelpTopicText>>;
}
