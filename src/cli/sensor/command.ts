/** `netureon sensor`: who else may report to this database. Passwords are made here, shown once or put into a file, and never sent. */
import { randomBytes } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { codeOf, messageOf, NetureonError } from '../../lib/errors.ts';
import { scramVerifier } from '../../store/scram-verifier.ts';
import { addSensor, listSensors, removeSensor, setSensorPassword } from '../../store/sensors.ts';
import { openSession, type Db } from '../../store/session.ts';
import { coloursFor } from '../colours.ts';
import type { Context } from '../context.ts';
import { databaseUrl } from '../database.ts';
import { sensorTable } from './table.ts';

export async function addCommand(context: Context, name: string, file: string | undefined): Promise<void> {
  checkName(name);
  const site = context.config.siteName;
  await withPassword(file, async verifier => {
    const role = await asOwner(context, db => addSensor(db, { site, name, verifier }));
    process.stdout.write(
      `Sensor ${name} may report for the site ${site}. On its machine set\n` +
        `  [site] name = "${site}"\n` +
        `  [database] url = "postgres://${role}:PASSWORD@HOST/DATABASE"   (or url_file)\n`,
    );
  });
}

export async function passwordCommand(
  context: Context,
  name: string,
  file: string | undefined,
): Promise<void> {
  checkName(name);
  await withPassword(file, async verifier => {
    await asOwner(context, db => setSensorPassword(db, name, verifier));
    process.stdout.write(`Sensor ${name} has a new password; the old one is refused from now on.\n`);
  });
}

export async function removeCommand(context: Context, name: string): Promise<void> {
  checkName(name);
  await asOwner(context, db => removeSensor(db, name, userInfo().username));
  process.stdout.write(`Sensor ${name} is removed, and its networks are retired.\n`);
}

export async function listCommand(context: Context, json: boolean): Promise<void> {
  const sensors = await asOwner(context, listSensors);
  process.stdout.write(
    json ? `${JSON.stringify(sensors)}\n` : sensorTable(sensors, coloursFor(process.stdout).bold),
  );
}

function checkName(name: string): void {
  if (/^[a-z0-9][a-z0-9_-]{0,39}$/.test(name)) return;
  throw new NetureonError('usage', `${JSON.stringify(name)} cannot be the name of a sensor`, {
    remedy: 'use 1 to 40 of a-z, 0-9, dash and underscore, beginning with a letter or digit',
  });
}

/** Hands the verifier of a new password to `work`, and then the password to the person. */
async function withPassword(
  file: string | undefined,
  work: (verifier: string) => Promise<void>,
): Promise<void> {
  const password = randomBytes(24).toString('base64url');
  // The file first: it is the likelier one to fail, and a password that nobody knows would be worse.
  if (file !== undefined) writeSecret(file, `${password}\n`);
  try {
    await work(scramVerifier(password, randomBytes(16)));
  } catch (error) {
    if (file !== undefined) rmSync(file, { force: true });
    throw error;
  }
  process.stdout.write(
    file === undefined
      ? `Its password, shown only now: ${password}\n`
      : `Its password is in ${file}, which only you may read.\n`,
  );
}

function writeSecret(file: string, text: string): void {
  try {
    writeFileSync(file, text, { mode: 0o600, flag: 'wx' });
  } catch (cause) {
    if (codeOf(cause) === 'EEXIST')
      throw new NetureonError('usage', `${file} exists already`, {
        remedy: 'name a new file: nothing is overwritten',
        cause,
      });
    throw new NetureonError('usage', `${file} cannot be written: ${messageOf(cause)}`, {
      remedy: 'name a file in a folder that you may write to',
      cause,
    });
  }
}

async function asOwner<T>({ config }: Context, work: (db: Db) => Promise<T>): Promise<T> {
  const session = await openSession(databaseUrl(config), {
    application: 'netureon sensor',
    actor: userInfo().username,
  });
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}
