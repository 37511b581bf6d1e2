/** `netureon user`: each command is one call of the store. A password is never an argument: process lists show those. */
import { randomBytes } from 'node:crypto';
import { userInfo } from 'node:os';
import { NetureonError } from '../../lib/errors.ts';
import { inert } from '../../lib/text.ts';
import { openPool, type Db } from '../../store/session.ts';
import {
  addUser,
  changeUser,
  listUsers,
  removeUser,
  unlockUser,
  USER_ROLES,
  userKey,
  type User,
  type UserOutcome,
  type UserRole,
} from '../../store/users.ts';
import { actingDb } from '../../web/dbs.ts';
import { createHasher, passwordProblem } from '../../web/password.ts';
import { userName } from '../../web/schema/people.ts';
import { coloursFor } from '../colours.ts';
import type { Context } from '../context.ts';
import { databaseUrl } from '../database.ts';
import { localTime } from '../local-time.ts';
import { textTable } from '../text-table.ts';
import { askPassword } from './ask-password.ts';

const PROBLEMS = {
  short: 'it needs at least 10 characters',
  long: 'it may have at most 1,000 bytes',
  name: 'it is the name',
  common: 'many people use this one, so it is guessed first',
} as const;

export async function listCommand(context: Context, json: boolean): Promise<void> {
  const users = await inSite(context, listUsers);
  process.stdout.write(json ? `${JSON.stringify(users)}\n` : userTable(users));
}

export async function addCommand(
  context: Context,
  name: string,
  role: string,
  fromStdin: boolean,
): Promise<void> {
  const parsed = userName.safeParse(name);
  if (!parsed.success)
    throw new NetureonError('usage', `${JSON.stringify(inert(name, 80))} cannot be the name of a user`, {
      remedy: 'use 1 to 60 letters, digits, spaces and . _ @ + -, beginning with a letter or digit',
    });
  const wanted = roleOf(role);
  const passwordHash = await newPassword(context, parsed.data, fromStdin);
  const outcome = await inSite(context, (db, site) =>
    addUser(db, site, { name: parsed.data, role: wanted, passwordHash }, actor()),
  );
  done(outcome, parsed.data);
  process.stdout.write(`User ${parsed.data} is added, with the role ${wanted}.\n`);
}

export async function roleCommand(context: Context, name: string, role: string): Promise<void> {
  const wanted = roleOf(role);
  await withUser(context, name, (db, site, id) => changeUser(db, site, id, { role: wanted }, actor()));
  process.stdout.write(`User ${inert(name, 60)} has the role ${wanted}.\n`);
}

export async function passwordCommand(context: Context, name: string, fromStdin: boolean): Promise<void> {
  // Before somebody types one for nothing.
  await inSite(context, (db, site) => called(db, site, name));
  const passwordHash = await newPassword(context, name, fromStdin);
  await withUser(context, name, (db, site, id) => changeUser(db, site, id, { passwordHash }, actor()));
  process.stdout.write(`User ${inert(name, 60)} has a new password; sessions by the old one have ended.\n`);
}

const ACTS = {
  disable: {
    said: 'is disabled, and not signed in any more',
    act: (db: Db, site: string, id: number) => changeUser(db, site, id, { disabled: true }, actor()),
  },
  enable: {
    said: 'may sign in again',
    act: (db: Db, site: string, id: number) => changeUser(db, site, id, { disabled: false }, actor()),
  },
  unlock: {
    said: 'can try again at once',
    act: (db: Db, site: string, id: number) => unlockUser(db, site, id, actor()),
  },
  'totp-off': {
    said: 'is asked for no code any more',
    act: (db: Db, site: string, id: number) => changeUser(db, site, id, { totp: 'off' }, actor()),
  },
  remove: {
    said: 'is removed',
    act: (db: Db, site: string, id: number) => removeUser(db, site, id, actor()),
  },
} as const;

export async function actCommand(context: Context, name: string, what: keyof typeof ACTS): Promise<void> {
  await withUser(context, name, ACTS[what].act);
  process.stdout.write(`User ${inert(name, 60)} ${ACTS[what].said}.\n`);
}

async function newPassword({ log }: Context, name: string, fromStdin: boolean): Promise<string> {
  const password = await askPassword(fromStdin);
  log.redact(password);
  const problem = passwordProblem(password, name);
  if (problem !== undefined)
    throw new NetureonError('usage', `this password is refused: ${PROBLEMS[problem]}`, {
      remedy: 'choose another one',
    });
  const hash = await createHasher(randomBytes).hash(password);
  if (hash === undefined) throw new NetureonError('internal', 'the password was not hashed');
  return hash;
}

function roleOf(text: string): UserRole {
  const role = USER_ROLES.find(known => known === text);
  if (role !== undefined) return role;
  throw new NetureonError('usage', `${JSON.stringify(inert(text, 40))} is no role`, {
    remedy: `roles are: ${USER_ROLES.join(', ')}`,
  });
}

async function withUser(
  context: Context,
  name: string,
  work: (db: Db, site: string, id: number) => Promise<UserOutcome>,
): Promise<void> {
  const outcome = await inSite(context, async (db, site) =>
    work(db, site, (await called(db, site, name)).id),
  );
  done(outcome, name);
}

async function called(db: Db, site: string, name: string): Promise<User> {
  const found = (await listUsers(db, site)).find(one => userKey(one.name) === userKey(name));
  if (found === undefined) throw unknown(name);
  return found;
}

function done(outcome: UserOutcome, name: string): void {
  if (outcome.kind === 'missing') throw unknown(name);
  if (outcome.kind === 'taken')
    throw new NetureonError('usage', `there is a user ${inert(name, 60)} already`, {
      remedy: 'choose another name',
    });
  if (outcome.kind === 'refused')
    throw new NetureonError('usage', outcome.reason.replace(/\.$/, ''), {
      remedy: 'see `netureon user list`',
    });
}

function unknown(name: string): NetureonError {
  return new NetureonError('usage', `there is no user ${inert(name, 60)}`, {
    remedy: 'see `netureon user list`',
  });
}

function userTable(users: readonly User[]): string {
  if (users.length === 0) return 'No users. Make the administrator: netureon user add NAME --role admin\n';
  const rows = users.map(user => [
    inert(user.name, 60),
    user.role,
    user.disabled
      ? 'disabled'
      : user.hasPassword
        ? user.hasTotp
          ? 'password and code'
          : 'password'
        : 'proxy',
    user.lastSeenAt === null ? 'never' : localTime(user.lastSeenAt),
  ]);
  return textTable(['User', 'Role', 'Signs in by', 'Last seen'], rows, coloursFor(process.stdout).bold);
}

function actor(): string {
  return userInfo().username;
}

async function inSite<T>({ config }: Context, work: (db: Db, site: string) => Promise<T>): Promise<T> {
  const pool = openPool(databaseUrl(config), {
    application: 'netureon user',
    role: 'netureon_admin',
    max: 1,
  });
  try {
    return await work(actingDb(pool, actor(), 'command line'), config.siteName);
  } finally {
    await pool.close();
  }
}
