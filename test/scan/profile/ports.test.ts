import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/lib/clock.ts';
import type { Connections } from '../../../src/scan/profile/connections.ts';
import { UNTOUCHED_PORTS } from '../../../src/scan/profile/fragile.ts';
import { PORT_DEFAULTS, portsOf } from '../../../src/scan/profile/ports.ts';
import type { PortOptions } from '../../../src/scan/profile/ports.ts';
import { PORT_PRESETS } from '../../../src/scan/profile/presets.ts';
import { closedPort, connectionsTo, LOOPBACK, selfSigned, serve } from './servers.ts';
import type { TlsIdentity } from './servers.ts';

type Where = Readonly<Record<number, number>>;

/** Asks for each of these ports, and meets the server of ours that stands for it. */
function ask(where: Where, options: Partial<PortOptions> = {}, vendor: string | null = null) {
  return portsOf(
    { ...LOOPBACK, vendor },
    { ...PORT_DEFAULTS, ports: Object.keys(where).map(Number), kind: null, ...options },
    { connections: connectionsTo(where), clock: systemClock },
  );
}

/** What one server is found to be under a port. */
async function meet(
  port: number,
  visit: (socket: Socket) => void,
  options: Partial<PortOptions> = {},
  tls?: TlsIdentity,
) {
  const server = await serve(visit, tls);
  const { ports, problems } = await ask({ [port]: server.port }, options);
  return { ...ports[0], problems, heard: server.heard };
}

/** A connection factory that finds nobody and writes down who was asked for. */
function nobody(): Connections & { readonly asked: number[] } {
  const asked: number[] = [];
  return {
    asked,
    tcp: (_ip, port) => {
      asked.push(port);
      return Promise.resolve({ state: 'closed' });
    },
    tls: () => Promise.resolve({ stream: null, problem: 'not here' }),
  };
}

const http =
  (head: string, body: string | Buffer = '') =>
  (socket: Socket) =>
    socket.once('data', () => {
      socket.write(`HTTP/1.1 ${head}\r\n\r\n`);
      socket.end(body);
    });

const drip = (first: string, byte: string) => (socket: Socket) => {
  socket.write(first);
  const timer = setInterval(() => socket.write(byte), 20);
  socket.on('close', () => clearInterval(timer));
};

/** As fast as it is read, without end. */
const flood = (block: Buffer) => (socket: Socket) => {
  const more = () => {
    while (socket.writable && socket.write(block));
  };
  socket.on('drain', more);
  more();
};

describe('a port', () => {
  it('is open, closed or silent; each is asked once, and they come in order', async () => {
    const ssh = await serve(socket => socket.write('SSH-2.0-OpenSSH_9.2\r\n'));
    const system = connectionsTo({ 22: ssh.port, 23: await closedPort() });
    const connections: Connections = {
      ...system,
      tcp: (ip, port, ...rest) =>
        port === 443 ? Promise.resolve({ state: 'silent' }) : system.tcp(ip, port, ...rest),
    };
    const outcome = await portsOf(
      LOOPBACK,
      { ...PORT_DEFAULTS, ports: [443, 22, 23, 22], kind: null },
      { clock: systemClock, connections },
    );
    expect(outcome).toEqual({
      ports: [
        { port: 22, state: 'open', service: 'ssh', facts: { banner: 'SSH-2.0-OpenSSH_9.2' } },
        { port: 23, state: 'closed', service: null, facts: {} },
        { port: 443, state: 'silent', service: null, facts: {} },
      ],
      problems: [],
    });
    expect(ssh.heard).toEqual(['']);
  });

  it('that this machine cannot ask is a problem, not a finding', async () => {
    const connections: Connections = {
      ...nobody(),
      tcp: () => Promise.resolve({ state: 'failed', problem: 'EMFILE' }),
    };
    const outcome = await portsOf(
      LOOPBACK,
      { ...PORT_DEFAULTS, ports: [22], kind: null },
      { clock: systemClock, connections },
    );
    expect(outcome).toEqual({ ports: [], problems: ['port 22: EMFILE'] });
  });

  it('not asked before an abort is not among the findings', async () => {
    const controller = new AbortController();
    const quiet = await serve(() => controller.abort());
    const outcome = await portsOf(
      LOOPBACK,
      { ...PORT_DEFAULTS, ports: [quiet.port, 1, 2, 3], kind: null, atOnce: 1 },
      { clock: systemClock, connections: connectionsTo({}), signal: controller.signal },
    );
    expect(outcome).toEqual({ ports: [], problems: ['ports: cut short with 4 still to ask'] });
  });
});

