/** The Telegram bot beside the daemon, where it is switched on: buttons under messages, and commands. */
import type { ChannelDeps } from '../../alertd/channels/registry.ts';
import type { Fetch } from '../../alertd/http-fetch.ts';
import { linkKey } from '../../store/links.ts';
import type { Db } from '../../store/session.ts';
import type { AlertdDeps, AlertdSettings } from './settings.ts';

/** What was begun when the daemon is told to stop may take so long to finish. */
const STOP_MS = 5_000;

/** For the channels: how buttons are signed. Without a bot that answers there are none. */
export function buttonsOf(settings: AlertdSettings, db: Db): Pick<ChannelDeps, 'buttonKey'> {
  return isOn(settings) ? { buttonKey: keyOf(db, settings.site) } : {};
}

/** Never rejects; resolves when the signal has stopped it. Its code is loaded only where it is switched on. */
export async function serveTelegramBot(
  settings: AlertdSettings,
  deps: AlertdDeps & { readonly db: Db; readonly fetch: Fetch },
): Promise<void> {
  const { credentials, site, timeZone, bot } = settings;
  if (credentials.telegram === undefined || bot === undefined) return;
  const [{ defaultBotTuning, runBot }, { Presses }, { Updates }, { whenFormat }] = await Promise.all([
    import('../../alertd/bot/bot.ts'),
    import('../../alertd/bot/press.ts'),
    import('../../alertd/bot/updates.ts'),
    import('../../message/when.ts'),
  ]);
  const { db, fetch, log, clock, random, signal } = deps;
  const access = { ...credentials.telegram, fetch };
  const giveUp = new AbortController();
  const finished = new AbortController();
  const countDown = () => void clock.sleep(STOP_MS, finished.signal).then(() => giveUp.abort());
  signal.addEventListener('abort', countDown, { once: true });
  const shared = { access, db, site, clock, log, when: whenFormat(timeZone), signal: giveUp.signal };
  const updates = new Updates({
    ...shared,
    publicUrl: settings.publicUrl?.replace(/\/+$/, ''),
    presses: new Presses({ ...shared, key: keyOf(db, site) }),
  });
  const tuning = { ...defaultBotTuning, ...bot.tuning };
  const handle: Parameters<typeof runBot>[0]['handle'] = (update, self) => updates.handle(update, self);
  await runBot({ access, db, site, log, clock, random, signal, tuning, handle });
  finished.abort();
}

function isOn({ credentials, bot }: AlertdSettings): boolean {
  return credentials.telegram !== undefined && bot !== undefined;
}

/** It never changes: asked for until it is there. */
function keyOf(db: Db, site: string): () => Promise<Uint8Array> {
  let known: Uint8Array | undefined;
  return async () => (known ??= await linkKey(db, site));
}
