/**
 * A Linux network namespace (network_namespaces(7)) that lives exactly as long as this process wants it to.
 *
 * A keeper (`cat` on a pipe) holds it; its pid is the handle, and commands enter through nsenter(1). When this process
 * ends, however it ends, the pipe closes and the parent-death signal (prctl(2), PR_SET_PDEATHSIG) reaches keeper and
 * commands alike: nothing is left to clean up. As an ordinary user the namespace sits in a user namespace of its own
 * (user_namespaces(7)), where that user is root over this network and nothing else.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess, ChildProcessWithoutNullStreams, SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { codeOf, messageOf, NetureonError } from '../lib/errors.ts';

/** Debian keeps nft(8) in /usr/sbin, which an ordinary user's PATH lacks. */
const TOOL_ENV = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' };

export interface ExecOptions {
  /** What the command reads from its standard input; nothing by default. */
  readonly input?: string;
  /** Replaces the environment; inherited by default. */
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Aborting kills the command. */
  readonly signal?: AbortSignal;
}

export interface ExecResult {
  /** null when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Namespace {
  /** Of the keeper: `/proc/PID/ns/net` is this namespace. */
  readonly pid: number;
  readonly userNamespace: boolean;
  /** The command line that runs a command inside; it dies with the process that starts it. */
  enter(command: string, args?: readonly string[]): [string, ...string[]];
  /** Starts a command inside. The child's pid is the command's own: signals reach it. */
  spawn(command: string, args?: readonly string[], options?: SpawnOptions): ChildProcess;
  /** Runs a command inside to its end, whatever its exit code. */
  exec(command: string, args?: readonly string[], options?: ExecOptions): Promise<ExecResult>;
  /** Runs one of the machine's tools inside; throws when it fails. Returns its standard output. */
  tool(command: string, args: readonly string[], input?: string): Promise<string>;
  /** Kills what still runs inside by our hand and lets the namespace go. */
  close(): Promise<void>;
}

/** Whose root a new namespace's processes are. */
export type Owner =
  /** The machine's: this process is root. */
  | { readonly kind: 'root' }
  /** A new user namespace's, in which the user is mapped to root. */
  | { readonly kind: 'user' }
  /** The same as that of a namespace made before: only so can the two share a veth pair. */
  | { readonly kind: 'peer'; readonly of: Namespace };

/** @throws NetureonError `permission` when the machine forbids namespaces, `io` when a tool is missing */
export async function createNamespace(owner: Owner): Promise<Namespace> {
  const [command, ...args] = unshare(owner);
  const hold = ['setpriv', '--pdeathsig', 'KILL', '--', 'cat'];
  const keeper = spawn(command, [...args, '--', ...hold], { stdio: 'pipe', env: TOOL_ENV });
  const user = owner.kind === 'user' || (owner.kind === 'peer' && owner.of.userNamespace);
  return new KeptNamespace(await keeperReady(keeper), keeper, user);
}

function unshare(owner: Owner): [string, ...string[]] {
  if (owner.kind === 'user') return ['unshare', '--user', '--map-root-user', '--net'];
  if (owner.kind === 'root' || !owner.of.userNamespace) return ['unshare', '--net'];
  // Into the peer's user namespace, but not into its network: the new one is made beside it.
  return ['nsenter', '-t', String(owner.of.pid), '-U', '--preserve-credentials', '--', 'unshare', '--net'];
}

