/**
 * TypeScript entry points as files that plain `node` runs: a child process inside a namespace has no vitest transform.
 */
import { createHash } from 'node:crypto';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../..', import.meta.url));
const { resolve } = createRequire(import.meta.url);
// Loaded from this checkout: koffi has native parts, pg-format reads a file beside itself.
const alias = { koffi: resolve('koffi'), 'pg-format': resolve('pg-format') };
const made = new Map<string, Promise<string>>();

/**
 * Bundled on first use, from the sources as they are now; the file is named after its content, so runs share it.
 * @param entry from the checkout's root: `src/lab/responder-main.ts`
 * @returns the path of one `.mjs` file; packages that locate files of their own are loaded from this checkout
 */
export function bundle(entry: string): Promise<string> {
  let path = made.get(entry);
  if (path === undefined) made.set(entry, (path = make(entry)));
  return path;
}

async function make(entry: string): Promise<string> {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    write: false,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    jsx: 'automatic',
    jsxImportSource: 'hono/jsx',
    alias,
    external: Object.values(alias),
    // CommonJS packages inside the bundle call require() for Node's own modules.
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
    logLevel: 'warning',
  });
  const code = outputFiles[0]?.text ?? '';
  const folder = join(tmpdir(), `netureon-bundles-${process.getuid?.()}`);
  await mkdir(folder, { recursive: true, mode: 0o755 });
  const hash = createHash('sha256').update(code).digest('hex').slice(0, 16);
  const path = join(folder, `${basename(entry, '.ts')}-${hash}.mjs`);
  await writeFile(`${path}.${process.pid}`, code);
  await rename(`${path}.${process.pid}`, path);
  return path;
}
