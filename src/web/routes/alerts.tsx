/** `/alerts`, the story of one, and the buttons: acknowledge one or all shown, and be told less for a while. */
import { Hono, type Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { stream } from 'hono/streaming';
import { adviceFor } from '../../message/advice.ts';
import { whenFormat } from '../../message/when.ts';
import { readAlertDetail } from '../../store/alert-detail.ts';
import { storyOf } from '../../store/alert-story.ts';
import { acknowledgeAlert } from '../../store/device-changes.ts';
import { listMutes, mute, unmute } from '../../store/mutes.ts';
import { timeZoneOf } from '../../store/rules.ts';
import { getAlert, listAlerts, searchAlerts } from '../../store/site-alerts.ts';
import { countChannels, listNetworks } from '../../store/site-status.ts';
import { momentIn } from '../../lib/time-zone.ts';
import { acknowledgeMatching, acknowledgeThese, undoBatch, type Batch } from '../../store/alert-acts.ts';
import { listChannels } from '../../store/channels.ts';
import { alertFilterOf } from '../alert-query.ts';
import { CSV_HEAD, csvLine } from '../alerts-csv.ts';
import { labelledDevice } from '../device-label.ts';
import { evidenceOf } from '../evidence.ts';
import { checkBack, checkId } from '../forms.ts';
import { frameOf } from '../frame.tsx';
import { checkMuteChoice, muteUntil } from '../mute-until.ts';
import type { SiteOptions } from '../options.ts';
import { actor, text } from '../visit.ts';
import { answer, formOf, told } from '../reply.ts';
import { checkIds, isBatch } from '../toast-of.tsx';
import { AlertStory } from '../views/alert-story.tsx';
import { Alerts, MOST_EXPORTED } from '../views/alerts.tsx';

const PAGE = 30;
/** Until somebody says where the site is. */
const UTC = 'UTC';

export function alertRoutes(options: SiteOptions): Hono {
  const { db, site, clock } = options;
  const zone = async () => (await timeZoneOf(db, site)) ?? UTC;

  const acknowledge = async (c: Context, acknowledged: boolean) => {
    const id = checkId(c.req.param('id'));
    if (id === undefined) throw new HTTPException(404, { message: text().alerts.missing });
    const back = checkBack((await formOf(c)).get('back'));
    const outcome = await acknowledgeAlert(db, site, id, acknowledged, actor());
    return answer(c, outcome, back, {
      changed: acknowledged ? 'acknowledged' : 'reopened',
      missing: text().alerts.missing,
    });
  };

  /** Those that the reader had before him, or all like them that are not newer: what came meanwhile stays open. */
  const acknowledgeMany = async (c: Context) => {
    const form = await formOf(c);
    const back = checkBack(form.get('back'));
    const ids = checkIds(form.get('alerts') ?? undefined);
    const upto = checkId(form.get('upto') ?? undefined);
    let batch: Batch | undefined;
    if (ids !== undefined) batch = await acknowledgeThese(db, site, ids, actor());
    else if (upto !== undefined) {
      const { query, complaints } = alertFilterOf(form);
      if (Object.keys(complaints).length > 0) throw whichAlerts();
      const { kind, severity, network, device } = query;
      batch = await acknowledgeMatching(db, site, { kind, severity, network, device, upto }, actor());
    } else throw whichAlerts();
    return batch === undefined ? c.redirect(back, 303) : told(c, back, `batch.${batch.batch}`);
  };

  /** As one step, by its number, or one by one. */
  const reopenMany = async (c: Context) => {
    const form = await formOf(c);
    const back = checkBack(form.get('back'));
    const batch = form.get('batch');
    if (batch !== null) {
      const n = isBatch(batch) ? await undoBatch(db, site, batch, actor()) : undefined;
      if (n === undefined) throw new HTTPException(404, { message: text().alerts.missing });
      return n === 0 ? c.redirect(back, 303) : told(c, back, `batch-reopened.${n}`);
    }
    const ids = checkIds(form.get('alerts') ?? undefined);
    if (ids === undefined) throw whichAlerts();
    const done: number[] = [];
    for (const id of ids)
      if ((await acknowledgeAlert(db, site, id, false, actor())).kind === 'changed') done.push(id);
    return done.length === 0 ? c.redirect(back, 303) : told(c, back, `all-reopened.${done.join('.')}`);
  };

  return new Hono()
    .get('/alerts', async c => {
      const filter = alertFilterOf(new URL(c.req.url).searchParams);
      const { device } = filter.query;
      const [page, networks, mutes, channels, carrying, timeZone, about] = await Promise.all([
        searchAlerts(db, site, { ...filter.query, limit: PAGE }),
        listNetworks(db, site),
        listMutes(db, site),
        listChannels(db, site),
        countChannels(db, site),
        zone(),
        device === undefined ? undefined : labelledDevice(db, site, device),
      ]);
      const label = device === undefined ? null : (about?.label ?? String(device));
      const data = { filter, page, networks, mutes, channels, carrying, device: label, timeZone };
      // The field above is for devices.
      const { search: _, ...frame } = await frameOf(c, options);
      return c.html(
        <Alerts frame={frame} data={data} />,
        Object.keys(filter.complaints).length > 0 ? 400 : 200,
      );
    })
    .get('/alerts.csv', c => {
      const { query, complaints } = alertFilterOf(new URL(c.req.url).searchParams);
      const [complaint] = Object.values(complaints);
      if (complaint !== undefined) throw new HTTPException(400, { message: complaint });
      c.header('Content-Type', 'text/csv; charset=utf-8');
      c.header('Content-Disposition', 'attachment; filename="alerts.csv"');
      return stream(c, async out => {
        await out.write(CSV_HEAD);
        let { before } = query;
        for (let n = 0; n < MOST_EXPORTED && !out.aborted;) {
          const { rows, next } = await listAlerts(db, site, { ...query, before, limit: 500 });
          await out.write(rows.map(csvLine).join(''));
          if (next === null) break;
          n += rows.length === 0 ? MOST_EXPORTED : rows.length;
          before = next;
        }
      });
    })
    .get('/alerts/:id', async c => {
      const id = checkId(c.req.param('id'));
      const story = id === undefined ? undefined : await storyOf(db, site, id);
      if (story === undefined) throw new HTTPException(404, { message: text().alerts.missing });
      const { alert } = story;
      const [detail, device, timeZone] = await Promise.all([
        readAlertDetail(db, site, alert.id),
        alert.deviceId === null ? undefined : labelledDevice(db, site, alert.deviceId),
        zone(),
      ]);
      // As messages say it; the page that the advice would link to is this site.
      const context = { site, publicUrl: '', when: whenFormat(timeZone) };
      const { advice } = adviceFor(alert.kind, 1, undefined, [], context);
      const data = { story, evidence: evidenceOf(detail), advice, device: device ?? null, timeZone };
      return c.html(<AlertStory frame={await frameOf(c, options)} data={data} />);
    })
    .post('/alerts/acknowledge', acknowledgeMany)
    .post('/alerts/reopen', reopenMany)
    .post('/alerts/:id/acknowledge', c => acknowledge(c, true))
    .post('/alerts/:id/reopen', c => acknowledge(c, false))
    .post('/mutes', async c => {
      const form = await formOf(c);
      const id = checkId(form.get('alert') ?? undefined);
      const alert = id === undefined ? undefined : await getAlert(db, site, id);
      if (alert === undefined) throw new HTTPException(404, { message: text().alerts.missing });
      const what = form.get('what');
      const byDevice = what === 'device' || what === 'both';
      const isMeant = byDevice
        ? alert.deviceId !== null
        : what === 'network'
          ? alert.networkId !== null
          : what === 'kind';
      const until = isMeant ? untilOf(form, clock.now(), await zone()) : undefined;
      if (until === undefined) throw new HTTPException(400, { message: text().alerts.form.mute });
      const outcome = await mute(db, site, {
        deviceId: byDevice ? alert.deviceId : null,
        networkId: what === 'network' ? alert.networkId : null,
        kind: what === 'kind' || what === 'both' ? alert.kind : null,
        until,
        actor: actor(),
      });
      return answer(c, outcome, checkBack(form.get('back')), {
        changed: 'muted',
        missing: text().alerts.missing,
      });
    })
    .post('/mutes/:id/end', async c => {
      const id = checkId(c.req.param('id'));
      const missing = text().alerts.missingMute;
      if (id === undefined) throw new HTTPException(404, { message: missing });
      const back = checkBack((await formOf(c)).get('back'));
      return answer(c, await unmute(db, site, id, actor()), back, { changed: 'unmuted', missing });
    });
}

function whichAlerts(): HTTPException {
  return new HTTPException(400, { message: text().alerts.form.ids });
}

/** One of the buttons, or the moment in the field beside them. */
function untilOf(form: URLSearchParams, now: Date, zone: string): Date | undefined {
  const button = form.get('for');
  const choice = checkMuteChoice(button);
  if (choice !== undefined) return muteUntil(choice, now, zone);
  return button === 'until' ? momentIn(zone, (form.get('until') ?? '').replace('T', ' ')) : undefined;
}
