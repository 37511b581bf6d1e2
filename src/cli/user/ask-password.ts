/** A password from a person at the terminal, unseen, or from standard input. */
import { text } from 'node:stream/consumers';
import { NetureonError } from '../../lib/errors.ts';

/** @throws NetureonError('usage') when nobody can be asked, or the two are not the same */
export async function askPassword(fromStdin: boolean): Promise<string> {
  if (fromStdin) return (await text(process.stdin)).replace(/\r?\n$/, '');
  if (!process.stdin.isTTY)
    throw new NetureonError('usage', 'there is no terminal to ask for the password', {
      remedy: 'hand it over with --password-stdin',
    });
  const first = await readUnseen('Password: ');
  if ((await readUnseen('The same once more: ')) !== first)
    throw new NetureonError('usage', 'these two are not the same', { remedy: 'run this again' });
  return first;
}

const CTRL_C = '\u0003';
const CTRL_D = '\u0004';
const BACKSPACE = /[\b\u007f]/;

/** Raw mode: the terminal shows nothing of what is typed, from before the question is there to answer. */
function readUnseen(question: string): Promise<string> {
  const { stdin, stderr } = process;
  stdin.setRawMode(true);
  stderr.write(question);
  stdin.setEncoding('utf8');
  stdin.resume();
  return new Promise((resolve, reject) => {
    let typed = '';
    const end = (finish: () => void) => {
      stdin.off('data', onData);
      stdin.setRawMode(false);
      stdin.pause();
      stderr.write('\n');
      finish();
    };
    const onData = (chunk: string) => {
      for (const char of chunk) {
        if (char === '\r' || char === '\n' || char === CTRL_D) return end(() => resolve(typed));
        if (char === CTRL_C)
          return end(() =>
            reject(new NetureonError('usage', 'no password was given', { remedy: 'run this again' })),
          );
        typed = BACKSPACE.test(char) ? Array.from(typed).slice(0, -1).join('') : typed + char;
      }
    };
    stdin.on('data', onData);
  });
}
