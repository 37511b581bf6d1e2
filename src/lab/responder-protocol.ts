/** What a responder's parent tells it, one JSON document a line, and what it says back. All addresses as text. */
import type { FrameShape } from './responder-frames.ts';

/** One scripted answerer of ARP requests. Several may answer for one address. */
export interface Station extends FrameShape {
  /** The address it answers for, or a network: `10.66.0.7`, `10.66.1.0/24`. */
  readonly ip: string;
  readonly mac: string;
  /** It is in this VLAN: hears what carries its tag and nothing else, and answers with the tag. Untagged by default. */
  readonly vlan?: number;
  /** 0 by default. */
  readonly delayMs?: number;
  /** Hears each address's first requests in vain, as a sleeping Wi-Fi client does. */
  readonly ignoreFirst?: number;
  /** 0 to 1: its own dice, for each request. */
  readonly dropProbability?: number;
  /** How often it gives the same answer: 1 by default. */
  readonly copies?: number;
  /** Answers for this address instead of the one asked for. */
  readonly claims?: string;
}

export type Command =
  /** Replaces all stations and forgets what was heard. */
  | { readonly do: 'stations'; readonly stations: readonly Station[] }
  /** A gratuitous announcement. */
  | { readonly do: 'announce'; readonly ip: string; readonly mac: string }
  /** `count` unasked replies, each from a MAC of its own (`firstMac` and up), for the addresses of `cidr` in turn. */
  | {
      readonly do: 'flood';
      readonly count: number;
      readonly firstMac: string;
      readonly cidr: string;
      /** Whom the replies are addressed to. */
      readonly to: { readonly ip: string; readonly mac: string };
      /** Begin when the next request is heard: in the midst of a sweep. */
      readonly onRequest?: boolean;
    }
  /** Any frame, in hexadecimal. */
  | { readonly do: 'send'; readonly frame: string };

/** How often an address was asked for, by broadcast and by unicast. */
export interface Asked {
  broadcast: number;
  unicast: number;
}

export interface Report {
  /** By target protocol address: `10.66.0.7`, in a VLAN `10.20.0.7 vlan 20`. */
  readonly asked: Readonly<Record<string, Asked>>;
  /** Frames it has sent. */
  readonly sent: number;
}

/** Answers the command with that number, when it is done; the first line, 0, says that the socket listens. */
export interface Line {
  readonly id: number;
  readonly report: Report;
}

export interface Numbered {
  readonly id: number;
  /** None: only the report is wanted. */
  readonly command?: Command;
}

export interface Setup {
  readonly interfaceName: string;
  readonly interfaceIndex: number;
  readonly seed: number;
}
