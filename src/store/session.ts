/**
 * store: the only folder that speaks to PostgreSQL. Typed calls around SQL functions and views; no rules of its own,
 * those live in sql/. Imports lib and `pg`.
 *
 * This file: connections. A `Session` is one connection (what holds a session lock), a `Pool` many; both answer
 * `query` with plain rows. Failing to connect, and losing the connection, is a NetureonError('database') with the
 * remedy; an SQL error keeps its SQLSTATE in `code`.
 */
import pg from 'pg';
import { codeOf, messageOf, NetureonError } from '../lib/errors.ts';
import { maskUrl } from '../lib/log.ts';
import { hostsOf, writableHost } from './hosts.ts';
import { isSqlError } from './sql-error.ts';
import { createTurns } from './turns.ts';

export { isSqlError };

export interface Db {
  query<Row>(text: string, values?: readonly unknown[]): Promise<Row[]>;
}

export interface Session extends Db {
  close(): Promise<void>;
}

/** Where one statement may take longer than others. */
export interface PatientDb extends Db {
  /**
   * One statement that is given up after `timeoutMs` on both sides: the server stops working on it (SQLSTATE 57014,
   * query_canceled), whatever the pool's own limit is.
   */
  queryWithin<Row>(timeoutMs: number, text: string, values?: readonly unknown[]): Promise<Row[]>;
}

export interface Pool extends Session, PatientDb {
  /** Runs `work` in one transaction on one connection: commits when it resolves, rolls back when it throws. */
  transaction<T>(work: (db: Db) => Promise<T>): Promise<T>;
}

export interface ConnectOptions {
  /** Shown in pg_stat_activity. */
  readonly application: string;
  /** Act as this role on every connection; the login must be a member of it. */
  readonly role?: string;
  /** Of a session: who acts on it, for the audit log. Nobody unless given. */
  readonly actor?: string;
  /** Give up connecting after this, in milliseconds. */
  readonly connectTimeoutMs?: number;
  /** Give up on one statement after this, in milliseconds. A half-open connection is noticed by nothing else. */
  readonly queryTimeoutMs?: number;
}

/** Of a pool: how long one waits for one of its connections, in milliseconds. Longer than its statements take. */
const LINE_MS = 30_000;

/** After the server must have given up: then it is not heard any more. */
const UNHEARD_MS = 5_000;

export async function openSession(url: string, options: ConnectOptions): Promise<Session> {
  const client = new pg.Client(clientConfig(await writableUrl(url, options), options));
  // A connection lost between queries is reported by the next query; without a listener it would end the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    if (options.actor !== undefined)
      await client.query(`select set_config('netureon.actor', $1, false)`, [options.actor]);
  } catch (error) {
    await client.end().catch(() => undefined); // it never was open; the connect error is the one to tell
    throw unreachable(url, error);
  }
  return { ...inTurn(client), close: () => client.end() };
}

export interface PoolOptions extends ConnectOptions {
  /** Most connections at once; they are opened when first needed and closed after 30 s of idleness. */
  readonly max: number;
  /** Give up waiting for one of them after this, in milliseconds: a NetureonError('busy'). */
  readonly lineTimeoutMs?: number;
}

export function openPool(url: string, options: PoolOptions): Pool {
  const pools = poolsOf(url, options);
  const transaction = async <T>(work: (client: pg.ClientBase) => Promise<T>): Promise<T> => {
    const { client, release } = await pools.checkout();
    let broken = true;
    try {
      await rowsOf(client, 'begin');
      const result = await work(client);
      await rowsOf(client, 'commit');
      broken = false;
      return result;
    } catch (error) {
      if (!isSqlError(error) || isElsewhere(error)) pools.doubt();
      else
        broken = await client.query('rollback').then(
          () => false,
          () => true,
        );
      throw error;
    } finally {
      release(broken);
    }
  };
  return {
    query: async <Row>(text: string, values?: readonly unknown[]) => {
      const { client, release } = await pools.checkout();
      let broken = true;
      try {
        const rows = await rowsOf<Row>(client, text, values);
        broken = false;
        return rows;
      } catch (error) {
        // An SQL error leaves the connection sound; anything without a SQLSTATE (a timeout, a reset) does not.
        broken = !isSqlError(error) || isElsewhere(error);
        if (broken) pools.doubt();
        throw error;
      } finally {
        release(broken);
      }
    },
    queryWithin: (timeoutMs, text, values) =>
      transaction(async client => {
        await rowsOf(client, `select set_config('statement_timeout', $1, true)`, [String(timeoutMs)]);
        return rowsOf(client, text, values, timeoutMs + UNHEARD_MS);
      }),
    transaction: work => transaction(client => work(inTurn(client))),
    close: () => pools.close(),
  };
}

