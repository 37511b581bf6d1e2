/** `netureon network`: which networks are looked at, and which no more. The site's own rights suffice. */
import { userInfo } from 'node:os';
import { systemClock } from '../../lib/clock.ts';
import { NetureonError } from '../../lib/errors.ts';
import { inert } from '../../lib/text.ts';
import { openSession, type Db } from '../../store/session.ts';
import {
  listManagedNetworks,
  renameNetwork,
  retireNetwork,
  type ManagedNetwork,
} from '../../store/site-networks.ts';
import { coloursFor } from '../colours.ts';
import type { Context } from '../context.ts';
import { databaseUrl } from '../database.ts';
import { chooseNetwork } from './choose.ts';
import { networkTable } from './table.ts';

/** A network that was looked at so lately is probably still being looked at. */
const STILL_SCANNED_MS = 5 * 60_000;

export async function listCommand(context: Context, json: boolean): Promise<void> {
  const networks = await asWeb(context, db => listManagedNetworks(db, context.config.siteName));
  process.stdout.write(
    json ? `${JSON.stringify(networks)}\n` : networkTable(networks, coloursFor(process.stdout).bold),
  );
}

export async function retireCommand(context: Context, wanted: string): Promise<void> {
  await withNetwork(context, wanted, async (db, network) => {
    await retireNetwork(db, context.config.siteName, network.id, userInfo().username);
    process.stdout.write(`${network.cidr} is retired: nobody is told when it is not scanned.\n`);
    const agoMs = systemClock.now().getTime() - (network.lastScanAt?.getTime() ?? -Infinity);
    if (agoMs < STILL_SCANNED_MS)
      process.stdout.write(
        'It was scanned within the last minutes: a next scan brings it back, so leave it out of [scan] there as well.\n',
      );
  });
}

export async function renameCommand(context: Context, wanted: string, name: string): Promise<void> {
  if (name.length > 200)
    throw new NetureonError('usage', 'the name is too long', { remedy: 'use at most 200 characters' });
  await withNetwork(context, wanted, async (db, network) => {
    await renameNetwork(db, context.config.siteName, network.id, name);
    process.stdout.write(
      `${network.cidr} is ${name === '' ? 'without a name' : `called ${inert(name)}`} now.\n`,
    );
  });
}

async function withNetwork(
  context: Context,
  wanted: string,
  work: (db: Db, network: ManagedNetwork) => Promise<void>,
): Promise<void> {
  await asWeb(context, async db =>
    work(db, chooseNetwork(await listManagedNetworks(db, context.config.siteName), wanted)),
  );
}

async function asWeb<T>({ config }: Context, work: (db: Db) => Promise<T>): Promise<T> {
  const session = await openSession(databaseUrl(config, 'netureon_web'), {
    application: 'netureon network',
    role: 'netureon_admin',
    actor: userInfo().username,
  });
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}
