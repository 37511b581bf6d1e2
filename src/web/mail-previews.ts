/** What mails would look like, kept for the frame that shows them: a few, for as long as nobody writes others. */
import { createHash } from 'node:crypto';

/** Each is a mail of at most some 100 KB; a frame asks for its own at once. */
const MOST = 40;

export interface MailPreviews {
  /** Returns under which name it is kept: the same for the same, so that a frame that shows it already stays as it is. */
  keep(html: string): string;
  get(name: string): string | undefined;
}

export function mailPreviews(): MailPreviews {
  const kept = new Map<string, string>();
  return {
    keep: html => {
      const name = createHash('sha256').update(html).digest('hex').slice(0, 32);
      kept.delete(name);
      kept.set(name, html);
      for (const oldest of kept.keys()) {
        if (kept.size <= MOST) break;
        kept.delete(oldest);
      }
      return name;
    },
    get: name => kept.get(name),
  };
}
