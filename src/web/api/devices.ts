/** Devices: the list, one of them, what people say and decide about it, and where it has been. */
import {
  archiveDevice,
  changesOf,
  decideDevice,
  renameDevice,
  undoChange,
  watchDevice,
} from '../../store/device-changes.ts';
import { mergeDevices } from '../../store/device-merge.ts';
import { listDevices } from '../../store/device-list.ts';
import type { Db } from '../../store/session.ts';
import { connectionsOf, readDevice, type Device as StoredDevice } from '../../store/site-device.ts';
import { deviceQueryOf } from './device-query.ts';
import { Changed, idParams } from '../schema/api.ts';
import {
  Archive,
  Connections,
  Decide,
  Device,
  DeviceChanges,
  DeviceItems,
  DeviceListQuery,
  DevicePatch,
  LatestQuery,
  Merge,
  Watch,
} from '../schema/api-devices.ts';
import { revisionWanted, stale } from './etag.ts';
import { operation, type AnyOperation } from './operation.ts';
import { changeOf, missing } from './outcome.ts';

const WHAT = 'the device';
const tag = 'Devices';

export function deviceOperations(site: string): AnyOperation[] {
  const found = async (db: Db, id: number): Promise<StoredDevice> => {
    const device = await readDevice(db, site, id);
    if (device === undefined) throw missing(WHAT);
    return device;
  };
  return [
    operation({
      method: 'get',
      path: '/devices',
      id: 'listDevices',
      tag,
      summary: 'The devices, searched, filtered and sorted',
      description:
        'Archived devices are left out unless `state=archived`. `next` is the `cursor` of the page after.',
      need: 'viewer',
      query: DeviceListQuery,
      answer: DeviceItems,
      run: async ({ db, query }) => {
        const { rows, total, next } = await listDevices(db, site, deviceQueryOf(query));
        return { body: { items: [...rows], total, next } };
      },
    }),
    operation({
      method: 'get',
      path: '/devices/{id}',
      id: 'getDevice',
      tag,
      summary: 'One device',
      need: 'viewer',
      params: idParams,
      answer: Device,
      run: async ({ db, params: { id } }) => {
        const device = await found(db, id);
        return { body: { ...device, macs: [...device.macs] }, revision: device.revision };
      },
    }),
    operation({
      method: 'patch',
      path: '/devices/{id}',
      id: 'changeDevice',
      tag,
      summary: 'Name, owner and notes of a device',
      description:
        'With If-Match (an ETag of this device) it is refused with 412 when a person changed the device since.',
      need: 'operator',
      params: idParams,
      body: DevicePatch,
      answer: Device,
      problems: [409, 412],
      run: async ({ c, db, actor, params: { id }, body }) => {
        const before = await found(db, id);
        const revision = revisionWanted(c.req.header('if-match'), before.revision);
        const told = (typed: string | null | undefined, was: string | null) =>
          typed === undefined ? (was ?? '') : (typed ?? '');
        const texts = {
          name: told(body.name, before.name),
          owner: told(body.owner, before.owner),
          notes: told(body.notes, before.notes),
        };
        const outcome = await renameDevice(db, site, id, texts, revision, actor);
        if (outcome.kind === 'stale' && revision !== null) throw stale();
        changeOf(outcome, WHAT);
        const device = await found(db, id);
        return { body: { ...device, macs: [...device.macs] }, revision: device.revision };
      },
    }),
    operation({
      method: 'post',
      path: '/devices/{id}/decide',
      id: 'decideDevice',
      tag,
      summary: 'Accept, ignore or block a device',
      need: 'operator',
      params: idParams,
      body: Decide,
      answer: Changed,
      problems: [409],
      run: async ({ db, actor, params: { id }, body }) => ({
        body: { change: changeOf(await decideDevice(db, site, id, body.decision, actor), WHAT) },
      }),
    }),
    operation({
      method: 'post',
      path: '/devices/{id}/watch',
      id: 'watchDevice',
      tag,
      summary: 'Tell when it goes away, or do not',
      description: '`downAfterMs`: how long it may be silent; null: as learned from its past.',
      need: 'operator',
      params: idParams,
      body: Watch,
      answer: Changed,
      problems: [409],
      run: async ({ db, actor, params: { id }, body: { watched, downAfterMs } }) => ({
        body: { change: changeOf(await watchDevice(db, site, id, watched, downAfterMs, actor), WHAT) },
      }),
    }),
    operation({
      method: 'post',
      path: '/devices/{id}/archive',
      id: 'archiveDevice',
      tag,
      summary: 'Put a device away',
      description: '`onReturn`: whether it is asked about like a new one when it is seen again.',
      need: 'operator',
      params: idParams,
      body: Archive,
      answer: Changed,
      problems: [409],
      run: async ({ db, actor, params: { id }, body }) => ({
        body: { change: changeOf(await archiveDevice(db, site, id, body.onReturn, actor), WHAT) },
      }),
    }),
    operation({
      method: 'post',
      path: '/devices/{id}/merge',
      id: 'mergeDevices',
      tag,
      summary: 'Make another device part of this one',
      need: 'operator',
      params: idParams,
      body: Merge,
      answer: Changed,
      problems: [409],
      run: async ({ db, actor, params: { id }, body: { from, revision, fromRevision } }) => ({
        body: {
          change: changeOf(
            await mergeDevices(
              db,
              site,
              { device: id, revision: revision ?? null },
              { device: from, revision: fromRevision ?? null },
              actor,
            ),
            WHAT,
          ),
        },
      }),
    }),
    operation({
      method: 'get',
      path: '/devices/{id}/connections',
      id: 'listConnections',
      tag,
      summary: 'Where a device is and was: open connections first, then the latest',
      need: 'viewer',
      params: idParams,
      query: LatestQuery,
      answer: Connections,
      run: async ({ db, params: { id }, query: { limit } }) => {
        await found(db, id);
        return { body: { items: await connectionsOf(db, site, id, limit) } };
      },
    }),
    operation({
      method: 'get',
      path: '/devices/{id}/changes',
      id: 'listDeviceChanges',
      tag,
      summary: 'What people decided about a device, newest first',
      need: 'viewer',
      params: idParams,
      query: LatestQuery,
      answer: DeviceChanges,
      run: async ({ db, params: { id }, query: { limit } }) => {
        await found(db, id);
        return {
          body: {
            items: (await changesOf(db, site, id, limit)).map(change => ({
              ...change,
              before: { ...change.before },
              after: { ...change.after },
            })),
          },
        };
      },
    }),
    operation({
      method: 'post',
      path: '/changes/{id}/undo',
      id: 'undoChange',
      tag,
      summary: 'Take a decision back',
      description: 'Only the latest change of a device can be undone, then the one before it.',
      need: 'operator',
      params: idParams,
      answer: Changed,
      problems: [409],
      run: async ({ db, actor, params: { id } }) => ({
        body: { change: changeOf(await undoChange(db, site, id, actor), 'the change') },
      }),
    }),
  ];
}
