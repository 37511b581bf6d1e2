// Does what a fresh checkout needs before `npm start` or `npm test` can work: installs the packages, builds, and for
// the tests and benches installs the programs of this system that they drive. Uses nothing but Node itself, because
// nothing else is here yet. Quick when there is nothing to do.
import { spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  linkSync,
  lstatSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);

// What the suites drive that npm does not bring: the program, and Debian's package for it.
const FOR_TESTS = {
  arpwatch: 'arpwatch',
  'avahi-daemon': 'avahi-daemon',
  chromium: 'chromium',
  curl: 'curl',
  dnsmasq: 'dnsmasq-base',
  ip: 'iproute2',
  nft: 'nftables',
  nginx: 'nginx-light',
  nmbd: 'samba',
  nsenter: 'util-linux',
  openssl: 'openssl',
  python3: 'python3-minimal',
  script: 'bsdutils',
  setpriv: 'util-linux',
  unshare: 'util-linux',
};
const FOR_DEEP = {
  ...FOR_TESTS,
  cupsd: 'cups',
  dovecot: 'dovecot-core',
  '/usr/lib/dovecot/imap': 'dovecot-imapd',
  faketime: 'faketime',
  nmap: 'nmap',
  postfix: 'postfix',
  smbd: 'samba',
  sshd: 'openssh-server',
  vsftpd: 'vsftpd',
};
const FOR_BENCHES = { ...FOR_TESTS, 'arp-scan': 'arp-scan', nmap: 'nmap', time: 'time' };

// How npm says that it did not get to the registry.
const OFFLINE =
  /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ENETUNREACH|EHOSTUNREACH|ETIMEDOUT|ERR_SOCKET_TIMEOUT)\b/;

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19))
  stop(`netureon needs Node.js 20.19 or newer; this is ${process.version}`);

if (process.argv.includes('--test')) installPrograms(FOR_TESTS);
if (process.argv.includes('--deep')) installPrograms(FOR_DEEP);
if (process.argv.includes('--bench')) installPrograms(FOR_BENCHES);
if (lacksPackages() || lacksBuild()) {
  await lock();
  // Asked again: whoever held the lock may have done it.
  if (lacksPackages()) {
    say('installing packages (npm ci)');
    await run('npm', ['ci', '--no-audit', '--no-fund', '--fetch-retries=1', '--fetch-timeout=20000']);
  }
  if (lacksBuild()) {
    say('building');
    await run(process.execPath, ['scripts/build.js']);
  }
}

function lacksPackages() {
  // A link leads to another checkout's packages, which `npm ci` would delete under it.
  if (lstatSync('node_modules', { throwIfNoEntry: false })?.isSymbolicLink() === true) return false;
  return newest('package-lock.json') > newest('node_modules/.package-lock.json');
}

function lacksBuild() {
  const sources = ['src', 'scripts/build.js', 'package.json', 'package-lock.json'];
  return Math.max(...sources.map(newest)) > newest('dist/main.js');
}

/** @param {Record<string, string>} programs */
function installPrograms(programs) {
  const path = `${process.env['PATH']}:/usr/sbin:/sbin`.split(':');
  const missing = Object.keys(programs).filter(
    name => !(name.startsWith('/') ? existsSync(name) : path.some(folder => existsSync(join(folder, name)))),
  );
  if (missing.length === 0) return;
  const packages = [...new Set(missing.map(name => programs[name] ?? name))];
  const advice = `missing: ${missing.join(', ')}. Install with: apt-get install ${packages.join(' ')}`;
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) stop(advice);
  say(`installing ${packages.join(', ')} (apt-get)`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const apt = (/** @type {string[]} */ ...args) =>
    spawnSync('apt-get', ['-qq', ...args], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  const install = () => apt('install', '-y', '--no-install-recommends', ...packages).status === 0;
  withoutStarting(() => {
    if (!install() && !(apt('update').status === 0 && install())) stop(advice);
  });
}

/**
 * Debian starts a server as soon as it is installed, unless policy-rc.d (invoke-rc.d(8)) says no. These are for the
 * suites alone, which run them in networks of their own.
 * @param {() => void} install
 */
function withoutStarting(install) {
  const policy = '/usr/sbin/policy-rc.d';
  if (existsSync(policy)) return install();
  writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  process.once('exit', () => rmSync(policy, { force: true }));
  // Without handlers a signal would end this process before it could tidy up; apt-get gets Ctrl-C by itself.
  process.once('SIGINT', () => stop('interrupted'));
  process.once('SIGTERM', () => stop('stopped'));
  install();
}

/**
 * The time of the latest change below a path, in milliseconds; 0 if there is nothing.
 * @param {string} path
 * @returns {number}
 */
function newest(path) {
  if (!existsSync(path)) return 0;
  const stats = statSync(path);
  if (!stats.isDirectory()) return stats.mtimeMs;
  return Math.max(stats.mtimeMs, ...readdirSync(path).map(name => newest(join(path, name))));
}

/** One setup at a time: `npm ci` begins with deleting what another one has installed. Held until this process ends. */
async function lock() {
  const path = '.setup.lock';
  const mine = `${path}.${process.pid}`;
  writeFileSync(mine, String(process.pid)); // linked when complete: nobody reads a lock without its pid
  process.once('exit', () => rmSync(mine, { force: true }));
  for (let waitsFor = ''; !isLinked(mine, path); await sleep(200)) {
    const holder = read(path);
    if (holder !== '' && !isAlive(Number(holder))) rmSync(path, { force: true });
    else if (holder !== '' && holder !== waitsFor) say(`waiting for another setup (process ${holder})`);
    waitsFor = holder;
  }
  process.once('exit', () => rmSync(path, { force: true }));
}

/** '' when it has just gone. @param {string} path */
function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return '';
    throw error;
  }
}

/** @param {string} from @param {string} to */
function isLinked(from, to) {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

/** @param {unknown} error */
function codeOf(error) {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

/**
 * In a process group of its own, which a signal ends whole: npm's roll-back would go on after the prompt is back.
 * @param {string} file @param {string[]} args
 */
async function run(file, args) {
  const child = spawn(file, args, { stdio: ['ignore', 'inherit', 'pipe'], detached: true });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', text => {
    errors += text;
    process.stderr.write(text);
  });
  /** @type {NodeJS.Signals | undefined} */
  let stoppedBy;
  for (const name of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']))
    process.on(name, () => {
      stoppedBy ??= name;
      if (child.pid !== undefined && child.exitCode === null && child.signalCode === null)
        process.kill(-child.pid, 'SIGKILL');
    });
  const code = await new Promise(resolve => {
    child.once('error', error => stop(`${file} cannot be started: ${error.message}`));
    child.once('close', resolve);
  });
  if (stoppedBy !== undefined) process.exit(128 + constants.signals[stoppedBy]);
  if (code === 0) return;
  if (OFFLINE.test(errors)) stop('installing needs the npm registry: is there a network?');
  stop(`${file} ${args.join(' ')} failed (see above)`);
}

/** @param {string} what */
function say(what) {
  process.stderr.write(`netureon: ${what}\n`);
}

/** @param {string} why @returns {never} */
function stop(why) {
  process.stderr.write(`netureon: ${why}\n`);
  process.exit(1);
}
