/** Devices as the API gives them, and what it takes about them. */
import { z } from '@hono/zod-openapi';
import { DEVICE_SORTS, DEVICE_STATES, PRESENCES } from '../../store/device-query.ts';
import { answer, id, limitText, moment, momentOrNull, plainText, smallIdText, yesNoText } from './api.ts';
import { decision, deviceName, deviceNotes, deviceOwner, onReturn, silenceMs } from './device.ts';

const state = z.enum(DEVICE_STATES);
const presence = z.enum(PRESENCES);

const DeviceItem = answer('DeviceItem', {
  id: z.int(),
  state,
  presence,
  name: z.string().nullable(),
  called: z.string().nullable(),
  owner: z.string().nullable(),
  ip: z.string().nullable(),
  mac: z.string().nullable(),
  isRandomMac: z.boolean(),
  vendor: z.string().nullable(),
  network: z.string().nullable(),
  firstSeenAt: moment,
  lastSeenAt: momentOrNull,
  scannedAt: momentOrNull,
  misses: z.int(),
  alerts: z.int(),
});

export const DeviceItems = answer('DevicePage', {
  items: z.array(DeviceItem),
  total: z.int(),
  next: z.string().nullable(),
});

export const Device = answer('Device', {
  id: z.int(),
  state,
  presence,
  name: z.string().nullable(),
  called: z.string().nullable(),
  owner: z.string().nullable(),
  notes: z.string(),
  firstSeenAt: moment,
  decidedAt: momentOrNull,
  revision: z.int(),
  isWatched: z.boolean(),
  downAfterMs: z.int().nullable(),
  onReturn: z.enum(['stay', 'new', 'blocked']).nullable(),
  mergedInto: z.int().nullable(),
  macs: z.array(
    answer('DeviceMac', {
      mac: z.string(),
      vendor: z.string().nullable(),
      isLocal: z.boolean(),
      firstSeenAt: moment,
    }),
  ),
});

const SORTS = DEVICE_SORTS.flatMap(sort => [sort, `-${sort}` as const]);

/** One value or several: a parameter that may be repeated. */
function several<Item extends z.ZodType>(
  item: Item,
  items: { type: 'string' | 'integer'; enum?: string[]; minimum?: number },
) {
  return z
    .union([z.array(item).max(50), item.transform(one => [one])])
    .optional()
    .openapi({ type: 'array', items });
}

/** The filters of the page, by the same names; between them all have to hold, within one any. */
export const DeviceListQuery = z.object({
  q: plainText(200).default(''),
  state: several(state, { type: 'string', enum: [...DEVICE_STATES] }),
  presence: several(presence, { type: 'string', enum: [...PRESENCES] }),
  network: several(smallIdText, { type: 'integer', minimum: 1 }),
  vendor: several(plainText(300), { type: 'string' }),
  owner: several(plainText(200), { type: 'string' }),
  kind: several(plainText(60), { type: 'string' }),
  watched: yesNoText.optional(),
  random: yesNoText.optional(),
  alert: yesNoText.optional(),
  sort: z
    .enum(SORTS)
    .default('address')
    .openapi({ description: 'With a dash in front: the other way round.' }),
  limit: limitText(500, 100),
  cursor: z.string().max(4000).optional(),
});

/** RFC 7396: what is left out stays as it is, null empties. */
export const DevicePatch = z
  .strictObject({
    name: deviceName.nullable(),
    owner: deviceOwner.nullable(),
    notes: deviceNotes.nullable(),
  })
  .partial()
  .openapi('DevicePatch');

export const Decide = z.strictObject({ decision }).openapi('Decide');
export const Watch = z
  .strictObject({ watched: z.boolean(), downAfterMs: silenceMs.default(null) })
  .openapi('Watch');
export const Archive = z.strictObject({ onReturn: onReturn.default('new') }).openapi('Archive');
export const Merge = z
  .strictObject({
    from: id.openapi({ description: 'The device that becomes part of the one in the address.' }),
    revision: z.int().min(0).max(2_147_483_647).optional(),
    fromRevision: z.int().min(0).max(2_147_483_647).optional(),
  })
  .openapi('Merge');

const Connection = answer('Connection', {
  id: z.int(),
  mac: z.string(),
  ip: z.string(),
  network: z.string(),
  startedAt: moment,
  endedAt: momentOrNull,
  lastSeenAt: momentOrNull,
  misses: z.int(),
  openedAs: z.enum(['baseline', 'new', 'returned', 'moved', 'added']),
});
export const Connections = answer('Connections', { items: z.array(Connection) });
export const LatestQuery = z.object({ limit: limitText(1000, 100) });

const facts = z
  .record(z.string(), z.unknown())
  .openapi({ description: 'What a person said of the device: state, name, owner, notes and more.' });
const DeviceChange = answer('DeviceChange', {
  id: z.int(),
  deviceId: z.int(),
  at: moment,
  actor: z.string(),
  what: z.string(),
  otherId: z.int().nullable(),
  before: facts,
  after: facts,
  undoneAt: momentOrNull,
});
export const DeviceChanges = answer('DeviceChanges', { items: z.array(DeviceChange) });

const holder = { id: z.int(), name: z.string().nullable(), mac: z.string() };
const Seen = answer('Seen', { ...holder, at: moment });
export const Holding = answer('Holding', {
  state: z.enum(['here', 'quiet', 'gone', 'nobody', 'not_looked']),
  network: z.string().nullable(),
  link: z.string(),
  ip: z.string().nullable(),
  device: answer('Holder', holder).nullable(),
  vendor: z.string().nullable(),
  startedAt: momentOrNull,
  endedAt: momentOrNull,
  lastSeenAt: momentOrNull,
  looked: answer('Looked', { from: moment, to: moment }).nullable(),
  before: Seen.nullable(),
  after: Seen.nullable(),
});
