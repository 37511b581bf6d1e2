// Makes a LAN with something running on both sides and then does nothing, so that a test can kill it.
import { createLan } from '../../src/lab/lan.ts';

const lan = await createLan({
  cidr: '10.66.0.0/24',
  hosts: [{ ip: '10.66.0.1', mac: '02:00:00:00:00:01' }],
  userNamespace: process.argv[2] === 'user',
});
await lan.claimWhole('10.66.9.0/24');
const children = [lan.spawn('sleep', ['600']), lan.hostSide.spawn('sleep', ['600'])];
console.log([lan.scanner.pid, lan.hostSide.pid, ...children.map(child => child.pid)].join(' '));
