/** The site itself: networks, scans, any moment of the past, services, who changed what, and who asks. */
import { knownTime, heldAt, networkAt } from '../../store/as-of.ts';
import { listAudit } from '../../store/audit.ts';
import { servicesOf } from '../../store/services.ts';
import { listManagedNetworks, renameNetwork } from '../../store/site-networks.ts';
import { listScans } from '../../store/site-scans.ts';
import { readStatus } from '../../store/site-status.ts';
import type { SiteOptions } from '../options.ts';
import { smallIdParams } from '../schema/api.ts';
import {
  AuditListQuery,
  AuditPage,
  Me,
  Network,
  NetworkPatch,
  Networks,
  Past,
  PastQuery,
  ScanListQuery,
  ScanPage,
  Status,
} from '../schema/api-site.ts';
import { operation, type AnyOperation } from './operation.ts';
import { missing } from './outcome.ts';
import { ApiProblem } from './problem.ts';

const MINUTE = 60_000;

export function siteOperations({ site, version }: SiteOptions): AnyOperation[] {
  return [
    operation({
      method: 'get',
      path: '/me',
      id: 'getMe',
      tag: 'Site',
      summary: 'Whom the token acts for, and with which rights',
      need: 'viewer',
      answer: Me,
      run: async ({ visitor, actor }) => {
        if (visitor?.role == null) throw missing('the visitor');
        const { userId, role, scopes } = visitor;
        return { body: { name: actor, userId, role, scopes: [...scopes] } };
      },
    }),
    operation({
      method: 'get',
      path: '/status',
      id: 'getStatus',
      tag: 'Site',
      summary: 'How many devices are here, what is open, when was looked, and which services run',
      need: 'viewer',
      answer: Status,
      run: async ({ db }) => {
        const [status, services] = await Promise.all([readStatus(db, site), servicesOf(db, site)]);
        return { body: { ...status, version, services, networks: [...status.networks] } };
      },
    }),
    operation({
      method: 'get',
      path: '/networks',
      id: 'listNetworks',
      tag: 'Networks and scans',
      summary: 'The networks of the site, retired ones as well',
      need: 'viewer',
      answer: Networks,
      run: async ({ db }) => ({ body: { items: await listManagedNetworks(db, site) } }),
    }),
    operation({
      method: 'patch',
      path: '/networks/{id}',
      id: 'renameNetwork',
      tag: 'Networks and scans',
      summary: 'Name a network; null or empty: none',
      need: 'admin',
      params: smallIdParams,
      body: NetworkPatch,
      answer: Network,
      run: async ({ db, params: { id }, body: { name } }) => {
        const networks = async () => (await listManagedNetworks(db, site)).find(network => network.id === id);
        if ((await networks()) === undefined) throw missing('the network');
        await renameNetwork(db, site, id, (name ?? '').trim());
        const network = await networks();
        if (network === undefined) throw missing('the network');
        return { body: network };
      },
    }),
    operation({
      method: 'get',
      path: '/scans',
      id: 'listScans',
      tag: 'Networks and scans',
      summary: 'The log of scans, newest first',
      need: 'viewer',
      query: ScanListQuery,
      answer: ScanPage,
      run: async ({ db, query: { show, limit, cursor } }) => {
        const { rows, next } = await listScans(db, site, { show, limit, before: cursor ?? null });
        return { body: { items: rows, next: next === null ? null : String(next) } };
      },
    }),
    operation({
      method: 'get',
      path: '/past',
      id: 'getPast',
      tag: 'Networks and scans',
      summary: 'Who held which address at a moment, and where nobody looked',
      description: 'The same as `netureon export`: `not_looked` is not `nobody`.',
      need: 'viewer',
      query: PastQuery,
      answer: Past,
      run: async ({ db, query: { at: asked, address } }) => {
        const { now, first } = await knownTime(db, site);
        const at = asked ?? now;
        if (at.getTime() > now.getTime() + MINUTE)
          throw new ApiProblem(400, 'This time is still to come.', {
            errors: [{ in: 'query', field: 'at', detail: 'This time is still to come.' }],
          });
        const items = await (address === undefined ? networkAt(db, site, at) : heldAt(db, site, address, at));
        return { body: { at, firstLookedAt: first, items } };
      },
    }),
    operation({
      method: 'get',
      path: '/audit',
      id: 'listAudit',
      tag: 'Site',
      summary: 'Who changed what, newest first',
      need: 'admin',
      query: AuditListQuery,
      answer: AuditPage,
      run: async ({ db, query: { cursor, ...query } }) => {
        const { rows, next } = await listAudit(db, site, { ...query, before: cursor ?? null });
        return {
          body: {
            items: rows.map(row => ({
              ...row,
              before: row.before === null ? null : { ...row.before },
              after: row.after === null ? null : { ...row.after },
            })),
            next: next === null ? null : String(next),
          },
        };
      },
    }),
  ];
}
