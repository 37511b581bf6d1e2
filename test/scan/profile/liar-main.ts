/** A device that answers on every port where names are asked for, as badly as it is told to. argv: address, another, behaviour. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { BEHAVIOURS, type Behaviour } from './liar.ts';

const [address, other, behaviour] = process.argv.slice(2);
const answer = BEHAVIOURS[behaviour as Behaviour];
for (const port of [53, 137, 5353, 5355]) {
  const socket = createSocket('udp4');
  const elsewhere = createSocket('udp4');
  socket.on('message', (query, from) => {
    for (const reply of answer(query))
      (reply.elsewhere === true ? elsewhere : socket).send(reply.bytes, from.port, from.address);
  });
  socket.bind(port, address);
  elsewhere.bind(port, other);
  await Promise.all([once(socket, 'listening'), once(elsewhere, 'listening')]);
}
const server = createServer(connection => {
  connection.on('error', () => undefined); // whoever asked has heard enough
  connection.on('data', (query: Buffer) => {
    for (const { bytes, elsewhere } of answer(query.subarray(2)))
      if (elsewhere !== true)
        connection.write(Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 255]), bytes]));
  });
});
server.listen(5355, address);
await once(server, 'listening');
process.stdout.write('ready\n');
