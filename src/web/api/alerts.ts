/** Alerts with their stories, acknowledging them, and mutes. */
import { storyOf } from '../../store/alert-story.ts';
import { acknowledgeAlert } from '../../store/device-changes.ts';
import { listMutes, mute, unmute } from '../../store/mutes.ts';
import { getAlert, listAlerts } from '../../store/site-alerts.ts';
import { Changed, idParams, Made } from '../schema/api.ts';
import {
  Acknowledge,
  AlertListQuery,
  AlertPage,
  AlertWithStory,
  MuteAlert,
  MuteBody,
  Mutes,
} from '../schema/api-alerts.ts';
import { operation, type AnyOperation } from './operation.ts';
import { changeOf, missing } from './outcome.ts';
import { ApiProblem } from './problem.ts';

const WHAT = 'the alert';
const tag = 'Alerts';

export function alertOperations(site: string): AnyOperation[] {
  return [
    operation({
      method: 'get',
      path: '/alerts',
      id: 'listAlerts',
      tag,
      summary: 'Alerts with the receipts of their deliveries, newest first',
      need: 'viewer',
      query: AlertListQuery,
      answer: AlertPage,
      run: async ({ db, query: { cursor, urgent, ...query } }) => {
        const { rows, next } = await listAlerts(db, site, {
          ...query,
          onlyUrgent: urgent ?? false,
          before: cursor ?? null,
        });
        return {
          body: {
            items: rows.map(row => ({ ...row, deliveries: [...row.deliveries] })),
            next: next === null ? null : String(next),
          },
        };
      },
    }),
    operation({
      method: 'get',
      path: '/alerts/{id}',
      id: 'getAlert',
      tag,
      summary: 'One alert with its story: what happened, in order, in sentences',
      need: 'viewer',
      params: idParams,
      answer: AlertWithStory,
      run: async ({ db, params: { id } }) => {
        const story = await storyOf(db, site, id);
        if (story === undefined) throw missing(WHAT);
        const { alert, steps } = story;
        return { body: { ...alert, deliveries: [...alert.deliveries], story: [...steps] } };
      },
    }),
    operation({
      method: 'post',
      path: '/alerts/{id}/acknowledge',
      id: 'acknowledgeAlert',
      tag,
      summary: 'Acknowledge an alert, or take that back',
      need: 'operator',
      params: idParams,
      body: Acknowledge,
      answer: Changed,
      run: async ({ db, actor, params: { id }, body }) => ({
        body: { change: changeOf(await acknowledgeAlert(db, site, id, body.acknowledged, actor), WHAT) },
      }),
    }),
    operation({
      method: 'post',
      path: '/alerts/{id}/mute',
      id: 'muteAlert',
      tag,
      summary: 'Send nothing about the device of this alert (or of its kind, where it has none) for a while',
      need: 'operator',
      params: idParams,
      body: MuteAlert,
      answer: Made,
      status: 201,
      run: async ({ db, actor, params: { id }, body: { until, note } }) => {
        const alert = await getAlert(db, site, id);
        if (alert === undefined) throw missing(WHAT);
        const of =
          alert.deviceId === null
            ? { kind: alert.kind, networkId: alert.networkId }
            : { deviceId: alert.deviceId };
        return made(changeOf(await mute(db, site, { ...of, until, note, actor }), 'the device'));
      },
    }),
    operation({
      method: 'get',
      path: '/mutes',
      id: 'listMutes',
      tag,
      summary: 'Mutes that run, the first to end first',
      need: 'viewer',
      answer: Mutes,
      run: async ({ db }) => ({ body: { items: await listMutes(db, site) } }),
    }),
    operation({
      method: 'post',
      path: '/mutes',
      id: 'addMute',
      tag,
      summary:
        'Send nothing for a while of what matches: all that is given must; nothing given is everything',
      description: 'Critical alerts pass a mute that names neither device nor kind.',
      need: 'operator',
      body: MuteBody,
      answer: Made,
      status: 201,
      run: async ({ db, actor, body: { device, network, channel, kind, until, note } }) =>
        made(
          changeOf(
            await mute(db, site, {
              deviceId: device,
              networkId: network,
              channelId: channel,
              kind,
              until,
              note,
              actor,
            }),
            'the device, network or channel',
          ),
        ),
    }),
    operation({
      method: 'delete',
      path: '/mutes/{id}',
      id: 'endMute',
      tag,
      summary: 'End a mute now; what it withheld and is still open is told',
      need: 'operator',
      params: idParams,
      run: async ({ db, actor, params: { id } }) => {
        changeOf(await unmute(db, site, id, actor), 'the mute');
        return undefined;
      },
    }),
  ];
}

function made(id: number | null) {
  if (id === null) throw new ApiProblem(409, 'Nothing was made.');
  return { status: 201 as const, body: { id } };
}
