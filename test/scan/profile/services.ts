/**
 * Debian's own servers on the hosts of a simulated LAN: OpenSSH, nginx, Samba, CUPS, vsftpd, each with a configuration
 * and a folder of its own, and with a /run of its own, because some insist on a folder there. They end with the LAN.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';
import type { Lan } from '../../../src/lab/lan.ts';
import { bundle } from '../../support/bundle.ts';
import { selfSigned } from './servers.ts';

export interface Services {
  readonly lan: Lan;
  readonly folder: string;
}

/** @throws with one line that names the packages that are missing */
export function requireServices(): void {
  const missing = Object.entries({
    'openssh-server': '/usr/sbin/sshd',
    nginx: '/usr/sbin/nginx',
    samba: '/usr/sbin/smbd',
    cups: '/usr/sbin/cupsd',
    vsftpd: '/usr/sbin/vsftpd',
    nmap: '/usr/bin/nmap',
    openssl: '/usr/bin/openssl',
  }).flatMap(([name, file]) => (existsSync(file) ? [] : [name]));
  if (missing.length > 0) throw new Error(`this test needs: apt install ${missing.join(' ')}`);
}

export async function servicesOn(lan: Lan): Promise<Services> {
  const folder = await mkdtemp(join(tmpdir(), 'netureon-services-'));
  onTestFinished(async () => {
    // The servers go first, and cupsd leaves a folder behind that its own user may not change.
    await lan.close();
    await promisify(execFile)('chmod', ['-R', 'u+rwX', folder]);
    await rm(folder, { recursive: true, force: true });
  });
  return { lan, folder };
}

/** Runs a server to the end of the test, and waits until it accepts on each of the ports. */
async function run(
  { lan, folder }: Services,
  command: readonly string[],
  ip: string,
  ports: readonly number[],
): Promise<void> {
  const prepare =
    'mount -t tmpfs tmpfs /run && mkdir -p /run/sshd /run/vsftpd/empty /run/samba /run/cups && exec "$@"';
  const args = ['--mount', '--', 'sh', '-c', prepare, 'sh', ...command];
  const child = lan.hostSide.spawn('unshare', args, { stdio: ['ignore', 'pipe', 'pipe'], cwd: folder });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => (said = `${said}${text}`.slice(-2000)));
  const until = `for i in $(seq 600); do (exec 3<>/dev/tcp/${ip}/$1) 2>&- && exit 0; sleep 0.1; done; exit 1`;
  for (const port of ports) {
    const { code } = await lan.exec('bash', ['-c', until, 'bash', String(port)]);
    if (code !== 0) throw new Error(`${command[0]} does not accept on port ${port}: ${said}`);
  }
}

export async function openssh(services: Services, ip: string): Promise<void> {
  const { lan, folder } = services;
  const key = join(folder, `ssh-${ip}`);
  await lan.hostSide.tool('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
  const config = join(folder, `sshd-${ip}.conf`);
  await writeFile(
    config,
    `ListenAddress ${ip}:22\nHostKey ${key}\nPidFile none\nUsePAM no\nStrictModes no\n`,
  );
  await run(services, ['/usr/sbin/sshd', '-D', '-e', '-f', config], ip, [22]);
}

/** On 80, and on 443 with a certificate for `nas.lan`. */
export async function nginx(services: Services, ip: string): Promise<void> {
  const folder = join(services.folder, `nginx-${ip}`);
  await mkdir(folder);
  const { key, cert } = selfSigned('/CN=nas.lan/O=Example', 'DNS:nas.lan');
  await writeFile(join(folder, 'key.pem'), key);
  await writeFile(join(folder, 'cert.pem'), cert);
  await writeFile(join(folder, 'index.html'), '<!doctype html><title>Caf\u00e9 &amp; files</title>');
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    name => `${name}_temp_path ${folder}/${name};`,
  );
  await writeFile(
    join(folder, 'nginx.conf'),
    `user root; daemon off; master_process off; pid ${folder}/pid; error_log stderr; events {}
     http { access_log off; charset utf-8; types { text/html html; } ${temporary.join(' ')}
       server { listen ${ip}:80; listen ${ip}:443 ssl; root ${folder};
         ssl_certificate ${folder}/cert.pem; ssl_certificate_key ${folder}/key.pem; } }`,
  );
  const command = ['/usr/sbin/nginx', '-e', 'stderr', '-p', folder, '-c', join(folder, 'nginx.conf')];
  await run(services, command, ip, [80, 443]);
}

export async function samba(services: Services, ip: string): Promise<void> {
  const folder = join(services.folder, `samba-${ip}`);
  const folders = ['private', 'lock', 'state', 'cache', 'pid', 'ncalrpc'];
  await mkdir(folder);
  for (const name of folders) await mkdir(join(folder, name), { mode: 0o755 });
  const config = join(folder, 'smb.conf');
  await writeFile(
    config,
    `[global]
     interfaces = ${ip}/24
     bind interfaces only = yes
     disable spoolss = yes
     load printers = no
     private dir = ${folder}/private
     lock directory = ${folder}/lock
     state directory = ${folder}/state
     cache directory = ${folder}/cache
     pid directory = ${folder}/pid
     ncalrpc dir = ${folder}/ncalrpc
     log file = ${folder}/log\n`,
  );
  await run(
    services,
    ['/usr/sbin/smbd', '-F', '--no-process-group', '--debug-stdout', '-s', config],
    ip,
    [445, 139],
  );
}

export async function cups(services: Services, ip: string): Promise<void> {
  const folder = join(services.folder, `cups-${ip}`);
  for (const name of ['', 'spool', 'tmp', 'cache', 'state']) await mkdir(join(folder, name), { mode: 0o755 });
  await writeFile(
    join(folder, 'cupsd.conf'),
    `Listen ${ip}:631\nLogLevel warn\n<Location />\nOrder allow,deny\nAllow all\n</Location>\n`,
  );
  await writeFile(
    join(folder, 'cups-files.conf'),
    `AccessLog stderr\nErrorLog stderr\nPageLog stderr\nRequestRoot ${folder}/spool\nTempDir ${folder}/tmp\n` +
      `CacheDir ${folder}/cache\nStateDir ${folder}/state\nServerRoot ${folder}\n`,
  );
  const command = [
    '/usr/sbin/cupsd',
    '-f',
    '-c',
    join(folder, 'cupsd.conf'),
    '-s',
    join(folder, 'cups-files.conf'),
  ];
  await run(services, command, ip, [631]);
}

export async function vsftpd(services: Services, ip: string): Promise<void> {
  const config = join(services.folder, `vsftpd-${ip}.conf`);
  await writeFile(
    config,
    `listen=YES\nlisten_address=${ip}\nbackground=NO\nanonymous_enable=YES\nrun_as_launching_user=YES\nseccomp_sandbox=NO\n`,
    { mode: 0o600 },
  );
  await run(services, ['/usr/sbin/vsftpd', config], ip, [21]);
}

/** Debian's mail servers insist on the machine's own folders; this one is of npm, and speaks the same protocol. */
export async function smtp(services: Services, ip: string): Promise<void> {
  await run(services, [process.execPath, await bundle('test/scan/profile/smtp-main.ts'), ip], ip, [25]);
}
