// Starts a janitor and then does nothing, so that a test can kill it.
import { startJanitor } from '../../../src/cli/demo/janitor.ts';

const folder = process.argv[2];
if (folder === undefined) throw new Error('which folder?');
startJanitor([folder]);
process.stdout.write('ready\n');
setInterval(() => undefined, 60_000);
