/** How each port is spoken to once it is open: the one table, and the few octets that are said first. */

export type Ask =
  /** Wait for the other side to speak; say nothing. For every port that is not in the table, too. */
  | 'listen'
  | 'http'
  /** TLS, then as HTTP or as a listener inside of it. */
  | 'tls-http'
  | 'tls-listen'
  /** Say these octets, and see whether the answer begins as it should. */
  | Question;

export interface Question {
  readonly service: string;
  readonly says: Uint8Array;
  readonly isAnswer: (bytes: Uint8Array) => boolean;
  /** What else the answer tells. */
  readonly facts?: (bytes: Uint8Array) => Readonly<Record<string, string>>;
}

const hex = (text: string) =>
  Uint8Array.from(text.match(/[\da-f]{2}/g) ?? [], pair => Number.parseInt(pair, 16));
const beginsWith = (bytes: Uint8Array, ...texts: string[]) =>
  texts.some(text => Array.from(text, c => c.charCodeAt(0)).every((octet, i) => bytes[i] === octet));

/** PostgreSQL's SSLRequest (protocol documentation, "SSL Session Encryption"): one letter comes back. */
const POSTGRESQL: Question = {
  service: 'postgresql',
  says: hex('00000008 04d2162f'),
  isAnswer: bytes => bytes.length === 1 && beginsWith(bytes, 'S', 'N'),
};

const REDIS: Question = {
  service: 'redis',
  says: new TextEncoder().encode('PING\r\n'),
  isAnswer: bytes => beginsWith(bytes, '+PONG', '-NOAUTH', '-DENIED', '-LOADING'),
};

/** An X.224 connection request with an RDP negotiation request ([MS-RDPBCGR] 2.2.1.1); a confirm (0xd0) comes back. */
const RDP: Question = {
  service: 'rdp',
  says: hex('03000013 0ee00000 00000001 00080003 000000'),
  isAnswer: bytes => bytes[0] === 3 && bytes[1] === 0 && bytes[5] === 0xd0,
};

/** SMB2 NEGOTIATE ([MS-SMB2] 2.2.3) offering the dialects 2.0.2 to 3.0.2. */
const SMB: Question = {
  service: 'smb',
  says: hex(
    '0000006c' + // NetBIOS session message: 108 octets
      'fe534d42 40000000 00000000 00001f00' + // protocol, header size, NEGOTIATE, credits
      '0'.repeat(96) + // flags, message and session identifiers, signature: all zero
      '24000400 01000000 00000000' + // size 36, four dialects, signing enabled
      '4e455455 52454f4e 4e455455 52454f4e' + // client identifier
      '00000000 00000000' +
      '0202 1002 0003 0203',
  ),
  isAnswer: bytes => beginsWith(bytes.subarray(4), '\u00feSMB', '\u00ffSMB'),
  facts: bytes => ({ version: SMB_DIALECTS.get(((bytes[73] ?? 0) << 8) | (bytes[72] ?? 0)) ?? '' }),
};

/** DialectRevision of the answer. */
const SMB_DIALECTS: ReadonlyMap<number, string> = new Map([
  [0x0202, 'SMB 2.0.2'],
  [0x0210, 'SMB 2.1'],
  [0x0300, 'SMB 3.0'],
  [0x0302, 'SMB 3.0.2'],
]);

const ports = (ask: Ask, ...numbers: number[]) => numbers.map(port => [port, ask] as const);

export const ASKS: ReadonlyMap<number, Ask> = new Map<number, Ask>([
  ...ports(
    'http',
    80,
    81,
    82,
    631,
    2375,
    3000,
    3128,
    5000,
    5357,
    5601,
    5984,
    5985,
    7000,
    7547,
    8000,
    8008,
    8080,
  ),
  ...ports('http', 8081, 8086, 8088, 8123, 8888, 9000, 9090, 9200, 32400, 49152),
  ...ports('tls-http', 443, 444, 4443, 5001, 8006, 8443, 9443),
  ...ports('tls-listen', 465, 636, 990, 993, 995, 8883),
  ...ports(SMB, 445),
  ...ports(RDP, 3389),
  ...ports(POSTGRESQL, 5432),
  ...ports(REDIS, 6379),
]);
