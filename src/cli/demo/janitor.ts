/**
 * Cleans up after the demo, whatever ended it: a small shell in a session of its own that waits for this process to go,
 * stops the demo's PostgreSQL if that is still running, and removes the demo's folder.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

export interface Janitor {
  /** Lets it clean up now, and waits for it. */
  release(): Promise<void>;
}

// The pipe on its standard input closes when the demo ends, also after kill -9. The first line of postmaster.pid is the
// server's process; INT asks it to cut its clients off and stop ("fast shutdown").
const CLEAN_UP = `
cat > /dev/null
for file in "$1"/*/data/postmaster.pid "$1"/data/postmaster.pid; do
  test -f "$file" || continue
  pid=$(head -n 1 "$file")
  kill -INT "$pid" 2> /dev/null
  while kill -0 "$pid" 2> /dev/null; do sleep 0.1; done
done
rm -rf -- "$@"
`;

/** @param folders of the demo alone; the first holds its PostgreSQL's data, directly or one level down */
export function startJanitor(folders: readonly [string, ...string[]]): Janitor {
  const shell = spawn('sh', ['-c', CLEAN_UP, 'netureon-demo-janitor', ...folders], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    cwd: '/',
  });
  const ended = once(shell, 'exit');
  shell.unref();
  return {
    release: async () => {
      shell.ref();
      shell.stdin.end();
      await ended;
    },
  };
}