describe('politeness', () => {
  it.each([
    ['three where three are allowed', { atOnce: 3 }, null, 3],
    ['one to what a printer’s maker made', { atOnce: 3 }, 'Brother Industries', 1],
    ['one to what is a printer', { atOnce: 3, kind: 'printer' }, null, 1],
    ['three to a computer of such a maker', { atOnce: 3, kind: 'computer' }, 'HP Inc.', 3],
    ['three to a printer when told not to be gentle', { atOnce: 3, gentle: false }, 'Brother', 3],
  ])('opens at most %s', async (_, options, vendor, most) => {
    const server = await serve(socket => setTimeout(() => socket.end(), 20));
    let now = 0;
    let atOnce = 0;
    const system = connectionsTo({});
    const connections: Connections = {
      ...system,
      tcp: async (ip, _, ...rest) => {
        atOnce = Math.max(atOnce, ++now);
        const dialled = await system.tcp(ip, server.port, ...rest);
        if (dialled.state === 'open') dialled.stream.once('close', () => now--);
        return dialled;
      },
    };
    const { ports } = await portsOf(
      { ...LOOPBACK, vendor },
      { ...PORT_DEFAULTS, ports: Array.from({ length: 12 }, (_, i) => 20_000 + i), kind: null, ...options },
      { clock: systemClock, connections },
    );
    expect(ports.map(({ state }) => state)).toEqual(Array(12).fill('open'));
    expect(atOnce).toBe(most);
    expect(server.heard).toHaveLength(12);
  });

  it('never connects to a port that makes a printer act, whatever the list says', async () => {
    const connections = nobody();
    const all = [...Object.values(PORT_PRESETS).flat(), ...UNTOUCHED_PORTS.keys()];
    const { ports, problems } = await portsOf(
      LOOPBACK,
      { ...PORT_DEFAULTS, ports: all, kind: null },
      { clock: systemClock, connections },
    );
    expect(connections.asked.filter(port => UNTOUCHED_PORTS.has(port))).toEqual([]);
    expect(connections.asked.length).toBe(new Set(all).size - UNTOUCHED_PORTS.size);
    expect(ports.filter(({ port }) => UNTOUCHED_PORTS.has(port))).toEqual([]);
    expect(problems.filter(text => /^port (?:515|910[0-7]): left alone: /.test(text))).toHaveLength(9);
    for (const preset of Object.values(PORT_PRESETS))
      expect(preset.filter(port => UNTOUCHED_PORTS.has(port))).toEqual([]);
  });

  it('says nothing on a port it does not know, and little to a fragile device', async () => {
    const mute = () => undefined;
    expect((await meet(31_337, mute, { talkMs: 1000 })).heard).toEqual(['']);
    for (const port of PORT_PRESETS.top100) {
      const { heard } = await meet(port, socket => socket.end('220 ready\r\n'), {
        kind: 'printer',
        talkMs: 1000,
      });
      const says = [80, 631, 8080].includes(port) ? [expect.stringMatching(/^GET \/ HTTP/)] : [''];
      expect(heard, `${port}`).toEqual(says);
    }
  });

  it('keeps to its lists', () => {
    expect(PORT_PRESETS.common).toEqual([
      22, 23, 80, 443, 3306, 3389, 5000, 5432, 6379, 8000, 8080, 8888, 27017,
    ]);
    expect(new Set(PORT_PRESETS.top100).size).toBe(100);
    expect(PORT_PRESETS.top100).toHaveLength(100);
    expect(PORT_PRESETS.telling).toEqual(expect.arrayContaining(PORT_PRESETS.common));
    for (const port of Object.values(PORT_PRESETS).flat())
      expect(Number.isInteger(port) && port > 0 && port < 65_536).toBe(true);
  });
});