/** `cat` echoes a line only once unshare(1) and setpriv(1) have done their part and turned into it. */
async function keeperReady(keeper: ChildProcessWithoutNullStreams): Promise<number> {
  let stderr = '';
  keeper.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  keeper.stdin.on('error', () => undefined); // EPIPE: the exit below says why
  keeper.stdin.write('\n');
  const outcome = await Promise.race([
    once(keeper.stdout, 'data').then(() => 'ready' as const),
    once(keeper, 'close').then(
      () => 'gone' as const,
      (thrown: unknown) => Promise.reject(missingTool('unshare', thrown)),
    ),
  ]);
  if (outcome === 'ready' && keeper.pid !== undefined) return keeper.pid;
  throw new NetureonError(
    'permission',
    `cannot make a network namespace: ${stderr.trim() || 'unshare ended'}`,
    {
      remedy:
        'Run it as root, or allow user namespaces: sysctl kernel.unprivileged_userns_clone=1 (Debian), ' +
        'kernel.apparmor_restrict_unprivileged_userns=0 (Ubuntu), user.max_user_namespaces above 0.',
    },
  );
}

function missingTool(tool: string, thrown: unknown): NetureonError {
  if (codeOf(thrown) !== 'ENOENT')
    return new NetureonError('io', `cannot run ${tool}: ${messageOf(thrown)}`, { cause: thrown });
  return new NetureonError('io', `the simulated network needs ${tool}, which is not installed`, {
    remedy: 'Install it: apt install util-linux iproute2 nftables',
    cause: thrown,
  });
}

/** The parent may have died before setpriv(1) asked to be told of it. */
const UNLESS_ORPHANED = 'test "$PPID" = "$1" || exit 1; shift; exec "$@"';

class KeptNamespace implements Namespace {
  readonly pid: number;
  readonly userNamespace: boolean;
  readonly #keeper: ChildProcessWithoutNullStreams;
  readonly #children = new Set<ChildProcess>();

  constructor(pid: number, keeper: ChildProcessWithoutNullStreams, user: boolean) {
    this.pid = pid;
    this.#keeper = keeper;
    this.userNamespace = user;
  }

  enter(command: string, args: readonly string[] = []): [string, ...string[]] {
    const flags = this.userNamespace ? ['-U', '--preserve-credentials', '-n'] : ['-n'];
    const entered = ['-t', String(this.pid), ...flags, '--', 'setpriv', '--pdeathsig', 'KILL', '--'];
    return ['nsenter', ...entered, 'sh', '-c', UNLESS_ORPHANED, 'sh', String(process.pid), command, ...args];
  }

  spawn(command: string, args: readonly string[] = [], options: SpawnOptions = {}): ChildProcess {
    const [file, ...rest] = this.enter(command, args);
    const child = spawn(file, rest, options);
    this.#children.add(child);
    child.once('close', () => this.#children.delete(child));
    return child;
  }

  async exec(command: string, args: readonly string[] = [], options: ExecOptions = {}): Promise<ExecResult> {
    const { input = '', ...spawnOptions } = options;
    const child = this.spawn(command, args, { ...spawnOptions, stdio: 'pipe' });
    const closed = new Promise<void>((resolve, reject) => {
      child.once('close', () => resolve());
      // Aborting emits an error too; then it did start, and `close` follows.
      child.on('error', error => {
        if (child.pid === undefined) reject(missingTool('nsenter', error));
      });
    });
    let stdout = '';
    let stderr = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.stdin?.on('error', () => undefined); // EPIPE: it need not read what it is given
    child.stdin?.end(input);
    await closed;
    return { code: child.exitCode, signal: child.signalCode, stdout, stderr };
  }

  async tool(command: string, args: readonly string[], input = ''): Promise<string> {
    const { code, stdout, stderr } = await this.exec(command, args, { input, env: TOOL_ENV });
    if (code === 0) return stdout;
    if (code === 127) throw missingTool(command, { code: 'ENOENT' });
    throw new NetureonError(
      'io',
      `${[command, ...args].join(' ')} failed: ${stderr.trim() || `exit ${code}`}`,
    );
  }

  async close(): Promise<void> {
    const ends = [...this.#children].map(child => ended(child));
    for (const child of this.#children) child.kill('SIGKILL');
    ends.push(ended(this.#keeper));
    this.#keeper.stdin.end();
    this.#keeper.stdout.resume();
    await Promise.all(ends);
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}
