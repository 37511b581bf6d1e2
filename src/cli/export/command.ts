/** `netureon export`: who is, or was, where. The site's own rights suffice. */
import { isIP } from 'node:net';
import { writeFileSync } from 'node:fs';
import { messageOf, NetureonError } from '../../lib/errors.ts';
import { inert } from '../../lib/text.ts';
import { heldAt, knownTime, networkAt } from '../../store/as-of.ts';
import { openSession, type Db } from '../../store/session.ts';
import { coloursFor } from '../colours.ts';
import type { Context } from '../context.ts';
import { databaseUrl } from '../database.ts';
import { localTime } from '../local-time.ts';
import { exportText, FORMATS, type Exported, type Format } from './formats.ts';
import { MOMENTS, parseMoment } from '../../lib/moment.ts';

export interface ExportOptions {
  readonly asOf: string | undefined;
  readonly address: string | undefined;
  readonly format: string | undefined;
  /** Standard output without it. */
  readonly output: string | undefined;
}

/** @param now by this machine's clock, for times such as 03:12 and -2h */
export async function exportCommand(context: Context, options: ExportOptions, now: Date): Promise<void> {
  const { config } = context;
  const format = formatOf(options.format);
  const address = addressOf(options.address);
  const asked = options.asOf === undefined ? undefined : momentOf(options.asOf, now);
  const session = await openSession(databaseUrl(config, 'netureon_web'), {
    application: 'netureon export',
    role: 'netureon_viewer',
  });
  try {
    const exported = await read(session, config.siteName, address, asked);
    const plain = options.output === undefined ? coloursFor(process.stdout).bold : (text: string) => text;
    write(exportText(format, exported, plain), options.output);
  } finally {
    await session.close();
  }
}

async function read(
  db: Db,
  site: string,
  address: string | undefined,
  asked: Date | undefined,
): Promise<Exported> {
  const { now, first } = await knownTime(db, site);
  const at = asked ?? now;
  // A minute: this machine's clock may be ahead of the database's.
  if (at.getTime() > now.getTime() + 60_000)
    throw new NetureonError('usage', `${localTime(at)} is still to come`, {
      remedy: 'choose a time in the past',
    });
  const rows = await (address === undefined ? networkAt(db, site, at) : heldAt(db, site, address, at));
  if (asked !== undefined && first !== null && at < first)
    throw new NetureonError('usage', `nobody had looked yet at ${localTime(at)}`, {
      remedy: `choose a time after ${localTime(first)}, when netureon looked for the first time`,
    });
  return { site, at, rows };
}

function momentOf(text: string, now: Date): Date {
  const at = parseMoment(text, now);
  if (at !== undefined) return at;
  throw new NetureonError('usage', `--as-of ${inert(text)} is no time`, {
    remedy: `write it like ${MOMENTS}`,
  });
}

function addressOf(text: string | undefined): string | undefined {
  if (text === undefined || isIP(text) !== 0) return text?.replace(/%.*$/, '');
  throw new NetureonError('usage', `--address ${inert(text)} is no IP address`, {
    remedy: 'write one address, like 192.168.1.40 or fe80::1',
  });
}

function formatOf(text: string | undefined): Format {
  const format = FORMATS.find(one => one === (text ?? 'table'));
  if (format !== undefined) return format;
  throw new NetureonError('usage', `--format ${inert(text ?? '')} is not known`, {
    remedy: `choose ${FORMATS.join(', ')}`,
  });
}

function write(text: string, file: string | undefined): void {
  if (file === undefined) {
    process.stdout.write(text);
    return;
  }
  try {
    writeFileSync(file, text);
  } catch (cause) {
    throw new NetureonError('io', `${file} cannot be written: ${messageOf(cause)}`, {
      remedy: 'name a file in a folder that you may write to',
      cause,
    });
  }
}
