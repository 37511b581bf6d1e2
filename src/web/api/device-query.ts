/** From the parameters of an address to what is asked of the list of devices. */
import type { z } from '@hono/zod-openapi';
import type { DeviceQuery, DeviceSort } from '../../store/device-query.ts';
import type { DeviceListQuery } from '../schema/api-devices.ts';

export function deviceQueryOf(given: z.output<typeof DeviceListQuery>): DeviceQuery {
  const { q, state, presence, network, vendor, owner, kind, watched, random, alert, sort, limit, cursor } =
    given;
  return {
    text: q,
    state: state ?? null,
    presence: presence ?? null,
    network: network ?? null,
    vendor: vendor ?? [],
    owner: owner ?? [],
    kind: kind ?? [],
    watched: watched ?? null,
    randomMac: random ?? null,
    alert: alert ?? null,
    sort: (sort.startsWith('-') ? sort.slice(1) : sort) as DeviceSort,
    reverse: sort.startsWith('-'),
    limit,
    after: cursor ?? null,
  };
}
