// The responder's process: entry point of a bundle that `startResponder` runs in the hosts' namespace. It takes its
// commands from standard input and ends when that does.
import { createInterface } from 'node:readline';
import { openPacketDevice } from '../link/af-packet.ts';
import { WireError } from '../wire/error.ts';
import { parseArpFrame } from '../wire/arp.ts';
import type { Line, Numbered, Setup } from './responder-protocol.ts';
import { ResponderScript } from './responder-script.ts';

/** Answers within a millisecond, as a real host does, without a busy loop. */
const POLL_MS = 1;

const say = (line: Line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const first = await lines.next();
const setup: Setup = JSON.parse(String(first.value));
const device = await openPacketDevice({ ...setup, nodePath: process.execPath });

const queue: Uint8Array[] = [];
let sent = 0;
const script = new ResponderScript(
  {
    send: (frame, delayMs) => {
      if (delayMs === 0) queue.push(frame);
      else setTimeout(() => queue.push(frame), delayMs);
    },
    sent: () => sent,
  },
  seeded(setup.seed),
);

const poll = setInterval(() => {
  hear();
  flush();
}, POLL_MS);
say({ id: 0, report: script.report() });

for (let line = await lines.next(); line.done !== true; line = await lines.next()) {
  const { id, command }: Numbered = JSON.parse(line.value);
  // A report tells of everything that arrived before it was asked for.
  while (hear() > 0);
  if (command !== undefined) script.obey(command);
  flush();
  say({ id, report: script.report() });
}
clearInterval(poll);
device.close();

/** Returns how many frames there were. */
function hear(): number {
  return device.receive((bytes, vlan) => {
    try {
      script.hear(parseArpFrame(bytes), vlan);
    } catch (error) {
      // A malformed request has no answer.
      if (!(error instanceof WireError)) throw error;
    }
  });
}

/** One frame at a time, in order; what the system does not take now waits for the next turn. */
function flush(): void {
  let done = 0;
  for (const frame of queue) {
    if (device.send(frame, frame.length, 1) === 0) break;
    done++;
  }
  queue.splice(0, done);
  sent += done;
}

/** xorshift32 (Marsaglia 2003): the same dice for the same seed. */
function seeded(seed: number): () => number {
  let state = seed >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
