import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import { magicPacket, wakeSender } from '../../src/link/wake.ts';
import { bundle } from '../support/bundle.ts';
import { lanForTest } from '../support/lan.ts';

const MAC = '02:00:00:00:00:2a';

describe('a magic packet', () => {
  it('is six octets 0xff and the MAC sixteen times', () => {
    const packet = Buffer.from(magicPacket('00-1B-A9-6C-90-D4'));
    expect(packet.length).toBe(102);
    expect(packet.toString('hex')).toBe('ffffffffffff' + '001ba96c90d4'.repeat(16));
  });

  it.each(['', 'nobody', '00:1b:a9:6c:90', '00:1b:a9:6c:90:d4:00'])('is not made of %j', mac => {
    expect(() => magicPacket(mac)).toThrow('is no MAC address');
  });
});

it('is on a network only with an address in exactly that', () => {
  expect(wakeSender.isOn('127.0.0.0/8')).toBe(true);
  expect(wakeSender.isOn('127.0.0.0/16')).toBe(false);
  expect(wakeSender.isOn('203.0.113.0/24')).toBe(false);
  expect(wakeSender.isOn('fd00::/64')).toBe(false);
  expect(wakeSender.isOn('nonsense')).toBe(false);
});

it('says why a packet could not be sent', async () => {
  // An IPv4 socket sends nothing there.
  await expect(wakeSender.send(MAC, '::1')).rejects.toMatchObject({ code: 'io' });
});

/** Prints `ready`, then destination MAC, IP, port and payload of each UDP datagram to ports 7 and 9. */
const LISTENER = `
import socket, sys
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
s.bind(('uplink', 0))
print('ready', flush=True)
seen = 0
while seen < 2:
    f = s.recv(2048)
    if f[12:14] != b'\\x08\\x00' or f[23] != 17: continue
    u = 14 + (f[14] & 15) * 4
    port = int.from_bytes(f[u+2:u+4], 'big')
    if port not in (7, 9): continue
    seen += 1
    size = int.from_bytes(f[u+4:u+6], 'big') - 8
    print(f[0:6].hex(), socket.inet_ntoa(f[30:34]), port, f[u+8:u+8+size].hex(), flush=True)
`;

it('leaves as a broadcast frame to ports 9 and 7 of the network it is for', async () => {
  const program = await bundle('test/link/wake-main.ts');
  const lan = await lanForTest({ hosts: [{ ip: '10.66.0.42', mac: MAC }] });
  const listener = lan.hostSide.spawn('python3', ['-c', LISTENER], { stdio: ['ignore', 'pipe', 'inherit'] });
  if (listener.stdout === null) throw new Error('the listener says nothing');
  const heard: string[] = [];
  for await (const line of createInterface({ input: listener.stdout })) {
    if (line !== 'ready') {
      heard.push(line);
      continue;
    }
    const sent = await lan.exec(process.execPath, [program, '10.66.0.0/24', MAC, '10.66.0.255']);
    expect(sent).toMatchObject({ code: 0, stdout: 'true\n' });
  }
  const payload = 'ff'.repeat(6) + '02000000002a'.repeat(16);
  expect(heard).toEqual([`ffffffffffff 10.66.0.255 9 ${payload}`, `ffffffffffff 10.66.0.255 7 ${payload}`]);
  const elsewhere = await lan.exec(process.execPath, [program, '192.168.1.0/24']);
  expect(elsewhere.stdout).toBe('false\n');
});
