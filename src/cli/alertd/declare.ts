/** `netureon alertd --declare`. */
import { outboxOf } from '../../store/outbox.ts';
import { openAlertdPool } from './database.ts';
import type { AlertdDeps, AlertdSettings } from './settings.ts';
import { declareTimeZone } from './time-zone.ts';

/** Makes the database's channels those of the configuration, so that alerts raised before the daemon runs are queued. */
export async function declareChannels(settings: AlertdSettings, { uuid, log }: AlertdDeps): Promise<void> {
  const pool = openAlertdPool(settings.databaseUrl, 1);
  try {
    await declareTimeZone(pool, settings, log);
    await outboxOf(pool, settings.site, uuid()).syncChannels(settings.channels);
  } finally {
    await pool.close();
  }
}
