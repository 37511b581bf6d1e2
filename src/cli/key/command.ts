/** `netureon key …`: with the rights of an administrator, and the user of this machine as who did it. */
import { randomBytes } from 'node:crypto';
import { userInfo } from 'node:os';
import { NetureonError } from '../../lib/errors.ts';
import { inert } from '../../lib/text.ts';
import {
  addToken,
  listTokens,
  revokeToken,
  TOKEN_SCOPES,
  tokenFrom,
  type ApiToken,
  type TokenScope,
} from '../../store/api-tokens.ts';
import { openSession, type Db } from '../../store/session.ts';
import { listUsers, userKey } from '../../store/users.ts';
import { coloursFor } from '../colours.ts';
import type { Context } from '../context.ts';
import { databaseUrl } from '../database.ts';
import { localTime } from '../local-time.ts';
import { textTable } from '../text-table.ts';

const DAY = 24 * 60 * 60 * 1000;

export async function listCommand(context: Context, json: boolean): Promise<void> {
  const keys = await inSite(context, (db, site) => listTokens(db, site, null));
  process.stdout.write(json ? `${JSON.stringify(keys)}\n` : keyTable(keys, coloursFor(process.stdout).bold));
}

export async function addCommand(
  context: Context,
  userName: string,
  name: string,
  { scope, days }: { readonly scope: string; readonly days: string },
): Promise<void> {
  const scopes = scopesOf(scope);
  if (!/^\d{1,4}$/.test(days))
    throw new NetureonError('usage', `--days ${inert(days, 20)} is no number of days`, {
      remedy: 'write one like 90, or 0 for a key that never ends',
    });
  if (name.trim() === '' || name.length > 60 || inert(name) !== name)
    throw new NetureonError('usage', 'a key needs a name of 1 to 60 characters', {
      remedy: 'say what it is for, such as backup',
    });
  const expiresAt = days === '0' ? null : new Date(Date.now() + Number(days) * DAY);
  const token = tokenFrom(randomBytes(32));
  const outcome = await inSite(context, async (db, site, actor) => {
    const user = (await listUsers(db, site)).find(one => userKey(one.name) === userKey(userName));
    if (user === undefined) throw noUser(userName);
    return addToken(db, site, token, { userId: user.id, name: name.trim(), scopes, expiresAt }, actor);
  });
  if (outcome.kind === 'refused')
    throw new NetureonError('usage', outcome.why.replace(/\.$/, ''), {
      remedy: 'choose another --scope or user',
    });
  if (outcome.kind !== 'changed') throw noUser(userName);
  process.stderr.write('This is the key. It is shown this once and kept nowhere:\n');
  process.stdout.write(`${token}\n`);
}

export async function revokeCommand(context: Context, number: string): Promise<void> {
  const id = /^[1-9]\d{0,8}$/.test(number) ? Number(number) : undefined;
  const outcome =
    id === undefined
      ? ({ kind: 'missing' } as const)
      : await inSite(context, (db, site, actor) => revokeToken(db, site, id, null, actor));
  if (outcome.kind === 'missing')
    throw new NetureonError('usage', `there is no key ${inert(number, 40)}`, {
      remedy: 'see `netureon key list`',
    });
  process.stdout.write(
    outcome.kind === 'changed' ? `Key ${number} is revoked.\n` : `Key ${number} was revoked before.\n`,
  );
}

function scopesOf(text: string): TokenScope[] {
  const words = text.split(',').map(word => word.trim().toLowerCase());
  const scopes = TOKEN_SCOPES.filter(scope => words.includes(scope));
  if (scopes.length === new Set(words).size) return scopes;
  throw new NetureonError('usage', `--scope ${inert(text, 80)} is not known`, {
    remedy: `choose of ${TOKEN_SCOPES.join(', ')}, with commas between them`,
  });
}

function noUser(name: string): NetureonError {
  return new NetureonError('usage', `there is no user ${inert(name, 80)}`, {
    remedy: 'see `netureon user list`',
  });
}

function keyTable(keys: readonly ApiToken[], bold: (text: string) => string): string {
  if (keys.length === 0) return 'No keys. Make one with `netureon key add USER NAME`.\n';
  const rows = keys.map(key => [
    String(key.id),
    inert(key.name, 60),
    inert(key.user, 60),
    `${key.prefix}…`,
    key.scopes.join(','),
    key.lastUsedAt === null ? 'never' : localTime(key.lastUsedAt),
    key.expiresAt === null ? 'never' : localTime(key.expiresAt),
    key.state,
  ]);
  return textTable(['Key', 'Name', 'User', 'Begins with', 'May', 'Last used', 'Ends', 'State'], rows, bold);
}

async function inSite<T>(
  { config }: Context,
  work: (db: Db, site: string, actor: string) => Promise<T>,
): Promise<T> {
  const actor = userInfo().username;
  const session = await openSession(databaseUrl(config, 'netureon_web'), {
    application: 'netureon key',
    role: 'netureon_admin',
    actor,
  });
  try {
    return await work(session, config.siteName, actor);
  } finally {
    await session.close();
  }
}
