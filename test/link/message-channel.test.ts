// Messages over sockets of 127.0.0.1.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { openDatagrams, openStream, type MessageChannel } from '../../src/link/message-channel.ts';

const never = new AbortController().signal;
const text = (bytes: Uint8Array | null) => (bytes === null ? null : Buffer.from(bytes).toString());

function closing<T extends MessageChannel>(channel: T): T {
  onTestFinished(() => channel.close());
  return channel;
}

async function udpServer() {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  onTestFinished(() => void socket.close());
  return { socket, port: socket.address().port };
}

async function tcpServer(onConnection: (socket: Socket) => void): Promise<number> {
  const server: Server = createServer(onConnection).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  return address.port;
}

test('datagrams come from the one who was asked, and from nobody else', async () => {
  const { socket, port } = await udpServer();
  const other = await udpServer();
  const channel = closing(await openDatagrams({ address: '127.0.0.1', port, source: '127.0.0.1' }, never));
  const asked = once(socket, 'message') as Promise<[Buffer, { port: number }]>;
  await channel.send(Buffer.from('who?'));
  const [question, from] = await asked;
  expect(question.toString()).toBe('who?');
  await new Promise(resolve => other.socket.send('liar', from.port, '127.0.0.1', resolve));
  socket.send('me', from.port, '127.0.0.1');
  expect(text(await channel.receive(never))).toBe('me');
  expect(await channel.receive(AbortSignal.abort())).toBeNull();
});

test('a port where nobody listens says so', async () => {
  const { socket, port } = await udpServer();
  socket.removeAllListeners();
  const gone = createSocket('udp4').bind(0, '127.0.0.1');
  await once(gone, 'listening');
  const free = gone.address().port;
  await new Promise<void>(resolve => gone.close(() => resolve()));
  const channel = closing(await openDatagrams({ address: '127.0.0.1', port: free }, never));
  await channel.send(Buffer.from('x'));
  await expect(channel.receive(never)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  await expect(openStream({ address: '127.0.0.1', port: free }, never)).rejects.toMatchObject({
    code: 'ECONNREFUSED',
  });
  expect(port).not.toBe(free);
});

test('messages of a stream are put together, whatever pieces they come in', async () => {
  const port = await tcpServer(socket => {
    socket.on('data', () => {
      const bytes = Buffer.from('\0\x03one\0\x00\0\x03two\0\x05th', 'latin1');
      for (const byte of bytes) socket.write(Uint8Array.of(byte));
      socket.end();
    });
  });
  const channel = closing(await openStream({ address: '127.0.0.1', port }, never));
  await channel.send(Buffer.from('go'));
  const received = [];
  for (let message = await channel.receive(never); message !== null; message = await channel.receive(never))
    received.push(text(message));
  expect(received).toEqual(['one', '', 'two']);
});

test('a stream that goes on for ever is bounded: what nobody takes is dropped', async () => {
  const port = await tcpServer(socket => {
    socket.on('error', () => undefined);
    socket.end(Buffer.concat(Array.from({ length: 1000 }, () => Buffer.from('\0\x01x', 'latin1'))));
  });
  const channel = closing(await openStream({ address: '127.0.0.1', port }, never));
  let messages = 0;
  while ((await channel.receive(never)) !== null) messages++;
  expect(messages).toBeGreaterThan(0);
  expect(messages).toBeLessThanOrEqual(1000);
});

test('waiting ends with the signal, connecting too', async () => {
  const { port } = await udpServer();
  const channel = closing(await openDatagrams({ address: '127.0.0.1', port }, never));
  const patience = new AbortController();
  const nothing = channel.receive(patience.signal);
  patience.abort();
  expect(await nothing).toBeNull();
  await expect(openStream({ address: '127.0.0.1', port: 1 }, AbortSignal.abort())).rejects.toThrow(/abort/);
});
