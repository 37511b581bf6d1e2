/** alertd with its bot, in front of the strict Telegram stand-in. */
import type { BotTuning } from '../../../src/alertd/bot/bot.ts';
import type { TelegramMessage, TelegramUser } from '../../../src/lab/telegram-sink.ts';
import { devices, recordScan } from '../../store/outbox-fixtures.ts';
import { around, startAlertd, type Around, type Running } from '../fixture.ts';

export const ANNA: TelegramUser = { id: 7, firstName: 'Anna' };
export const BEN: TelegramUser = { id: 8, firstName: 'Ben', lastName: '<b>Bold</b>' };

export const QUICK: Partial<BotTuning> = {
  standbyMs: 100,
  refusedMs: 100,
  retry: { baseMs: 50, capMs: 200, floorMs: 20 },
};

export interface WithBot extends Around {
  readonly alertd: Running;
}

export async function withBot(): Promise<WithBot> {
  const all = await around();
  const settings = { ...all.settings, bot: { tuning: QUICK } };
  return { ...all, settings, alertd: await startAlertd(settings) };
}

/** `count` devices appear, and the message about them arrives. */
export async function newDevices({ database, telegram }: Around, count = 1): Promise<TelegramMessage> {
  await recordScan(database.pool, devices(count));
  return telegram.nextMessage(({ edited }) => !edited);
}

export const labels = (message: TelegramMessage) => message.keyboard.map(row => row.map(({ text }) => text));

/** Of the devices, by address. */
export function states({ database }: Around): Promise<{ ip: string; state: string }[]> {
  return database.pool.query(
    `select host(c.ip) as ip, d.state from devices as d join connections as c on c.device_id = d.id order by c.ip`,
  );
}

/** Who decided what, oldest first. */
export function changes({
  database,
}: Around): Promise<{ what: string; actor: string; undone: string | null }[]> {
  return database.pool.query('select what, actor, undone_by as undone from device_changes order by id');
}
