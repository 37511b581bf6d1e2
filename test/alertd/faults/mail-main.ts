// A mail server as a program that can be killed: what it has kept is on its standard output, a JSON line for each mail,
// before it says so to the sender.
import { startMailSink } from '../../../src/lab/mail-sink.ts';
import { systemClock } from '../../../src/lib/clock.ts';

const sink = await startMailSink({ clock: systemClock, port: Number(process.argv[2] ?? 0) });
const tell = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);
sink.watch(({ messageId, subject, text }) => tell({ messageId, subject, text }));
tell({ port: sink.port });
