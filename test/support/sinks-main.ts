// A mail server and a Telegram stand-in as a program of its own, so that they can live inside a LAN's namespace.
// Prints one JSON line when both listen, and one for each message.
import { systemClock } from '../../src/lib/clock.ts';
import { startMailSink } from '../../src/lab/mail-sink.ts';
import { startTelegramSink } from '../../src/lab/telegram-sink.ts';

const [token = '', chat = '0'] = process.argv.slice(2);
const mail = await startMailSink({ clock: systemClock });
const telegram = await startTelegramSink({ clock: systemClock, token, chatIds: [Number(chat)] });
const tell = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);
mail.watch(({ subject, text }) => tell({ kind: 'mail', subject, text }));
telegram.watch(({ text }) => tell({ kind: 'telegram', text }));
tell({ kind: 'ready', mailUrl: mail.url, apiRoot: telegram.apiRoot });
