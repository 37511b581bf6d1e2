import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import type { ScanDocument } from '../../../src/cli/scan/json.ts';
import { runScan } from '../../../src/cli/scan/run.ts';
import type { ScanSettings } from '../../../src/cli/scan/run.ts';
import { createLog } from '../../../src/lib/log.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { fixtureFile } from '../../wire/fixture.ts';

const fixture = (name: string) => fileURLToPath(new URL(`../../fixtures/wire/${name}.pcap`, import.meta.url));

async function read(path: string, settings: Partial<ScanSettings> = {}) {
  let stdout = '';
  let stderr = '';
  const code = await runScan(
    {
      interfaces: [],
      networks: [],
      vlans: [],
      onlyVlans: false,
      strict: true,
      fullSweepEvery: undefined,
      ipv6: false,
      allowPublic: false,
      method: 'auto',
      rate: 1000,
      timeoutMs: Infinity,
      json: true,
      quiet: false,
      read: path,
      ...settings,
    },
    {
      stdout: { write: text => (stdout += text) },
      stderr: { write: text => (stderr += text) },
      colour: false,
      log: createLog(line => (stderr += `${line}\n`)),
      signal: new AbortController().signal,
      clock: systemClock,
      nodePath: process.execPath,
      gateways: () => Promise.resolve([]),
      neighbour: () => Promise.resolve(null),
      store: undefined,
    },
  );
  return { code, stdout, stderr };
}

async function temporary(bytes: Uint8Array): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'netureon-read-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'file.pcap'), bytes);
  return join(folder, 'file.pcap');
}

it('prints the document, with the /24 of every reply, and stores nothing', async () => {
  const path = fixture('kernel');
  const { code, stdout, stderr } = await read(path);
  expect(code).toBe(0);
  const { started_at: startedAt, duration_ms: duration, ...document }: ScanDocument = JSON.parse(stdout);
  expect(new Date(startedAt).toISOString()).toBe(startedAt);
  expect(duration).toBeGreaterThanOrEqual(0);
  const coverage = {
    vlan: null,
    addresses: 0,
    probed: 0,
    answered: 2,
    frames_sent: 0,
    broadcasts: 0,
    full_sweep_every: 1,
    complete: false,
  };
  const device = { network: '10.66.0.0/24', vlan: null, rtt_ms: null, vendor: null };
  expect(document).toEqual({
    networks: [{ network: '10.66.0.0/24', interface: path, method: 'file', ...coverage }],
    devices: [
      { ...device, ip: '10.66.0.12', mac: '02:00:00:00:00:0c' },
      { ...device, ip: '10.66.0.254', mac: '02:4e:45:54:00:01' },
    ],
    links: [],
    ipv6_addresses: [],
    changes: null,
  });
  expect(stderr).toContain('nothing was stored');
});

it('reports the networks that are named, and the others as outside', async () => {
  const { stdout } = await read(fixture('kernel'), { networks: ['10.66.0.8/29'] });
  const document: ScanDocument = JSON.parse(stdout);
  expect(document.networks).toMatchObject([{ network: '10.66.0.8/29', answered: 1 }]);
  expect(document.devices.map(({ ip, network }) => [ip, network])).toEqual([['10.66.0.12', '10.66.0.8/29']]);
});

it('prints a table for people', async () => {
  const { stdout } = await read(fixture('kernel'), { json: false });
  expect(stdout.split('\n')).toEqual([
    'Address      MAC                Vendor  Time',
    '10.66.0.12   02:00:00:00:00:0c',
    '10.66.0.254  02:4e:45:54:00:01',
    '',
    expect.stringMatching(/^10\.66\.0\.0\/24 on .*: 2 addresses heard$/),
    '',
  ]);
});

it('reads a damaged file as far as it goes, says so and exits 74', async () => {
  const path = await temporary(fixtureFile('kernel').slice(0, 100));
  const { code, stdout, stderr } = await read(path);
  expect(code).toBe(74);
  const document: ScanDocument = JSON.parse(stdout);
  expect(document.devices).toHaveLength(1);
  expect(stderr).toContain('is damaged (pcap: truncated at byte 100)');
});

it.each([
  [
    'a file of something else',
    async () => read(await temporary(new TextEncoder().encode('no capture'))),
    /is not a capture/,
  ],
  [
    'a malformed network',
    () => read(fixture('kernel'), { networks: ['10.66.0'] }),
    /not a network: 10\.66\.0/,
  ],
])('refuses %s with exit 2', async (_, attempt, message) => {
  const { code, stdout, stderr } = await attempt();
  expect(code).toBe(2);
  expect(stdout).toBe('');
  expect(stderr).toMatch(message);
});

it('refuses a file that is not there as a mistake in the request', async () => {
  await expect(read('/nonexistent.pcap')).rejects.toMatchObject({ code: 'usage' });
});