describe('what speaks there', () => {
  it.each([
    [25, '220 mail.lan ESMTP Postfix\r\n', 'smtp'],
    [21, '220 (vsFTPd 3.0.3)\r\n', 'ftp'],
    [22, 'SSH-2.0-dropbear_2022.83\r\n', 'ssh'],
    [4711, 'SSH-2.0-OpenSSH_9.9\r\n', 'ssh'],
    [80, 'SSH-2.0-OpenSSH_9.9\r\n', 'ssh'],
    [5432, 'SSH-2.0-OpenSSH_9.9\r\n', 'ssh'],
    [6379, '-ERR what\r\n', null],
  ])('on port %i says %j: %s', async (port, greeting, service) => {
    const { problems, ...finding } = await meet(port, socket => socket.write(greeting));
    expect(finding).toMatchObject({ port, state: 'open', service, facts: { banner: greeting.trim() } });
    expect(problems).toEqual([]);
  });

  it.each([
    [5432, Buffer.from('N'), 'postgresql', {}],
    [6379, Buffer.from('-NOAUTH Authentication required.\r\n'), 'redis', {}],
    [3389, Buffer.from('030000130ed000001234000209080002000000', 'hex'), 'rdp', {}],
    [
      445,
      Buffer.alloc(132, Buffer.from('00000080fe534d42', 'hex')).fill(0, 8).fill('0203', 72, 'hex'),
      'smb',
      { version: 'SMB 3.0.2' },
    ],
  ])('on port %i is asked in its own words', async (port, answer, service, facts) => {
    const found = await meet(port, socket => socket.once('data', () => socket.write(answer)));
    expect(found).toMatchObject({ port, state: 'open', service, problems: [] });
    expect(found.facts).toEqual(facts);
  });

  it('asks a web server for its page and notes where it points to', async () => {
    const page = '<html><title>Caf\u00e9 &amp; router</title>';
    const found = await meet(
      8080,
      http(
        '302 Found\r\nServer: GoAhead-Webs\r\nLocation: /login.htm\r\nWWW-Authenticate: Basic realm="DSL box"',
        page,
      ),
    );
    expect(found).toMatchObject({
      service: 'http',
      facts: {
        status: '302',
        server: 'GoAhead-Webs',
        title: 'Café & router',
        location: '/login.htm',
        realm: 'DSL box',
      },
    });
    expect(found.heard).toEqual([expect.stringMatching(/^GET \/ HTTP\/1\.1\r\nHost: 127\.0\.0\.1\r\n/)]);
  });

  it('reads the certificate of a TLS server without trusting it, and the page inside', async () => {
    const identity = selfSigned('/CN=näs.lan/O=Example', 'DNS:nas.lan,IP:10.0.0.7');
    const found = await meet(443, http('200 OK\r\nServer: nginx', '<title>Box</title>'), {}, identity);
    expect(found).toMatchObject({
      state: 'open',
      service: 'https',
      problems: [],
      facts: {
        status: '200',
        title: 'Box',
        protocol: 'TLSv1.3',
        subject: 'näs.lan',
        issuer: 'näs.lan',
        self_signed: 'yes',
        san: 'DNS:nas.lan, IP Address:10.0.0.7',
        not_before: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      },
    });
    const imap = await meet(993, socket => socket.write('* OK ready\r\n'), {}, identity);
    expect(imap).toMatchObject({ service: 'imaps', facts: { banner: '* OK ready', subject: 'näs.lan' } });
  });
});

