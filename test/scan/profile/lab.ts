/** Asks a host of a simulated LAN as the scanner would. */
import { createInterface } from 'node:readline';
import type { Lan } from '../../../src/lab/lan.ts';
import { bundle } from '../../support/bundle.ts';
import type { Answer, Question } from './ask-main.ts';

/** @param prefix a command that runs the one after it */
export async function askHost(lan: Lan, question: Question, prefix: readonly string[] = []): Promise<Answer> {
  const program = await bundle('test/scan/profile/ask-main.ts');
  const [command, ...args] = [...prefix, process.execPath, program, JSON.stringify(question)];
  const { code, stdout, stderr } = await lan.exec(command, args);
  if (code !== 0 || stderr !== '') throw new Error(`asking failed (${code}): ${stderr}`);
  return JSON.parse(stdout) as Answer;
}

/** A server among the hosts that accepts on one address and port and says `greeting`; it ends with the LAN. */
export async function greeter(lan: Lan, ip: string, port: number, greeting: string): Promise<void> {
  const script = `
    require('node:net').createServer(socket => socket.on('error', () => {}).write(${JSON.stringify(greeting)}))
      .listen(${port}, '${ip}', () => console.log('ready'));`;
  const child = lan.hostSide.spawn(process.execPath, ['-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (child.stdout === null) throw new Error('no standard output');
  for await (const line of createInterface(child.stdout)) if (line === 'ready') return;
  throw new Error(`nothing listens on ${ip}:${port}`);
}
