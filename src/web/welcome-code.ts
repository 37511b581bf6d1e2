/** The one-time code of the first visit: who reads the service's log may become the administrator. */
import { createHash, timingSafeEqual } from 'node:crypto';

/** Without what looks alike: 0 O 1 I L U. Thirty letters, so five bits less a little each: 58 bits. */
const LETTERS = '23456789ABCDEFGHJKMNPQRSTVWXYZ';
const LENGTH = 12;
/** Then there is a new code: nobody can go on guessing at the same one. */
const MOST_TRIES = 20;

export interface WelcomeCode {
  /** `ABCD-EFGH-JKMN`; made when it is first asked for. */
  current(): string;
  /** Whether this is it. Each wrong one counts, and after twenty there is another. */
  isRight(typed: string): boolean;
  /** It has been used. */
  spend(): void;
}

/** @param onNew told each code that is made */
export function createWelcomeCode(
  random: (bytes: number) => Uint8Array,
  onNew: (code: string) => void,
): WelcomeCode {
  let code: string | undefined;
  let wrong = 0;
  const current = () => {
    if (code === undefined) {
      code = newCode(random);
      wrong = 0;
      onNew(code);
    }
    return code;
  };
  return {
    current,
    isRight: typed => {
      const isRight = timingSafeEqual(digest(plain(typed)), digest(plain(current())));
      if (!isRight && ++wrong >= MOST_TRIES) {
        code = undefined;
        current();
      }
      return isRight;
    },
    spend: () => {
      code = undefined;
    },
  };
}

function newCode(random: (bytes: number) => Uint8Array): string {
  const letters: string[] = [];
  while (letters.length < LENGTH) {
    // What would make some letters likelier than others is thrown away.
    for (const byte of random(LENGTH))
      if (byte < 240 && letters.length < LENGTH) letters.push(LETTERS[byte % 30] ?? '');
  }
  return `${letters.slice(0, 4).join('')}-${letters.slice(4, 8).join('')}-${letters.slice(8).join('')}`;
}

function plain(code: string): string {
  return code.toUpperCase().replaceAll(/[\s-]/g, '').slice(0, 100);
}

function digest(text: string): Uint8Array {
  return createHash('sha256').update(text).digest();
}
