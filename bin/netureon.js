#!/usr/bin/env node
// The command that users type. Only what must work before anything is built, on any Node, stands here.
import { existsSync } from 'node:fs';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const entry = new URL('../dist/main.js', import.meta.url);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`netureon needs Node.js 20.19 or newer; this is ${process.version}\n`);
  process.exitCode = 2;
} else if (!existsSync(entry)) {
  process.stderr.write(
    'netureon is not built yet: run `npm start`, or `npm ci && npm run build`, in its folder\n',
  );
  process.exitCode = 2;
} else {
  await import(entry.href);
}
