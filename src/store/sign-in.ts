/** What a person's name, password and codes are compared with. Asked with the site's own rights. */
import type { Db } from './session.ts';
import { userKey, type UserRole } from './users.ts';

export interface SignInUser {
  readonly userId: number;
  readonly name: string;
  /** Null: comes through a reverse proxy only. */
  readonly password: string | null;
  /** Base32; null: no code is asked for. */
  readonly totpSecret: string | null;
}

export interface OwnAccount {
  readonly name: string;
  readonly role: UserRole;
  readonly password: string | null;
  /** Also one that is being set up: then totpAt is null. */
  readonly totpSecret: string | null;
  readonly totpAt: Date | null;
  /** How many are left. */
  readonly recoveryCodes: number;
}

/** What tries are counted by. */
export interface Budget {
  /** SHA-256 of a name, an address or a browser. */
  readonly bucket: Uint8Array;
  /** Tries without a delay. */
  readonly free: number;
  /** Seconds that the delay grows to. */
  readonly most: number;
}

/** Counts a try. @returns seconds to wait first; 0: go on */
export async function trySignIn(own: Db, site: string, budgets: readonly Budget[]): Promise<number> {
  const [row] = await own.query<{ wait: number }>('select try_sign_in($1, $2, $3, $4) as wait', [
    site,
    budgets.map(({ bucket }) => bucket),
    budgets.map(({ free }) => free),
    budgets.map(({ most }) => most),
  ]);
  return row?.wait ?? 0;
}

export async function forgetTries(own: Db, site: string, buckets: readonly Uint8Array[]): Promise<void> {
  await own.query('select forget_tries($1, $2)', [site, buckets]);
}

/** Undefined: nobody of this name, or disabled. */
export async function signInUser(own: Db, site: string, name: string): Promise<SignInUser | undefined> {
  const [row] = await own.query<SignInUser>(
    `select user_id as "userId", name, password, totp_secret as "totpSecret" from sign_in_user($1, $2)`,
    [site, userKey(name)],
  );
  return row;
}

export async function ownAccount(own: Db, site: string, userId: number): Promise<OwnAccount | undefined> {
  const [row] = await own.query<OwnAccount>(
    `select name, role, password, totp_secret as "totpSecret", totp_at as "totpAt",
            recovery_codes as "recoveryCodes" from own_account($1, $2)`,
    [site, userId],
  );
  return row;
}

/** The same password, hashed with today's parameters. */
export function renewPasswordHash(own: Db, site: string, userId: number, before: string, hash: string) {
  return yes(own, 'select renew_password_hash($1, $2, $3, $4) as yes', [site, userId, before, hash]);
}

/** Ends all sessions of this user. False: it is another one meanwhile. */
export function setOwnPassword(own: Db, site: string, userId: number, before: string, hash: string) {
  return yes(own, 'select set_own_password($1, $2, $3, $4) as yes', [site, userId, before, hash]);
}

/** A secret that counts once a code has proved that the telephone has it. False: there is one already. */
export function beginTotp(own: Db, site: string, userId: number, secret: string) {
  return yes(own, 'select begin_totp($1, $2, $3) as yes', [site, userId, secret]);
}

/** @param step of the code that proved it @param codes SHA-256 of the recovery codes */
export function confirmTotp(
  own: Db,
  site: string,
  userId: number,
  { secret, step, codes }: { secret: string; step: number; codes: readonly Uint8Array[] },
) {
  return yes(own, 'select confirm_totp($1, $2, $3, $4, $5) as yes', [site, userId, secret, step, codes]);
}

/** False: this code or a later one was taken before. */
export function takeTotpStep(own: Db, site: string, userId: number, step: number) {
  return yes(own, 'select take_totp_step($1, $2, $3) as yes', [site, userId, step]);
}

export function takeRecoveryCode(own: Db, site: string, userId: number, hash: Uint8Array) {
  return yes(own, 'select take_recovery_code($1, $2, $3) as yes', [site, userId, hash]);
}

export function renewRecoveryCodes(own: Db, site: string, userId: number, codes: readonly Uint8Array[]) {
  return yes(own, 'select renew_recovery_codes($1, $2, $3) as yes', [site, userId, codes]);
}

export async function endOwnTotp(own: Db, site: string, userId: number): Promise<void> {
  await own.query('select end_own_totp($1, $2)', [site, userId]);
}

async function yes(own: Db, sql: string, values: readonly unknown[]): Promise<boolean> {
  const [row] = await own.query<{ yes: boolean }>(sql, values);
  return row?.yes ?? false;
}
