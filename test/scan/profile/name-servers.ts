/** Programs that give devices of a simulated LAN their names: Avahi, Samba, dnsmasq. */
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Lan } from '../../../src/lab/lan.ts';

/** A folder that vanishes with the test. */
export function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'netureon-names-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Resolves when the program has said what `ready` matches. */
async function started(name: string, child: ChildProcess, ready: RegExp): Promise<ChildProcess> {
  let said = '';
  await new Promise<void>((resolve, reject) => {
    const hear = (text: string) => {
      said += text;
      if (ready.test(said)) resolve();
    };
    child.stdout?.setEncoding('utf8').on('data', hear);
    child.stderr?.setEncoding('utf8').on('data', hear);
    child.once('close', code =>
      reject(new Error(code === 127 ? `${name} is not installed` : `${name} ended (${code}): ${said}`)),
    );
  });
  return child;
}

const ENV = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' };

/** A service of an Avahi host: its type, and the strings of its TXT record. */
export interface Service {
  readonly type: string;
  readonly port: number;
  readonly txt?: readonly string[];
}

export interface AvahiHost {
  readonly interface: string;
  readonly hostName: string;
  /** What the services are called. */
  readonly instance?: string;
  readonly services?: readonly Service[];
}

/**
 * Its folders are fixed when it is built: it gets file systems of its own. Its user must own its run-time folder, and in a
 * user namespace root is the only one there is.
 */
export async function startAvahi(lan: Lan, host: AvahiHost): Promise<void> {
  const folder = scratchFolder();
  mkdirSync(join(folder, 'services'));
  writeFileSync(
    join(folder, 'avahi.conf'),
    `[server]\nhost-name=${host.hostName}\nuse-ipv6=no\nallow-interfaces=${host.interface}\nenable-dbus=no\n`,
  );
  const services = (host.services ?? []).map(
    ({ type, port, txt = [] }) =>
      `<service><type>${type}</type><port>${port}</port>${txt.map(text => `<txt-record>${text}</txt-record>`).join('')}</service>`,
  );
  if (services.length > 0)
    writeFileSync(
      join(folder, 'services', 'lab.service'),
      `<?xml version="1.0" standalone='no'?><!DOCTYPE service-group SYSTEM "avahi-service.dtd">
       <service-group><name>${host.instance ?? host.hostName}</name>${services.join('')}</service-group>`,
    );
  writeFileSync(join(folder, 'passwd'), 'root:x:0:0::/:/bin/sh\navahi:x:0:0::/:/bin/false\n');
  writeFileSync(join(folder, 'group'), 'root:x:0:\navahi:x:0:\n');
  const script =
    'mount --bind "$1/passwd" /etc/passwd && mount --bind "$1/group" /etc/group && ' +
    'mount -t tmpfs none /run && mkdir /run/avahi-daemon && mount --bind "$1/services" /etc/avahi/services && ' +
    'exec avahi-daemon -f "$1/avahi.conf" --no-drop-root --no-chroot --no-rlimits --no-proc-title';
  const child = lan.hostSide.spawn('unshare', ['--mount', 'sh', '-c', script, 'sh', folder], { env: ENV });
  await started('avahi-daemon', child, services.length > 0 ? /successfully established/ : /startup complete/);
}

export interface NmbdHost {
  readonly ip: string;
  readonly netbiosName: string;
  readonly workgroup: string;
  readonly aliases?: string;
}

export async function startNmbd(lan: Lan, host: NmbdHost): Promise<void> {
  const folder = scratchFolder();
  const folders = ['private dir', 'lock directory', 'state directory', 'cache directory', 'pid directory'];
  writeFileSync(
    join(folder, 'smb.conf'),
    `[global]\nworkgroup = ${host.workgroup}\nnetbios name = ${host.netbiosName}\nnetbios aliases = ${host.aliases ?? ''}
     interfaces = ${host.ip}/24\nbind interfaces only = yes\nlocal master = no\nncalrpc dir = ${folder}/ncalrpc
     ${folders.map(name => `${name} = ${folder}`).join('\n')}\n`,
  );
  // It keeps a socket in /run, whose owner must be its own.
  const script = 'mount -t tmpfs none /run && mkdir /run/samba && exec nmbd "$@"';
  const args = ['-F', '--debug-stdout', '--no-process-group', '-d', '3', '-s', join(folder, 'smb.conf')];
  const child = lan.hostSide.spawn('unshare', ['--mount', 'sh', '-c', script, 'sh', ...args], { env: ENV });
  await started('nmbd', child, /add_name_to_subnet: Added netbios name \S+<20>/);
}

/** @param records as its options take them: `--ptr-record=7.0.66.10.in-addr.arpa,printer.example` */
export async function startDnsmasq(lan: Lan, ip: string, records: readonly string[]): Promise<void> {
  const args = [
    '-d',
    '-u',
    'root',
    '-g',
    'root',
    '--conf-file=/dev/null',
    '--no-resolv',
    '--no-hosts',
    '--bind-interfaces',
    '--pid-file=',
    '--log-facility=-',
  ];
  const child = lan.hostSide.spawn('dnsmasq', [...args, `--listen-address=${ip}`, ...records], { env: ENV });
  await started('dnsmasq', child, /started, version/);
}
