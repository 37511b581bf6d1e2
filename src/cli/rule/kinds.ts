/** `netureon rule kinds`: what the kinds of alerts are called. */
import { KIND_WORDS } from '../../message/rule-words.ts';
import { ALERT_KINDS } from '../../store/alert-kinds.ts';
import { coloursFor } from '../colours.ts';
import { textTable } from '../text-table.ts';

export function kindsCommand(json: boolean): void {
  const kinds = ALERT_KINDS.map(kind => ({ kind, words: KIND_WORDS[kind] }));
  const table = () =>
    textTable(
      ['Kind', 'In words'],
      kinds.map(({ kind, words }) => [kind, words]),
      coloursFor(process.stdout).bold,
    );
  process.stdout.write(json ? `${JSON.stringify(kinds)}\n` : table());
}
