import { describe, expect, it } from 'vitest';
import type { Lan } from '../../../src/lab/lan.ts';
import { synTraits } from '../../../src/scan/profile/syn.ts';
import { lanForTest, manyHosts } from '../../support/lan.ts';
import { fixtureFrame } from '../../wire/fixture.ts';
import { askHost, greeter } from './lab.ts';

const users = [{ userNamespace: true }, ...(process.getuid?.() === 0 ? [{ userNamespace: false }] : [])];
const unprivileged = ['setpriv', '--bounding-set=-net_raw', '--inh-caps=-net_raw'];
const ip = '10.66.0.1';

const allowPing = (lan: Lan) => lan.scanner.tool('sysctl', ['-qw', 'net.ipv4.ping_group_range=0 0']);
/** A new namespace lets nobody. */
const allowNothing = () => Promise.resolve('');
const hostTtl = (lan: Lan, ttl: number) =>
  lan.hostSide.tool('sysctl', ['-qw', `net.ipv4.ip_default_ttl=${ttl}`]);

describe.each(users)('an echo with %o', ({ userNamespace }) => {
  it.each([
    ['ping', 'with no privilege where the system lets its users ping', allowPing, unprivileged],
    ['raw', 'with CAP_NET_RAW where it does not', allowNothing, []],
  ] as const)('goes through a %s socket %s', async (socket, _, prepare, prefix) => {
    const lan = await lanForTest({ userNamespace, hosts: manyHosts(1) });
    await prepare(lan);
    for (const ttl of [64, 128, 255]) {
      await hostTtl(lan, ttl);
      const answer = await askHost(lan, { ip, echo: {} }, prefix);
      expect(answer).toMatchObject({ socket, echo: { echo: { ttl }, problems: [] } });
      expect(answer.echo?.echo?.rttMs).toBeGreaterThan(0);
    }
  });

  it('without either says what would allow it', async () => {
    const lan = await lanForTest({ userNamespace, hosts: manyHosts(1) });
    const { socket, echo } = await askHost(lan, { ip, echo: {} }, unprivileged);
    expect(socket).toBeNull();
    expect(echo).toEqual({
      echo: null,
      problems: [expect.stringMatching(/^echo: this machine does not let its users ping: E(?:PERM|ACCES)$/)],
    });
  });

  it('that is not answered is no problem', async () => {
    const lan = await lanForTest({ userNamespace, hosts: manyHosts(1) });
    await allowPing(lan);
    await lan.hostSide.tool('sysctl', ['-qw', 'net.ipv4.icmp_echo_ignore_all=1']);
    for (const address of [ip, '10.66.0.99'])
      expect((await askHost(lan, { ip: address, echo: { timeoutMs: 100 } })).echo).toEqual({
        echo: null,
        problems: [],
      });
  });
});

describe.each(users)('the answer to a SYN with %o', ({ userNamespace }) => {
  it('shows the time to live, the window and the options of the stack', async () => {
    const lan = await lanForTest({ userNamespace, hosts: manyHosts(2) });
    await greeter(lan, ip, 22, 'SSH-2.0-x\r\n');
    await greeter(lan, '10.66.0.2', 22, 'SSH-2.0-y\r\n');
    expect((await askHost(lan, { ip, syn: 22 })).syn).toEqual({
      syn: {
        ttl: 64,
        window: 65160,
        mss: 1460,
        windowScale: expect.any(Number),
        options: 'mss,sack,ts,nop,ws',
      },
      problems: [],
    });
    await hostTtl(lan, 128);
    await lan.hostSide.tool('sysctl', ['-qw', 'net.ipv4.tcp_timestamps=0', 'net.ipv4.tcp_window_scaling=0']);
    expect((await askHost(lan, { ip, syn: 22 })).syn?.syn).toMatchObject({
      ttl: 128,
      windowScale: null,
      options: 'mss,nop,nop,sack',
    });
  });

  it('is not to be had without CAP_NET_RAW, nor of a port that is shut', async () => {
    const lan = await lanForTest({ userNamespace, hosts: manyHosts(1) });
    expect((await askHost(lan, { ip, syn: 22 }, unprivileged)).syn).toEqual({
      syn: null,
      problems: ['syn: hearing SYN-ACKs needs the capability CAP_NET_RAW'],
    });
    expect((await askHost(lan, { ip, syn: 22 })).syn).toEqual({
      syn: null,
      problems: ['syn: port 22 was open and is not now: closed'],
    });
  });
});

it('a recorded SYN-ACK is told by its traits', () => {
  expect(synTraits(fixtureFrame('tcp-connect', 1).slice(14))).toEqual({
    ttl: 64,
    window: 65160,
    mss: 1460,
    windowScale: 10,
    options: 'mss,sack,ts,nop,ws',
  });
});
