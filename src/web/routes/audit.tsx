/** `/audit`: who changed what, page by page; and all that matches as CSV. */
import { Hono } from 'hono';
import { csvLine } from '../../lib/csv.ts';
import { inert } from '../../lib/text.ts';
import { auditActors, listAudit, type AuditQuery } from '../../store/audit.ts';
import type { Db } from '../../store/session.ts';
import { fileResponse } from '../file-response.ts';
import { frameOf } from '../frame.tsx';
import type { SiteOptions } from '../options.ts';
import { AUDIT_FILTERS, readAuditQuery } from '../schema/audit-query.ts';
import { currentVisit } from '../visit.ts';
import { Audit } from '../views/audit.tsx';

const PAGE = 50;
/** Entries that are held at once while a file is sent. */
const FILE_PAGE = 500;

export function auditRoutes(options: SiteOptions): Hono {
  const { db, site, clock } = options;
  return new Hono()
    .get('/audit', async c => {
      const { query, typed, errors } = readAuditQuery(name => c.req.query(name));
      const [{ rows, next }, actors] = await Promise.all([
        listAudit(db, site, { ...query, limit: PAGE }),
        auditActors(db, site),
      ]);
      const filters = new URLSearchParams();
      for (const name of AUDIT_FILTERS) {
        const given = typed[name];
        if (given !== undefined && name !== 'before' && errors[name] === undefined) filters.set(name, given);
      }
      const csv = `/audit.csv?${filters.toString()}`;
      if (next !== null) filters.set('before', String(next));
      const data = {
        rows,
        next: next === null ? null : `/audit?${filters.toString()}`,
        isFirst: query.before === null,
        actors,
        typed,
        errors,
        csv,
      };
      return c.html(
        <Audit frame={await frameOf(c, options)} data={data} />,
        Object.keys(errors).length > 0 ? 400 : 200,
      );
    })
    .get('/audit.csv', c => {
      const { query } = readAuditQuery(name => c.req.query(name));
      // The file is made after this request has answered: what it reads with is taken along.
      const own = currentVisit()?.db ?? db;
      const name = `netureon-audit-${clock.now().toISOString().slice(0, 10)}`;
      return fileResponse(c, 'csv', name, csvOf(own, site, query));
    });
}

async function* csvOf(db: Db, site: string, query: Omit<AuditQuery, 'limit'>): AsyncGenerator<string> {
  yield `\uFEFF${csvLine(['at', 'actor', 'via', 'what', 'table', 'row', 'device', 'before', 'after'])}`;
  let before = query.before;
  do {
    const { rows, next } = await listAudit(db, site, { ...query, before, limit: FILE_PAGE });
    yield rows
      .map(({ at, actor, via, what, table, rowId, deviceId, before: was, after }) =>
        csvLine([at, inert(actor, 200), via, what, table, rowId, deviceId, json(was), json(after)]),
      )
      .join('');
    before = next;
  } while (before !== null);
}

function json(value: object | null): string {
  return value === null ? '' : inert(JSON.stringify(value), 100_000);
}
