/** Reads a mailbox by IMAP (RFC 9051), as little of it as a test needs. */
import { once } from 'node:events';
import { connect } from 'node:net';

/** Every message of the inbox, as it was delivered, oldest first. */
export async function readInbox(port: number, user: string, password: string): Promise<Buffer[]> {
  const socket = connect(port, '127.0.0.1');
  let received = Buffer.alloc(0);
  const failed = once(socket, 'close').then(() => {
    throw new Error(`the IMAP server hung up: ${received.toString().slice(-200)}`);
  });
  failed.catch(() => undefined);
  const arrivals: (() => void)[] = [];
  socket
    .on('error', () => undefined)
    .on('data', part => {
      received = Buffer.concat([received, part]);
      for (const tell of arrivals.splice(0)) tell();
    });
  const until = async (pattern: RegExp): Promise<void> => {
    while (!pattern.test(received.toString('latin1')))
      await Promise.race([new Promise<void>(resolve => arrivals.push(resolve)), failed]);
  };
  /** Everything the server says to one command. */
  const ask = async (tag: string, command: string): Promise<Buffer> => {
    received = Buffer.alloc(0);
    socket.write(`${tag} ${command}\r\n`);
    await until(new RegExp(`(?:^|\r\n)${tag} (?:OK|NO|BAD)[^\r\n]*\r\n$`));
    if (!received.toString('latin1').includes(`${tag} OK`)) throw new Error(received.toString());
    return received;
  };
  try {
    await until(/\* OK[^\r\n]*\r\n/);
    await ask('a', `LOGIN "${user}" "${password}"`);
    const selected = (await ask('b', 'SELECT INBOX')).toString();
    const exists = Number(/\* (\d+) EXISTS/.exec(selected)?.[1] ?? 0);
    return exists === 0 ? [] : literals(await ask('c', 'FETCH 1:* BODY.PEEK[]'));
  } finally {
    socket.destroy();
  }
}

/** `{123}` CRLF and so many octets (§4.3). */
function literals(answer: Buffer): Buffer[] {
  const found: Buffer[] = [];
  for (let at = 0; ;) {
    const open = /\{(\d+)\}\r\n/.exec(answer.subarray(at).toString('latin1'));
    if (open === null) return found;
    const from = at + open.index + open[0].length;
    at = from + Number(open[1]);
    found.push(answer.subarray(from, at));
  }
}