describe('a hostile server', () => {
  const short = { talkMs: 1000 };

  it.each([
    ['that never stops', flood(Buffer.alloc(4096, 'A')), /^A{499}…$/, ['more than 4096 octets of greeting']],
    [
      'that never stops in lines',
      flood(Buffer.from('220-x\r\n'.repeat(500))),
      /^220-x 220-x /,
      ['more than 4096 octets of greeting'],
    ],
    ['of NULs', flood(Buffer.alloc(4096)), /^\ufffd{499}…$/, ['more than 4096 octets of greeting']],
    [
      'with one line of 10 kB',
      (socket: Socket) => socket.end(`SSH-2.0-${'x'.repeat(10_000)}\r\n`),
      /^SSH-2\.0-x{491}…$/,
      ['more than 4096 octets of greeting'],
    ],
    ['a byte at a time', drip('S', 'S'), /^S{2,100}$/, []],
    [
      'of bad UTF-8',
      (socket: Socket) => socket.end(Buffer.from([0xc3, 0x28, 0xa0, 0xff, 0x0a])),
      /^Ã\(\sÿ$/,
      [],
    ],
    [
      'of terminal escapes and overrides',
      (socket: Socket) => socket.end('\x1b]0;x\x07\u202e\n'),
      /^\ufffd\]0;x\ufffd\ufffd$/,
      [],
    ],
  ])('%s is bounded', async (_, visit, banner, problems) => {
    const found = await meet(23, visit, short);
    expect(found.facts?.['banner']).toMatch(banner);
    expect(found.problems).toEqual(problems.map(text => `port 23: ${text}`));
  });

  it.each([
    ['that never answers', () => undefined, {}, []],
    ['that hangs up', (socket: Socket) => socket.end(), {}, []],
    ['that breaks off', (socket: Socket) => socket.once('data', () => socket.resetAndDestroy()), {}, []],
    [
      'whose header never ends',
      flood(Buffer.from(`HTTP/1.1 200 OK\r\n${'X: y\r\n'.repeat(500)}`)),
      { status: '200' },
      [/^port 80: no end of the header in \d+ octets \(enough\)$/],
    ],
    [
      'whose page never ends',
      flood(Buffer.from('HTTP/1.1 200 OK\r\n\r\n<b>'.padEnd(4096, 'x'))),
      { status: '200' },
      [],
    ],
    [
      'a byte at a time',
      drip('HTTP/1.1 200 OK\r\n\r\n<title>ab', 'c'),
      { status: '200', title: expect.stringMatching(/^abc+$/) },
      [],
    ],
    [
      'of noise',
      (socket: Socket) => socket.end(Buffer.from([0, 1, 2, 0xff, 0xfe])),
      {},
      [/^port 80: no HTTP in 5 octets \(closed\)$/],
    ],
  ])('on port 80 %s is bounded', async (_, visit, facts, problems) => {
    const found = await meet(80, visit, short);
    expect(found.state).toBe('open');
    if (Object.keys(facts).length > 0) expect(found.facts).toEqual(facts);
    expect(found.problems).toEqual(problems.map(pattern => expect.stringMatching(pattern)));
  });

  it.each([
    ['that never answers', () => undefined, /^port 443: TLS: no handshake in 1000 ms$/],
    ['that hangs up', (socket: Socket) => socket.end(), /^port 443: TLS: /],
    [
      'that speaks no TLS',
      (socket: Socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'),
      /^port 443: TLS: /,
    ],
    [
      'that sends a short record',
      (socket: Socket) => socket.end(Buffer.from('1603030100', 'hex')),
      /^port 443: TLS: /,
    ],
    [
      'that sends records without end',
      flood(Buffer.from('1603034000'.padEnd(10 + 0x8000, '00'), 'hex')),
      /^port 443: TLS: /,
    ],
  ])('on port 443 %s is bounded', async (_, visit, problem) => {
    const found = await meet(443, visit, short);
    expect(found).toMatchObject({ state: 'open', service: null, facts: {} });
    expect(found.problems).toEqual([expect.stringMatching(problem)]);
  });
});
