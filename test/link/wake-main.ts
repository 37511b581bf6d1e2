/** Run inside a network namespace: whether this machine is on a network, and a magic packet into it. */
import { wakeSender } from '../../src/link/wake.ts';

const [cidr = '', mac = '', broadcast = ''] = process.argv.slice(2);
process.stdout.write(`${wakeSender.isOn(cidr)}\n`);
if (mac !== '') await wakeSender.send(mac, broadcast);
