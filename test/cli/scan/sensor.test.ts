// `netureon scan` on a sensor's machine: the whole command line with the sensor's login, in a LAN.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import type { Lan } from '../../../src/lab/lan.ts';
import { addSensor, removeSensor } from '../../../src/store/sensors.ts';
import { scramVerifier } from '../../../src/store/scram-verifier.ts';
import { bundle } from '../../support/bundle.ts';
import { freshDatabase, type TestDatabase } from '../../support/database.ts';
import { lanForTest, manyHosts, responderFor } from '../../support/lan.ts';

let db: TestDatabase;
let program: string;
/** Roles belong to the whole server, which other test files share. */
let name: string;
let url: string;
beforeEach(async () => {
  db = await freshDatabase();
  program = await bundle('src/cli/main.ts');
  name = `scan${randomBytes(4).toString('hex')}`;
  const verifier = scramVerifier('secret', randomBytes(16));
  url = db.urlAs(await addSensor(db.pool, { site: 'default', name, verifier }));
});
afterEach(async () => {
  await removeSensor(db.pool, name, 'test');
  await db.drop();
});

async function scan(lan: Lan, as: string, env: Readonly<Record<string, string>>, args: string[] = []) {
  const child = lan.spawn(process.execPath, [program, 'scan', '--quiet', ...args], {
    env: { ...process.env, ...env, DATABASE_URL: as },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  child.stdout?.resume();
  await once(child, 'close');
  return { code: child.exitCode, stderr };
}

/** As the last scan of each left them. */
const networks = () =>
  db.pool.query(
    `select * from (
       select distinct on (n.id) n.cidr::text as network, n.link, l.outcome, n.scans::integer as scans
       from discovery_log as l join networks as n on n.site_id = l.site_id and n.id = l.network_id
       order by n.id, l.id desc) as n order by network::cidr, link`,
  );

test('an impostor on its address and an interface that is away keep nothing else from being recorded', async () => {
  const lan = await lanForTest({ address: '10.66.0.100', address6: 'fd66::fe', hosts: manyHosts(3) });
  const responder = await responderFor(lan);
  await lan.scanner.tool('sh', [
    '-ec',
    `ip link add usb0 type veth peer name usb1; ip address add 10.77.0.1/29 dev usb0
     ip link set usb0 up; ip link set usb1 up`,
  ]);
  const env = {
    NETUREON_SCAN_IPV6: 'true',
    NETUREON_SCAN_INTERFACES: 'lan0,usb0',
    NETUREON_SCAN_VLANS: 'lan0.20 10.20.0.0/28 10.20.0.9',
  };
  expect(await scan(lan, url, env)).toEqual({ code: 0, stderr: '' });
  const looked = (scans: number, outcome = 'complete') => ({ outcome, scans });
  expect(await networks()).toEqual([
    { network: '10.20.0.0/28', link: 'lan0.20', ...looked(1) },
    { network: '10.66.0.0/24', link: '', ...looked(1) },
    { network: '10.77.0.0/29', link: '', ...looked(1) },
    { network: 'fe80::/64', link: `${name}:lan0`, ...looked(1) },
    { network: 'fe80::/64', link: `${name}:usb0`, ...looked(1) },
  ]);

  await lan.scanner.tool('ip', ['link', 'del', 'usb0']);
  await responder.set([]);
  const done = scan(lan, url, env, ['--rate', '100']);
  // It listens before it asks.
  await expect.poll(async () => Object.keys((await responder.report()).asked).length).toBeGreaterThan(0);
  await responder.announce(lan.address, '02:66:66:66:66:66');
  expect(await done).toEqual({ code: 74, stderr: expect.stringContaining('no interface usb0') });
  expect(await networks()).toEqual([
    { network: '10.20.0.0/28', link: 'lan0.20', ...looked(2) },
    { network: '10.66.0.0/24', link: '', ...looked(2) },
    { network: '10.77.0.0/29', link: '', ...looked(1, 'failed') },
    { network: 'fe80::/64', link: `${name}:lan0`, ...looked(2) },
    { network: 'fe80::/64', link: `${name}:usb0`, ...looked(1) },
  ]);
  expect(await db.pool.query(`select host(ip) as ip from alerts where kind = 'ip_conflict'`)).toEqual([
    { ip: lan.address },
  ]);

  // The own scanner of the site is somewhere else, where the numbers are the same.
  const before = await networks();
  expect(await scan(lan, db.urlAs('netureon_scan'), { NETUREON_SCAN_INTERFACES: 'lan0' })).toEqual({
    code: 2,
    stderr: expect.stringMatching(
      new RegExp(
        `^error: 10.66.0.0/24 is scanned by sensor ${name} of the same site\n  → give each place a site of its own `,
      ),
    ),
  });
  expect(await networks()).toEqual(before);
}, 300_000);