/** Connections to the server that takes writes; looked for again as soon as there is reason to doubt which one it is. */
function poolsOf(url: string, options: PoolOptions) {
  const isMovable = hostsOf(url).length > 1;
  const make = (host: string) => {
    const pool = new pg.Pool({ ...clientConfig(host, options), max: options.max, idleTimeoutMillis: 30_000 });
    pool.on('error', () => undefined); // an idle connection broke; the pool drops it and the next query opens another
    // The same for one that is in use: its query rejects, and nobody else needs to hear of it. pg emits it regardless.
    pool.on('connect', client => client.on('error', () => undefined));
    return { host, pool };
  };
  let current = isMovable ? undefined : make(hostsOf(url)[0] ?? url);
  let searching: Promise<{ host: string; pool: pg.Pool }> | undefined;
  const search = async () => {
    const host = await writableUrl(url, options);
    if (current?.host === host) return current;
    void current?.pool.end().catch(() => undefined);
    return (current = make(host));
  };
  let doubted = isMovable;
  const settled = async () => {
    if (!doubted && current !== undefined) return current;
    searching ??= search().finally(() => (searching = undefined));
    const found = await searching;
    doubted = false;
    return found;
  };
  const connect = async (): Promise<pg.PoolClient> => {
    const { pool } = await settled();
    try {
      return await pool.connect();
    } catch (error) {
      if (!isMovable) throw unreachable(url, error);
      doubted = true;
      return (await settled()).pool.connect().catch((again: unknown) => {
        throw unreachable(url, again);
      });
    }
  };
  // pg's own line is part of the time to connect: whoever waits long in it could not tell a busy pool from a dead server.
  const turns = createTurns(options.max, options.lineTimeoutMs ?? LINE_MS);
  return {
    checkout: async (): Promise<{ client: pg.PoolClient; release: (broken: boolean) => void }> => {
      const end = await turns.take();
      try {
        const client = await connect();
        return {
          client,
          release: broken => {
            client.release(broken);
            end();
          },
        };
      } catch (error) {
        end();
        throw error;
      }
    },
    doubt: () => {
      doubted = isMovable;
    },
    close: async () => current?.pool.end(),
  };
}

/** This server takes no writes (any more), or is going down: another one may. */
function isElsewhere(error: unknown): boolean {
  return /^(?:25006|57P0[123])$/.test(codeOf(error) ?? '');
}

/** Of several servers the one that takes writes; asked anew each time. */
export function writableUrl(url: string, options: ConnectOptions): Promise<string> {
  return writableHost(url, host =>
    clientConfig(host, { ...options, queryTimeoutMs: options.queryTimeoutMs ?? 5_000 }),
  );
}

/** One connection does one thing at a time: who asks several at once gets each after the one before. */
function inTurn(client: pg.ClientBase): Db {
  let before: Promise<unknown> = Promise.resolve();
  return {
    query: <Row>(text: string, values?: readonly unknown[]) => {
      const run = () => rowsOf<Row>(client, text, values);
      const rows = before.then(run, run);
      before = rows;
      return rows;
    },
  };
}

/** @param timeoutMs instead of the connection's own limit */
async function rowsOf<Row>(
  client: pg.ClientBase,
  text: string,
  values: readonly unknown[] = [],
  timeoutMs?: number,
): Promise<Row[]> {
  const limit = timeoutMs === undefined ? {} : { query_timeout: timeoutMs };
  try {
    return (await client.query({ text, values: [...values], ...limit })).rows as Row[];
  } catch (error) {
    throw isLostConnection(error) ? lost(error) : error;
  }
}

/** The socket's own errors, and `pg`'s words for the rest, which carry no code. */
function isLostConnection(error: unknown): boolean {
  return (
    /^(?:ECONN|EPIPE$|ETIMEDOUT$)/.test(codeOf(error) ?? '') ||
    /^(?:Connection terminated|Query read timeout|Client (?:has encountered|was closed))/.test(
      messageOf(error),
    )
  );
}

function lost(cause: unknown): NetureonError {
  return new NetureonError('database', `the connection to PostgreSQL was lost: ${messageOf(cause)}`, {
    remedy: 'see whether PostgreSQL runs, and run this again',
    cause,
  });
}

/** What `pg` needs to connect as one of our services. int8 comes back as a number: our ids stay far below 2^53. */
export function clientConfig(url: string, options: ConnectOptions): pg.ClientConfig {
  return {
    connectionString: options.role === undefined ? url : actingAs(url, options.role),
    application_name: options.application,
    connectionTimeoutMillis: options.connectTimeoutMs ?? 5_000,
    ...(options.queryTimeoutMs === undefined ? {} : { query_timeout: options.queryTimeoutMs }),
    keepAlive: true,
    types: {
      getTypeParser: (oid, format) =>
        oid === pg.types.builtins.INT8 ? Number : pg.types.getTypeParser(oid, format),
    },
  };
}

/** libpq's `options` parameter sets the role for the whole connection; of several, the last one counts. */
export function actingAs(url: string, role: string): string {
  const [, before, options, after] = /^(.*[?&]options=)([^&]*)(.*)$/.exec(url) ?? [];
  const option = encodeURIComponent(`-c role=${role}`);
  return before === undefined
    ? `${url}${url.includes('?') ? '&' : '?'}options=${option}`
    : `${before}${options}%20${option}${after}`;
}

function unreachable(url: string, cause: unknown): NetureonError {
  if (/\brole\b/.test(messageOf(cause)) && /^(?:22023|42501)$/.test(codeOf(cause) ?? ''))
    return new NetureonError('database', `cannot act on the database as needed: ${messageOf(cause)}`, {
      remedy: 'run `netureon migrate`, which makes the roles and lets its login act as them',
      cause,
    });
  const remedy =
    codeOf(cause) === '28P01' || codeOf(cause) === '28000'
      ? 'check user and password in [database] url'
      : codeOf(cause) === '3D000'
        ? 'create the database, or correct its name in [database] url'
        : 'start PostgreSQL, or correct [database] url (environment: DATABASE_URL)';
  return new NetureonError('database', `cannot reach PostgreSQL at ${maskUrl(url)}: ${messageOf(cause)}`, {
    remedy,
    cause,
  });
}
