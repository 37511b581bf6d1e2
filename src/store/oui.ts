/** Keeps the IEEE registry in its table, so that no tick has to read five megabytes, and the vendors of MACs true to it. */
import type { Db, Pool } from './session.ts';

export interface OuiEdition {
  /** For example `oui-data 2.1.9`. */
  readonly source: string;
  /** Prefix as 6, 7 or 9 upper-case hex digits -> organisation, address lines after it. */
  readonly entries: Readonly<Record<string, string>>;
}

/** Prefix lengths in bits: MA-L, MA-M, MA-S. */
export type PrefixBits = 24 | 28 | 36;

export interface OuiUpdate {
  /** In the table now. */
  readonly prefixes: number;
  readonly added: number;
  readonly removed: number;
  /** Assigned to somebody else, or under another name. */
  readonly renamed: number;
  /** MACs of devices whose vendor is another one now; the first of them. */
  readonly corrected: readonly Correction[];
  readonly correctedCount: number;
}

export interface Correction {
  readonly site: string;
  readonly mac: string;
  readonly before: string | null;
  readonly after: string | null;
}

/**
 * Loads what the installed package brings when it is another edition of it. A registry that somebody loaded from other
 * files is left alone. Returns the number of prefixes loaded, 0 when there was nothing to do.
 */
export async function loadOui(pool: Pool, source: string, read: () => Promise<OuiEdition>): Promise<number> {
  const [loaded] = await pool.query<{ source: string }>('select source from oui_edition');
  if (loaded !== undefined && (loaded.source === source || !isPackaged(loaded.source))) return 0;
  const { prefixes } = await replaceOui(pool, await read(), [24, 28, 36]);
  return prefixes;
}

function isPackaged(source: string): boolean {
  return /^oui-data\b/.test(source);
}

/**
 * Replaces the prefixes of these lengths by those of the edition, and corrects the vendors of the MACs that are known,
 * all in one transaction.
 */
export async function replaceOui(
  pool: Pool,
  { source, entries }: OuiEdition,
  lengths: readonly PrefixBits[],
): Promise<OuiUpdate> {
  const rows = rowsOf(entries);
  const update = await pool.transaction(async db => {
    await db.query('lock table oui in exclusive mode'); // a second loader waits and then replaces like with like
    const changes = await compare(db, rows, lengths);
    await db.query('delete from oui where bits = any ($1)', [lengths]);
    await db.query(
      `insert into oui (prefix, bits, vendor)
       select prefix, bits, vendor from unnest($1::macaddr[], $2::smallint[], $3::text[]) as u (prefix, bits, vendor)`,
      [rows.prefixes, rows.bits, rows.vendors],
    );
    await db.query('analyze oui');
    const [total] = await db.query<{ prefixes: number }>('select count(*)::integer as prefixes from oui');
    const prefixes = total?.prefixes ?? 0;
    await db.query(
      `insert into oui_edition (source, prefixes) values ($1, $2)
       on conflict (only_row) do update
         set source = excluded.source, prefixes = excluded.prefixes, loaded_at = now()`,
      [source, prefixes],
    );
    return { prefixes, ...changes, ...(await correctVendors(db)) };
  });
  return update;
}

interface Rows {
  readonly prefixes: readonly string[];
  readonly bits: readonly number[];
  readonly vendors: readonly string[];
}

function rowsOf(entries: OuiEdition['entries']): Rows {
  const prefixes: string[] = [];
  const bits: number[] = [];
  const vendors: string[] = [];
  for (const [digits, organisation] of Object.entries(entries)) {
    if (!/^(?:[0-9A-F]{6}|[0-9A-F]{7}|[0-9A-F]{9})$/.test(digits)) continue;
    prefixes.push(digits.padEnd(12, '0'));
    bits.push(digits.length * 4);
    vendors.push(organisation.split('\n', 1)[0]?.trim().slice(0, 200) ?? '');
  }
  return { prefixes, bits, vendors };
}

async function compare(
  db: Db,
  { prefixes, bits, vendors }: Rows,
  lengths: readonly PrefixBits[],
): Promise<Pick<OuiUpdate, 'added' | 'removed' | 'renamed'>> {
  const [changes] = await db.query<Pick<OuiUpdate, 'added' | 'removed' | 'renamed'>>(
    `select count(*) filter (where o.prefix is null)::integer as added,
            count(*) filter (where u.prefix is null)::integer as removed,
            count(*) filter (where o.vendor <> u.vendor)::integer as renamed
     from unnest($1::macaddr[], $2::smallint[], $3::text[]) as u (prefix, bits, vendor)
     full join (select * from oui where bits = any ($4)) as o on o.bits = u.bits and o.prefix = u.prefix`,
    [prefixes, bits, vendors, lengths],
  );
  return changes ?? { added: 0, removed: 0, renamed: 0 };
}

/** How many corrections are told one by one. */
const TOLD = 50;

/** By longest prefix, as when a MAC first appears; the bits of a random MAC mean nothing. */
async function correctVendors(db: Db): Promise<Pick<OuiUpdate, 'corrected' | 'correctedCount'>> {
  const corrected = await db.query<Correction & { total: number }>(
    `with due as materialized (
       select d.site_id, d.mac, d.vendor as before,
              case when not d.is_local then coalesce(s.vendor, m.vendor, l.vendor) end as after
       from device_macs as d
       left join oui as s on s.bits = 36 and s.prefix = (d.mac & macaddr 'ff:ff:ff:ff:f0:00')
       left join oui as m on m.bits = 28 and m.prefix = (d.mac & macaddr 'ff:ff:ff:f0:00:00')
       left join oui as l on l.bits = 24 and l.prefix = (d.mac & macaddr 'ff:ff:ff:00:00:00')
     ), changed as (
       update device_macs as d set vendor = due.after
       from due where d.site_id = due.site_id and d.mac = due.mac and due.before is distinct from due.after
       returning d.site_id, d.mac, due.before, due.after
     )
     select s.name as site, c.mac::text, c.before, c.after, (count(*) over ())::integer as total
     from changed as c join sites as s on s.id = c.site_id order by s.name, c.mac limit ${TOLD}`,
  );
  return {
    corrected: corrected.map(({ site, mac, before, after }) => ({ site, mac, before, after })),
    correctedCount: corrected[0]?.total ?? 0,
  };
}
