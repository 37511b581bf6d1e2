/**
 * Passwords: what is asked of one, and its hash. scrypt with the parameters of OWASP's Password Storage Cheat Sheet, in
 * PHC notation: `$scrypt$ln=14,r=8,p=5$salt$hash`. One hash takes 16 MiB and a tenth of a second, so only two are made
 * at a time: a flood of sign-ins waits in a short line and then is refused, and eats neither memory nor threads.
 */
import { scrypt, timingSafeEqual } from 'node:crypto';
import { userKey } from '../store/users.ts';
import { COMMON } from './common-passwords.ts';

const NOW = { ln: 14, r: 8, p: 5 } as const;
const SALT_BYTES = 16;
const HASH_BYTES = 32;
const AT_ONCE = 2;
const LINE = 30;

const LEAST_CHARACTERS = 10;
const MOST_BYTES = 1000;

export type PasswordProblem = 'short' | 'long' | 'name' | 'common';

export function passwordProblem(password: string, name: string): PasswordProblem | undefined {
  if (Buffer.byteLength(password) > MOST_BYTES) return 'long';
  if (Array.from(password).length < LEAST_CHARACTERS) return 'short';
  const folded = userKey(password);
  const key = userKey(name);
  if (key !== '' && (folded === key || folded === `${key}${key}`)) return 'name';
  return COMMON.has(folded) || /^(.{1,3})\1+$/u.test(folded) ? 'common' : undefined;
}

export interface Hasher {
  /** Undefined: too many are waiting. */
  hash(password: string): Promise<string | undefined>;
  /**
   * The same work whether there is a hash to compare with or not, so that time does not tell who is known.
   * busy: too many are waiting. isStale: right, and to be hashed anew with today's parameters.
   */
  verify(password: string, phc: string | null): Promise<{ is: 'right' | 'wrong' | 'busy'; isStale: boolean }>;
  /** How many hashes were begun: what tests count instead of time. */
  readonly begun: number;
}

export function createHasher(random: (bytes: number) => Uint8Array): Hasher {
  const line = createLine();
  let begun = 0;
  const derive = (password: string, salt: Uint8Array, { ln, r, p }: Parameters) => {
    begun += 1;
    return scryptOf(password.normalize('NFKC'), salt, { N: 2 ** ln, r, p });
  };
  return {
    hash: password =>
      line(async () => {
        const salt = random(SALT_BYTES);
        return format(NOW, salt, await derive(password, salt, NOW));
      }),
    verify: async (password, phc) => {
      const { salt, hash, ...cost } = (phc === null ? undefined : parse(phc)) ?? NOBODY;
      const isKnown = hash !== NOBODY.hash;
      const given = await line(() => derive(password, salt, cost));
      if (given === undefined) return { is: 'busy', isStale: false };
      const isRight = given.length === hash.length && timingSafeEqual(given, hash) && isKnown;
      const isStale = cost.ln !== NOW.ln || cost.r !== NOW.r || cost.p !== NOW.p;
      return { is: isRight ? 'right' : 'wrong', isStale: isRight && isStale };
    },
    get begun() {
      return begun;
    },
  };
}

interface Parameters {
  readonly ln: number;
  readonly r: number;
  readonly p: number;
}

const NOBODY = { ...NOW, salt: new Uint8Array(SALT_BYTES), hash: new Uint8Array(HASH_BYTES) };

function format({ ln, r, p }: Parameters, salt: Uint8Array, hash: Uint8Array): string {
  const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64').replace(/=+$/, '');
  return `$scrypt$ln=${ln},r=${r},p=${p}$${text(salt)}$${text(hash)}`;
}

/** Bounded, so that a row that somebody else wrote cannot ask for all memory. */
function parse(phc: string) {
  const match = /^\$scrypt\$ln=(\d\d?),r=(\d\d?),p=(\d\d?)\$([\w+/]{11,86})\$([\w+/]{22,86})$/.exec(phc);
  const [ln = 0, r = 0, p = 0] = match?.slice(1, 4).map(Number) ?? [];
  if (match === null || ln < 10 || ln > 17 || r < 1 || r > 16 || p < 1 || p > 16) return undefined;
  const [salt = '', hash = ''] = match.slice(4);
  return { ln, r, p, salt: Buffer.from(salt, 'base64'), hash: Buffer.from(hash, 'base64') };
}

function scryptOf(password: string, salt: Uint8Array, cost: { N: number; r: number; p: number }) {
  return new Promise<Uint8Array>((resolve, reject) => {
    const maxmem = 160 * cost.N * cost.r;
    scrypt(password, salt, HASH_BYTES, { ...cost, maxmem }, (error, hash) =>
      error === null ? resolve(hash) : reject(error),
    );
  });
}

/** So many at a time, so many waiting; undefined for who comes when the line is full. */
function createLine() {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async <T>(work: () => Promise<T>): Promise<T | undefined> => {
    if (running < AT_ONCE) running += 1;
    else if (waiting.length >= LINE) return undefined;
    else await new Promise<void>(resolve => waiting.push(resolve));
    try {
      return await work();
    } finally {
      // Who waits takes the place over, so that nobody slips in between.
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
