// npm run bench [-- NAME …]: runs every bench/*.bench.ts (or those whose name contains NAME) one after another and
// prints their tables. Each compares with its peer in the same run; read the ratios, not the seconds.
import { build } from 'esbuild';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { cpus } from 'node:os';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);
const wanted = process.argv.slice(2);
const files = (await readdir('bench')).filter(file => /\.bench\.(ts|js)$/.test(file)).sort();
const chosen = files.filter(file => wanted.length === 0 || wanted.some(name => file.includes(name)));
if (chosen.length === 0) {
  process.stderr.write(`no bench is called ${wanted.join(' or ')}; there are: ${files.join(', ')}\n`);
  process.exit(2);
}
console.log(`node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}`);
// Below the package, so that the bundle finds what stays outside it (koffi, the server binaries, oui-data).
const out = `node_modules/.cache/netureon-bench-${process.pid}`;
await mkdir(out, { recursive: true });
try {
  for (const file of chosen) {
    const outfile = `${out}/${file.replace(/\.[jt]s$/, '.mjs')}`;
    await build({
      entryPoints: [`bench/${file}`],
      outfile,
      bundle: true,
      format: 'esm',
      platform: 'node',
      target: 'node20.19',
      packages: 'external',
      jsx: 'automatic',
      jsxImportSource: 'hono/jsx',
      logLevel: 'error',
    });
    const { name, run } = await import(pathToFileURL(outfile).href);
    console.log(`\n## ${name}`);
    await run({ log: console.log });
  }
} finally {
  await rm(out, { recursive: true, force: true });
}
