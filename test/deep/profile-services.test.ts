import { expect, it } from 'vitest';
import { parseMac } from '../../src/lib/mac.ts';
import type { Mac } from '../../src/lib/mac.ts';
import type { Lan } from '../../src/lab/lan.ts';
import { PORT_PRESETS } from '../../src/scan/profile/presets.ts';
import type { PortFinding, Verdict } from '../../src/scan/profile/types.ts';
import { verdictOf } from '../../src/scan/profile/verdict.ts';
import { askHost } from '../scan/profile/lab.ts';
import { nmap } from '../scan/profile/nmap.ts';
import * as services from '../scan/profile/services.ts';
import { lanForTest } from '../support/lan.ts';

const users = [{ userNamespace: true }, ...(process.getuid?.() === 0 ? [{ userNamespace: false }] : [])];

/** The MACs are not random ones, so that nobody takes a server for a phone. Xen gave this prefix to its machines. */
const HOSTS = [1, 2, 3, 4].map(n => ({ ip: `10.66.0.${n}`, mac: `00:16:3e:00:00:0${n}` }));
/** Nothing listens on 1: nmap needs a port that is shut to tell systems apart. */
const PORTS = [1, 21, 22, 25, 80, 139, 443, 445, 631, 3306, 5432];

const said = ({ state, service }: PortFinding) => (state === 'open' ? `open ${service}` : state);

async function profile(lan: Lan, { ip, mac }: { readonly ip: string; readonly mac: string }) {
  const { ports, portsMs } = await askHost(lan, { ip, mac, ports: { ports: PORTS } });
  const found = ports?.ports ?? [];
  const open = found.find(({ state }) => state === 'open')?.port ?? 0;
  const { echo, syn } = await askHost(lan, { ip, mac, echo: {}, syn: open });
  const problems = [ports, echo, syn].flatMap(step => step?.problems ?? []);
  const verdict: Verdict = verdictOf({
    mac: parseMac(mac) as Mac,
    vendor: null,
    names: [],
    ports: found,
    echo: echo?.echo ?? null,
    syn: syn?.syn ?? null,
    model: null,
    services: [],
  });
  return {
    found,
    problems,
    portsMs,
    verdict,
    facts: (port: number) => found.find(one => one.port === port)?.facts,
  };
}

it.each(users)('Debian’s servers are what nmap takes them for, with %o', async ({ userNamespace }) => {
  services.requireServices();
  const lan = await lanForTest({ userNamespace, hosts: HOSTS });
  const here = await services.servicesOn(lan);
  await services.openssh(here, '10.66.0.1');
  await services.nginx(here, '10.66.0.1');
  // Samba sets its groups at start, which a user namespace of one user does not let it.
  if (!userNamespace) await services.samba(here, '10.66.0.2');
  await services.cups(here, '10.66.0.3');
  await services.vsftpd(here, '10.66.0.4');
  await services.smtp(here, '10.66.0.4');

  const table: Record<string, string>[] = [];
  for (const host of HOSTS.filter(({ ip }) => !userNamespace || ip !== '10.66.0.2')) {
    const ours = await profile(lan, host);
    const theirs = await nmap(lan, host.ip, PORTS, ['-sT', '-sV', '-O']);
    expect(ours.problems, host.ip).toEqual([]);
    for (const finding of ours.found) {
      const { port } = finding;
      const row = {
        host: host.ip,
        port: String(port),
        netureon: said(finding),
        nmap: theirs.ports.get(port) ?? '',
      };
      if (row.netureon !== 'closed' || row.nmap !== 'closed') table.push(row);
    }
    table.push({
      host: host.ip,
      port: 'os',
      netureon: ours.verdict.osFamily ?? '',
      nmap: theirs.osFamily ?? '',
    });
    table.push({
      host: host.ip,
      port: 'kind',
      netureon: `${ours.verdict.kind} ${ours.verdict.confidence}`,
      nmap: '',
    });
    if (host.ip === '10.66.0.1') {
      expect(ours.facts(22)?.['banner']).toMatch(/^SSH-2\.0-OpenSSH_\S+ Debian-/);
      expect(ours.facts(80)).toMatchObject({
        status: '200',
        server: expect.stringMatching(/^nginx\//),
        title: 'Café & files',
      });
      expect(ours.facts(443)).toMatchObject({
        title: 'Café & files',
        subject: 'nas.lan',
        self_signed: 'yes',
        protocol: expect.stringMatching(/^TLSv1\.[23]$/),
      });
    }
    if (host.ip === '10.66.0.4') expect(ours.facts(21)?.['banner']).toMatch(/vsFTPd/);
  }
  console.table(table);
  const differing = table.filter(row => row['port'] !== 'kind' && row['netureon'] !== row['nmap']);
  // Port 139 wants a NetBIOS session before it says anything: netureon only notes that it is open.
  expect(differing).toEqual(
    userNamespace
      ? []
      : [{ host: '10.66.0.2', port: '139', netureon: 'open null', nmap: 'open netbios-ssn' }],
  );
});

it('finds the same ports open, shut and silent as nmap’s connect scan', async () => {
  services.requireServices();
  const lan = await lanForTest({ hosts: HOSTS });
  const here = await services.servicesOn(lan);
  await services.openssh(here, '10.66.0.1');
  await services.nginx(here, '10.66.0.1');
  // The third host drops whatever it is sent, as a computer with a firewall does.
  const wall = [
    'add table ip wall',
    'add chain ip wall in { type filter hook input priority 0; }',
    'add rule ip wall in ip daddr 10.66.0.3 tcp flags syn drop',
  ];
  await lan.hostSide.tool('nft', ['-f', '-'], `${wall.join('\n')}\n`);
  const table: Record<string, string | number>[] = [];
  for (const preset of ['common', 'top100'] as const) {
    for (const ip of ['10.66.0.1', '10.66.0.2', '10.66.0.3']) {
      const ports = [...PORT_PRESETS[preset]];
      const ours = await askHost(lan, { ip, ports: { ports } });
      const theirs = await nmap(lan, ip, ports, ['-sT']);
      const states = (ours.ports?.ports ?? []).map(({ port, state }) => `${port} ${state}`);
      expect(states).toHaveLength(ports.length);
      // nmap leaves out of its list what most ports have in common.
      const words: Readonly<Record<string, string>> = { filtered: 'silent', closed: 'closed' };
      for (const [port, state] of theirs.ports) expect(states).toContain(`${port} ${words[state] ?? 'open'}`);
      const [ourSeconds, nmapSeconds] = [ours.portsMs, theirs.ms].map(ms => Math.round(ms) / 1000);
      table.push({ preset, host: ip, 'netureon s': ourSeconds ?? 0, 'nmap -sT s': nmapSeconds ?? 0 });
    }
  }
  console.table(table);
});
