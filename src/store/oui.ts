/** Loads the IEEE registry into its table, so that no tick has to read five megabytes of JSON. */
import type { Pool } from './session.ts';

export interface OuiEdition {
  /** For example `oui-data 2.1.9`. */
  readonly source: string;
  /** Prefix as 6, 7 or 9 upper-case hex digits -> organisation, address lines after it. */
  readonly entries: Readonly<Record<string, string>>;
}

/** Replaces the table when it holds another edition. Returns the number of prefixes loaded, 0 when it was current. */
export async function loadOui(pool: Pool, source: string, read: () => Promise<OuiEdition>): Promise<number> {
  const isCurrent = async () =>
    (await pool.query('select from oui_edition where source = $1', [source])).length > 0;
  if (await isCurrent()) return 0;
  const { entries } = await read();
  const prefixes: string[] = [];
  const bits: number[] = [];
  const vendors: string[] = [];
  for (const [digits, organisation] of Object.entries(entries)) {
    if (!/^(?:[0-9A-F]{6}|[0-9A-F]{7}|[0-9A-F]{9})$/.test(digits)) continue;
    prefixes.push(digits.padEnd(12, '0'));
    bits.push(digits.length * 4);
    vendors.push(organisation.split('\n', 1)[0]?.trim().slice(0, 200) ?? '');
  }
  await pool.transaction(async db => {
    await db.query('lock table oui in exclusive mode'); // a second loader waits and then replaces like with like
    await db.query('delete from oui');
    await db.query(
      `insert into oui (prefix, bits, vendor)
       select prefix, bits, vendor from unnest($1::macaddr[], $2::smallint[], $3::text[]) as u (prefix, bits, vendor)`,
      [prefixes, bits, vendors],
    );
    await db.query(
      `insert into oui_edition (source, prefixes) values ($1, $2)
       on conflict (only_row) do update
         set source = excluded.source, prefixes = excluded.prefixes, loaded_at = now()`,
      [source, prefixes.length],
    );
  });
  await pool.query('analyze oui');
  return prefixes.length;
}
