import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { bundle } from '../support/bundle.ts';
import { askKernel, lanForTest, manyHosts } from '../support/lan.ts';
import { PATIENT } from '../support/patience.ts';

describe.each([{ userNamespace: true }, ...(process.getuid?.() === 0 ? [{ userNamespace: false }] : [])])(
  'the simulated LAN with %o',
  ({ userNamespace }) => {
    it('has 200 hosts that answer, each with its own MAC', async () => {
      const hosts = manyHosts(200);
      const lan = await lanForTest({ userNamespace, hosts });
      const answers = await askKernel(
        lan,
        hosts.map(host => host.ip),
      );
      expect(answers).toEqual(new Map(hosts.map(host => [host.ip, host.mac])));
    });

    it('takes hosts away, moves them and switches them off and on', async () => {
      const lan = await lanForTest({ userNamespace, hosts: manyHosts(4) });
      await lan.removeHost('10.66.0.1');
      await lan.moveHost('10.66.0.2', '10.66.0.22');
      await lan.setHostDown('02:00:00:00:00:03');
      const asked = ['10.66.0.1', '10.66.0.2', '10.66.0.3', '10.66.0.4', '10.66.0.22'];
      expect(await askKernel(lan, asked, 2)).toEqual(
        new Map([
          ['10.66.0.4', '02:00:00:00:00:04'],
          ['10.66.0.22', '02:00:00:00:00:02'],
        ]),
      );
      await lan.setHostUp('10.66.0.3');
      expect(await askKernel(lan, ['10.66.0.3'])).toEqual(new Map([['10.66.0.3', '02:00:00:00:00:03']]));
      expect(lan.hosts.map(host => host.ip)).toEqual(['10.66.0.22', '10.66.0.3', '10.66.0.4']);
    });

    it('loses ARP when told, and no longer when told again', async () => {
      const lan = await lanForTest({ userNamespace, hosts: manyHosts(1) });
      await lan.loss(100);
      expect(await askKernel(lan, ['10.66.0.1'], 1, 1500)).toEqual(new Map());
      await lan.loss(30);
      await lan.loss(0);
      expect((await askKernel(lan, ['10.66.0.1'])).size).toBe(1);
    });

    it('lets one station claim a whole network beside the hosts', async () => {
      const lan = await lanForTest({ userNamespace, cidr: '10.66.0.0/16', hosts: manyHosts(1) });
      await lan.claimWhole('10.66.7.0/24', '02:00:00:00:00:cc');
      expect(await askKernel(lan, ['10.66.0.1', '10.66.7.1', '10.66.7.254', '10.66.8.1'], 3)).toEqual(
        new Map([
          ['10.66.0.1', '02:00:00:00:00:01'],
          ['10.66.7.1', '02:00:00:00:00:cc'],
          ['10.66.7.254', '02:00:00:00:00:cc'],
        ]),
      );
    });

    it('lets one station claim the network that the scanner is in', async () => {
      const lan = await lanForTest({ userNamespace });
      await lan.claimWhole('10.66.0.0/24');
      expect(await askKernel(lan, ['10.66.0.1', '10.66.0.253'])).toEqual(
        new Map([
          ['10.66.0.1', '02:4e:45:54:00:02'],
          ['10.66.0.253', '02:4e:45:54:00:02'],
        ]),
      );
    });

    it('runs commands on both sides, and says how they ended', async () => {
      const lan = await lanForTest({ userNamespace, gateway: '10.66.0.1', interface: 'eth7' });
      expect(await lan.exec('sh', ['-c', 'cat; echo oops >&2; exit 3'], { input: 'hello' })).toEqual({
        code: 3,
        signal: null,
        stdout: 'hello',
        stderr: 'oops\n',
      });
      expect(await lan.exec('sleep', ['60'], { signal: AbortSignal.timeout(20) })).toMatchObject({
        code: null,
        signal: 'SIGTERM',
      });
      expect(await lan.scanner.tool('ip', ['route'])).toContain('default via 10.66.0.1 dev eth7');
      expect(await lan.hostSide.tool('ip', ['-o', 'link'])).toContain('uplink');
      await expect(lan.scanner.tool('ip', ['link', 'set', 'nope', 'up'])).rejects.toThrow(
        /ip link set nope up failed/,
      );
      await expect(lan.scanner.tool('no-such-tool', [])).rejects.toMatchObject({
        message: expect.stringContaining('needs no-such-tool'),
        remedy: expect.stringContaining('apt install'),
      });
    });

    it('leaves nothing behind when its maker is killed', async () => {
      const owner = spawn(
        process.execPath,
        [await bundle('test/lab/lan-owner.ts'), userNamespace ? 'user' : 'root'],
        { stdio: ['ignore', 'pipe', 'inherit'] },
      );
      const line = String(await once(owner.stdout, 'data'));
      const pids = line.trim().split(' ').map(Number);
      expect(pids).toHaveLength(4);
      expect(pids.filter(isAlive)).toEqual(pids);
      owner.kill('SIGKILL');
      await vi.waitFor(() => expect(pids.filter(isAlive)).toEqual([]), PATIENT);
    });
  },
);

describe('a LAN that cannot be', () => {
  it.each([
    [{ cidr: '10.66.0.0/33' }, 'not a network: 10.66.0.0/33'],
    [{ cidr: '10.66.0.0/31' }, 'not a network: 10.66.0.0/31'],
    [{ address: '10.67.0.1' }, 'not an address of 10.66.0.0/24: 10.67.0.1'],
    [{ mac: 'ff:ff:ff:ff:ff:ff' }, "not a device's MAC: ff:ff:ff:ff:ff:ff"],
    [{ hosts: [{ ip: '10.66.0.1', mac: '02' }] }, "not a device's MAC: 02"],
    [{ hosts: [...manyHosts(2), ...manyHosts(1)] }, 'two of these hosts have the same MAC'],
  ])('is refused: %j', async (options, message) => {
    await expect(lanForTest(options)).rejects.toThrow(message);
  });

  it('takes no second host of the same MAC, and knows whom it has', async () => {
    const lan = await lanForTest({ hosts: manyHosts(1) });
    await expect(lan.addHosts(manyHosts(1))).rejects.toThrow('a host with this MAC stands already');
    await expect(lan.removeHost('10.66.0.9')).rejects.toThrow('no such host in the lab: 10.66.0.9');
    await expect(lan.loss(101)).rejects.toThrow('not a percentage');
    await expect(lan.claimWhole('10.66')).rejects.toThrow('not a network');
  });
});

function isAlive(pid: number): boolean {
  return existsSync(`/proc/${pid}`);
}
