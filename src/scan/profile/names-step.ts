/** What the ways to ask for a name share. */
import type { OpenChannel } from '../../link/message-channel.ts';
import type { ConversationDeps } from './conversation.ts';
import type { NameFinding } from './types.ts';

export interface NameOptions {
  /** Our own address in the device's network, in text form; the kernel's choice without it. */
  readonly source: string | undefined;
  /** Name servers to ask for the address's name, in text form. Never the device itself, unless it is one. */
  readonly resolvers: readonly string[];
  /** For each step. */
  readonly timeoutMs: number;
}

export interface NameDeps extends ConversationDeps {
  readonly openDatagrams: OpenChannel;
  readonly openStream: OpenChannel;
  /** 0..65535, not to be guessed by others. */
  readonly randomId: () => number;
}

export interface StepResult {
  readonly names: readonly NameFinding[];
  readonly problem: string | null;
  /** mDNS: types of the services that the device offers, `_ipp._tcp`. */
  readonly services?: readonly string[];
  readonly model?: string | null;
}
