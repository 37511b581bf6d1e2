/** The templates as people read them. */
import type { Template } from '../../store/templates.ts';
import { localTime } from '../local-time.ts';
import { textTable } from '../text-table.ts';

export function templateTable(templates: readonly Template[], bold: (text: string) => string): string {
  if (templates.length === 0)
    return 'There is no template: every message has the default text. “netureon template set” writes one.\n';
  const rows = templates.map(({ channel, kind, subject, body, madeBy, updatedAt }) => [
    channel ?? 'all',
    kind ?? 'all',
    subject === '' ? (body.split('\n')[0] ?? '') : subject,
    madeBy,
    localTime(updatedAt),
  ]);
  return textTable(['Channel', 'Kind', 'Says', 'Written by', 'At'], rows, bold);
}
