/** Networks, scans, moments, services, the audit log and tokens as the API gives them. */
import { z } from '@hono/zod-openapi';
import { AUDIT_VIAS } from '../../store/audit.ts';
import { TOKEN_SCOPES } from '../../store/api-tokens.ts';
import {
  answer,
  idCursor,
  idText,
  limitText,
  moment,
  momentOrNull,
  momentText,
  pageOf,
  plainText,
} from './api.ts';
import { Holding } from './api-devices.ts';

export const Network = answer('Network', {
  id: z.int(),
  cidr: z.string(),
  link: z.string(),
  name: z.string().nullable(),
  interface: z.string(),
  sensor: z.string().nullable(),
  lastScanAt: momentOrNull,
  retiredAt: momentOrNull,
  retiredBy: z.string().nullable(),
});
export const Networks = answer('Networks', { items: z.array(Network) });
export const NetworkPatch = z.strictObject({ name: plainText(100).nullable() }).openapi('NetworkPatch');

const Scan = answer('Scan', {
  id: z.int(),
  finishedAt: moment,
  network: z.string().nullable(),
  outcome: z.enum(['complete', 'partial', 'failed']),
  method: z.string(),
  durationMs: z.int(),
  probed: z.int(),
  answered: z.int(),
  frames: z.int(),
  broadcasts: z.int(),
  new: z.int(),
  returned: z.int(),
  moved: z.int(),
  missing: z.int(),
  problem: z.string().nullable(),
});
export const ScanPage = pageOf('ScanPage', Scan);
export const ScanListQuery = z.object({
  show: z.enum(['all', 'changes', 'problems']).default('all'),
  limit: limitText(500, 100),
  cursor: idCursor,
});

export const PastQuery = z.object({
  at: momentText.optional().openapi({ description: 'Now unless given.' }),
  address: z
    .union([z.ipv4(), z.ipv6()])
    .optional()
    .openapi({ type: 'string', description: 'Only of this address.' }),
});
export const Past = answer('Past', {
  at: moment,
  firstLookedAt: momentOrNull,
  items: z.array(Holding),
});

export const Status = answer('Status', {
  version: z.string(),
  here: z.int(),
  quiet: z.int(),
  gone: z.int(),
  new: z.int(),
  openAlerts: z.int(),
  openSerious: z.int(),
  failedDeliveries: z.int(),
  channels: z.int(),
  networks: z.array(
    answer('NetworkStatus', {
      id: z.int(),
      cidr: z.string(),
      lastScanAt: momentOrNull,
      failures: z.int(),
      problem: z.string().nullable(),
    }),
  ),
  services: z.array(
    answer('Service', {
      name: z.string(),
      state: z.enum(['running', 'silent', 'stopped', 'never']),
      seenAt: momentOrNull,
      startedAt: momentOrNull,
      version: z.string().nullable(),
    }),
  ),
});

export const AuditListQuery = z.object({
  actor: plainText(200).optional(),
  via: z.enum(AUDIT_VIAS).optional(),
  table: plainText(60).optional(),
  row: plainText(100).optional().openapi({ description: 'With `table`: only of this row.' }),
  device: idText.optional(),
  from: momentText.optional(),
  to: momentText.optional(),
  limit: limitText(500, 100),
  cursor: idCursor,
});
const columns = z.record(z.string(), z.unknown()).nullable();
const AuditEntry = answer('AuditEntry', {
  id: z.int(),
  at: moment,
  actor: z.string(),
  via: z.enum(AUDIT_VIAS),
  what: z.enum(['added', 'changed', 'removed']),
  table: z.string(),
  rowId: z.string(),
  deviceId: z.int().nullable(),
  device: z.string().nullable(),
  before: columns,
  after: columns,
});
export const AuditPage = pageOf('AuditPage', AuditEntry);

export const Me = answer('Me', {
  name: z.string(),
  userId: z.int(),
  role: z.enum(['viewer', 'operator', 'admin']),
  scopes: z.array(z.enum(TOKEN_SCOPES)),
});
