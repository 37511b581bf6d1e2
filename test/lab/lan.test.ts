import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { bundle } from '../support/bundle.ts';
import { askKernel, lanForTest, manyHosts } from '../support/lan.ts';

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
      expect(await askKernel(lan, ['10.66.0.1'])).toEqual(new Map());
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
      await vi.waitFor(() => expect(pids.filter(isAlive)).toEqual([]), { timeout: 5000 });
    });
  },
);

function isAlive(pid: number): boolean {
  return existsSync(`/proc/${pid}`);
}
