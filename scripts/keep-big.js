// node scripts/keep-big.js [FOLDER]: seeds test/support/seed-big.ts's database once, keeps its server running until Ctrl-C and
// prints its URL, so that statements can be explained where tables are large. FOLDER keeps it for the next time.
import { build } from 'esbuild';
import { mkdir, rm } from 'node:fs/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const out = `node_modules/.cache/netureon-big-${process.pid}`;
await mkdir(out, { recursive: true });
try {
  await build({
    entryPoints: ['test/support/big/keep-main.ts'],
    outfile: `${out}/keep-big.mjs`,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    packages: 'external',
    logLevel: 'error',
  });
  const { keep } = await import(pathToFileURL(`${process.cwd()}/${out}/keep-big.mjs`).href);
  await keep(process.argv[2], console.log);
} finally {
  await rm(out, { recursive: true, force: true });
}
