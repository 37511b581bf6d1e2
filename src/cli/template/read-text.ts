/** A text from a file or from standard input. */
import { readFile } from 'node:fs/promises';
import { messageOf, NetureonError } from '../../lib/errors.ts';

/** No template is nearly as long; whoever pipes something else in here is told. */
const LONGEST = 100_000;

/** @param file undefined or `-`: standard input @throws NetureonError('usage') */
export async function readText(file: string | undefined, input: AsyncIterable<unknown>): Promise<string> {
  const text = file === undefined || file === '-' ? await readAll(input) : await readWhole(file);
  if (text.length > LONGEST)
    throw new NetureonError('usage', 'the text is far too long for a template', {
      remedy: 'use at most 20,000 characters',
    });
  return text.replace(/\r?\n$/, '');
}

async function readWhole(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new NetureonError('usage', `cannot read the template: ${messageOf(cause)}`, {
      cause,
      remedy: 'name a file that is there, or give the text on standard input',
    });
  }
}

async function readAll(input: AsyncIterable<unknown>): Promise<string> {
  let text = '';
  for await (const part of input) {
    text += String(part);
    if (text.length > LONGEST) break;
  }
  return text;
}
