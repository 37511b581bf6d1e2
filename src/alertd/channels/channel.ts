/** A way to reach people. One file beside this per kind; the daemon knows only this. */
import type { Composed } from '../../message/compose.ts';
import type { ChannelKind } from '../../store/channel-kinds.ts';
import type { OutboxAlert } from '../../store/outbox.ts';

export interface Message extends Composed {
  /** UUID; the same for every try, so that a receiver can tell a repetition. */
  readonly key: string;
  /** Told once more without words that devices chose: not to be taken for the message that was refused. */
  readonly plain?: boolean;
  readonly composedAt: Date;
  /** What it is about, oldest first; for channels that machines read. Texts in it are not inert. */
  readonly alerts: readonly OutboxAlert[];
}

export type Outcome =
  /** The server has taken it. `receipt`: its own words. */
  | { readonly kind: 'accepted'; readonly receipt: string }
  /**
   * Try again later, after `afterMs` if the server asked for that. `channel`: nothing gets through at the moment;
   * `message`: the server is there and did not want this one now.
   */
  | {
      readonly kind: 'retry';
      readonly reason: string;
      readonly scope: 'channel' | 'message';
      readonly afterMs?: number;
      readonly about?: 'content';
    }
  /**
   * Refused for good. `reason` says what to do. About its content: the server took offence at what the message says, not
   * at who sends it or whom it is for, so that the same in other words may pass.
   */
  | { readonly kind: 'rejected'; readonly reason: string; readonly about?: 'content' };

export interface Channel {
  /** Unique within a site: `email`, `telegram:42`, or as a person called it. */
  readonly name: string;
  readonly kind: ChannelKind;
  /** Where it goes, for people to read; no credentials. */
  readonly target: string;
  /** Never rejects: every trouble is an outcome. Gives up when `signal` aborts. */
  send(message: Message, signal: AbortSignal): Promise<Outcome>;
  /** Lets go of idle connections. */
  close(): void;
}
