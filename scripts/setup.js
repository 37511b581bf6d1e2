// Does what a fresh checkout needs before `npm start` or `npm test` can work: installs the packages, builds, and for
// the tests and benches installs the programs of this system that they drive. Uses nothing but Node itself, because
// nothing else is here yet. Quick when there is nothing to do.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);

// What the suites drive that npm does not bring: the program, and Debian's package for it.
const FOR_TESTS = {
  unshare: 'util-linux',
  nsenter: 'util-linux',
  setpriv: 'util-linux',
  ip: 'iproute2',
  nft: 'nftables',
  chromium: 'chromium',
};
const FOR_BENCHES = { ...FOR_TESTS, 'arp-scan': 'arp-scan', nmap: 'nmap' };

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19))
  stop(`netureon needs Node.js 20.19 or newer; this is ${process.version}`);

if (process.argv.includes('--test')) installPrograms(FOR_TESTS);
if (process.argv.includes('--bench')) installPrograms(FOR_BENCHES);
if (newest('package-lock.json') > newest('node_modules/.package-lock.json')) {
  say('installing packages (npm ci)');
  run('npm', ['ci', '--no-audit', '--no-fund']);
}
if (
  Math.max(...['src', 'scripts/build.js', 'package.json', 'package-lock.json'].map(newest)) >
  newest('dist/main.js')
) {
  say('building');
  run(process.execPath, ['scripts/build.js']);
}

/** @param {Record<string, string>} programs */
function installPrograms(programs) {
  const path = `${process.env['PATH']}:/usr/sbin:/sbin`.split(':');
  const missing = Object.keys(programs).filter(name => !path.some(folder => existsSync(join(folder, name))));
  if (missing.length === 0) return;
  const packages = missing.map(name => programs[name] ?? name);
  const advice = `missing: ${missing.join(', ')}. Install with: apt-get install ${packages.join(' ')}`;
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) stop(advice);
  say(`installing ${packages.join(', ')} (apt-get)`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const apt = (/** @type {string[]} */ ...args) =>
    spawnSync('apt-get', ['-qq', ...args], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  const install = () => apt('install', '-y', '--no-install-recommends', ...packages).status === 0;
  if (!install() && !(apt('update').status === 0 && install())) stop(advice);
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

/** @param {string} file @param {string[]} args */
function run(file, args) {
  try {
    execFileSync(file, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  } catch {
    stop(`${file} ${args.join(' ')} failed (see above)`);
  }
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
