import { expect, it } from 'vitest';
import { readGatewayEntries, withGatewayClaims } from '../../../src/cli/scan/gateway-entries.ts';
import { NetureonError } from '../../../src/lib/errors.ts';
import type { Ipv4 } from '../../../src/lib/ipv4.ts';
import { createLog } from '../../../src/lib/log.ts';
import type { Mac } from '../../../src/lib/mac.ts';
import type { Ipv4Neighbour } from '../../../src/link/neighbour-message.ts';
import { planOf } from '../../../src/scan/plan.ts';
import type { SweepResult } from '../../../src/scan/types.ts';
import { TARGET } from '../../scan/simulated.ts';

const GATEWAY = 0x0a420001 as Ipv4;
const ROUTER = 0x020000000001 as Mac;
const SPOOFER = 0x020000000005 as Mac;

/** Two plans with a gateway each, and one without; what is asked, and every line of the log with its level. */
async function read(neighbour: (ip: Ipv4) => Promise<Ipv4Neighbour | null>) {
  const asked: [Ipv4, number][] = [];
  const lines: string[] = [];
  const log = createLog((line, level) => lines.push(`${level} ${line}`), 'debug');
  const plan = planOf(TARGET, { gateway: GATEWAY });
  const entries = await readGatewayEntries([plan, planOf(TARGET), plan], {
    neighbour: (ip, index) => {
      asked.push([ip, index]);
      return neighbour(ip);
    },
    log,
  });
  return { asked, entries, lines, log };
}

it('asks for the gateway of each network that has one, on its interface', async () => {
  const { asked, entries, lines } = await read(() => Promise.resolve({ mac: SPOOFER, ageMs: 20 }));
  expect(asked).toEqual([
    [GATEWAY, 1],
    [GATEWAY, 1],
  ]);
  expect(entries).toMatchObject([
    { ip: GATEWAY, mac: SPOOFER, ageMs: 20 },
    { ip: GATEWAY, mac: SPOOFER, ageMs: 20 },
  ]);
  expect(lines).toEqual([]);
});

it('goes on without where the kernel does not tell, and says so once', async () => {
  const { entries, lines } = await read(() =>
    Promise.reject(new NetureonError('io', 'cannot read it: errno 95')),
  );
  expect(entries).toEqual([]);
  expect(lines).toEqual([
    'debug who this machine takes for the gateway is not known: cannot read it: errno 95',
  ]);
  await expect(read(() => Promise.reject(new TypeError('a fault of ours')))).rejects.toThrow(TypeError);
});

it('adds a claim to what was heard, and says it', async () => {
  const { entries, lines, log } = await read(() => Promise.resolve({ mac: SPOOFER, ageMs: 20 }));
  const heard = { network: TARGET.network, link: '', ip: GATEWAY, mac: ROUTER, rttMs: 1 };
  const result: SweepResult = {
    startedAt: new Date(0),
    durationMs: 1,
    networks: [],
    observations: [heard],
  };
  expect(withGatewayClaims(result, entries.slice(1), [], { log }).observations).toEqual([
    heard,
    { ...heard, mac: SPOOFER, rttMs: null },
  ]);
  expect(lines).toEqual([
    "warn this machine's traffic to the gateway 10.66.0.1 went to another MAC: 02:00:00:00:00:05",
  ]);
  expect(withGatewayClaims(result, [], [], { log })).toBe(result);
});
