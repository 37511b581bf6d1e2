/**
 * A mail server as people run it: Debian's postfix, which takes mail over STARTTLS from who has logged in, and dovecot,
 * which knows the passwords and shows the mailbox by IMAP. On loopback, in a folder of its own, and nothing ever leaves:
 * every transport but the one into the mailbox is an error. Postfix wants to be started by root.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface MailServer {
  readonly smtpPort: number;
  readonly imapPort: number;
  readonly user: string;
  readonly password: string;
  /** Of the authority that vouches for the server as `localhost`; a file for NODE_EXTRA_CA_CERTS. */
  readonly authority: string;
  /** What postfix and dovecot wrote into their logs. */
  log(): string;
  stop(): void;
}

const USER = 'alerts@netureon.test';
const PASSWORD = 'right horse/b@ttery';
/** Whose the mailbox is: an account that exists everywhere and may do nothing. */
const OWNER = { uid: '65534', gid: '65534' };
const NEEDED = ['/usr/sbin/postfix', '/usr/sbin/dovecot', '/usr/lib/dovecot/imap', '/usr/bin/openssl'];

export async function startMailServer(): Promise<MailServer> {
  if (process.getuid?.() !== 0) throw new Error('postfix is started by root: run this test as root');
  const missing = NEEDED.filter(file => !existsSync(file));
  if (missing.length > 0)
    throw new Error(
      `${missing.join(', ')} missing: install postfix, dovecot-core, dovecot-imapd and openssl`,
    );
  const folder = mkdtempSync(join(tmpdir(), 'nmail-'));
  chmodSync(folder, 0o755);
  const [smtpPort, imapPort] = [await freePort(), await freePort()];
  makeCertificate(folder);
  const dovecot = writeDovecot(folder, imapPort);
  const postfix = writePostfix(folder, smtpPort);
  const logs = () =>
    ['postfix.log', 'dovecot.log']
      .map(name => join(folder, name))
      .map(file => (existsSync(file) ? readFileSync(file, 'utf8') : ''))
      .join('');
  const stop = () => {
    endByPid(join(folder, 'queue/pid/master.pid'));
    endByPid(join(folder, 'run/master.pid'));
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  };
  try {
    // A pipe would stay open for as long as the services run: what goes wrong is in their logs.
    execFileSync('dovecot', ['-c', dovecot], { stdio: 'ignore', timeout: 30_000 });
    execFileSync('postfix', ['-c', postfix, 'start'], { stdio: 'ignore', timeout: 30_000 });
  } catch (error) {
    const said = logs();
    stop();
    throw new Error(`the mail server did not start: ${said}`, { cause: error });
  }
  return {
    smtpPort,
    imapPort,
    user: USER,
    password: PASSWORD,
    authority: join(folder, 'authority.pem'),
    log: logs,
    stop,
  };
}

/** An authority of our own, and what it says of `localhost`. */
function makeCertificate(folder: string): void {
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl(
    'req',
    '-x509',
    ...key,
    '-subj',
    '/CN=Test',
    '-days',
    '2',
    '-keyout',
    'ca.key',
    '-out',
    'authority.pem',
  );
  openssl('req', '-new', ...key, '-subj', '/CN=localhost', '-keyout', 'key.pem', '-out', 'request');
  writeFileSync(join(folder, 'names'), 'subjectAltName=DNS:localhost\n');
  const signed = ['-CA', 'authority.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', 'names'];
  openssl('x509', '-req', '-in', 'request', ...signed, '-days', '2', '-out', 'cert.pem');
}

function writeDovecot(folder: string, imapPort: number): string {
  const file = join(folder, 'dovecot.conf');
  writeFileSync(join(folder, 'users'), `${USER}:{PLAIN}${PASSWORD}::::::\n`);
  writeFileSync(
    file,
    `base_dir = ${folder}/run
state_dir = ${folder}/state
log_path = ${folder}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain login
mail_location = maildir:${folder}/mail/inbox
first_valid_uid = 1
mail_uid = ${OWNER.uid}
mail_gid = ${OWNER.gid}
passdb {
  driver = passwd-file
  args = ${folder}/users
}
userdb {
  driver = static
  args = uid=${OWNER.uid} gid=${OWNER.gid} home=${folder}/mail
}
service imap-login {
  inet_listener imap {
    port = ${imapPort}
  }
  inet_listener imaps {
    port = 0
  }
}
service auth {
  unix_listener ${folder}/auth.sock {
    mode = 0660
    user = postfix
    group = postfix
  }
}
`,
  );
  return file;
}

function writePostfix(folder: string, smtpPort: number): string {
  const config = join(folder, 'postfix');
  for (const name of ['postfix', 'queue', 'data', 'mail/inbox'])
    mkdirSync(join(folder, name), { recursive: true });
  execFileSync('chown', ['postfix', join(folder, 'data')]);
  execFileSync('chown', ['-R', `${OWNER.uid}:${OWNER.gid}`, join(folder, 'mail')]);
  writeFileSync(
    join(config, 'main.cf'),
    `compatibility_level = 3.6
queue_directory = ${folder}/queue
data_directory = ${folder}/data
maillog_file = ${folder}/postfix.log
maillog_file_prefixes = ${folder}
myhostname = localhost
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mydestination =
alias_maps =
alias_database =
virtual_mailbox_domains = netureon.test
virtual_mailbox_base = ${folder}/mail
virtual_mailbox_maps = static:inbox/
virtual_minimum_uid = 1
virtual_uid_maps = static:${OWNER.uid}
virtual_gid_maps = static:${OWNER.gid}
default_transport = error:nothing leaves this machine
relay_transport = error:nothing leaves this machine
smtpd_tls_cert_file = ${folder}/cert.pem
smtpd_tls_key_file = ${folder}/key.pem
smtpd_tls_security_level = encrypt
smtpd_tls_auth_only = yes
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = ${folder}/auth.sock
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_recipient_restrictions = permit_sasl_authenticated, reject
`,
  );
  const services = [
    'rewrite trivial-rewrite',
    'bounce',
    'defer bounce',
    'trace bounce',
    'error',
    'retry error',
    'discard',
    'proxymap',
    'anvil',
    'scache',
    'smtp',
  ];
  writeFileSync(
    join(config, 'master.cf'),
    [
      `127.0.0.1:${smtpPort} inet n - n - - smtpd`,
      'qmgr unix n - n 300 1 qmgr',
      'tlsmgr unix - - n 1000? 1 tlsmgr',
      'virtual unix - n n - - virtual',
      'postlog unix-dgram n - n - 1 postlogd',
      'pickup unix n - n 60 1 pickup',
      'flush unix n - n 1000? 0 flush',
      'cleanup unix n - n - 0 cleanup',
      'showq unix n - n - - showq',
      ...services.map(service => {
        const [name = '', program = name] = service.split(' ');
        return `${name} unix - - n - - ${program}`;
      }),
      '',
    ].join('\n'),
  );
  return config;
}

function endByPid(file: string): void {
  if (!existsSync(file)) return;
  const pid = Number(readFileSync(file, 'utf8').trim());
  if (Number.isInteger(pid) && pid > 1)
    try {
      process.kill(pid, 'SIGTERM');
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
    }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise(resolve => server.close(resolve));
  return port;
}
