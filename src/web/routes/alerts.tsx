/** `/alerts`, the story of one, and the buttons: acknowledge one or all shown, and be told less for a while. */
import { Hono, type Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { adviceFor } from '../../message/advice.ts';
import { whenFormat } from '../../message/when.ts';
import { readAlertDetail } from '../../store/alert-detail.ts';
import { storyOf } from '../../store/alert-story.ts';
import { acknowledgeAlert } from '../../store/device-changes.ts';
import { listMutes, mute, unmute } from '../../store/mutes.ts';
import { timeZoneOf } from '../../store/rules.ts';
import { getAlert, listAlerts } from '../../store/site-alerts.ts';
import { countChannels, listNetworks } from '../../store/site-status.ts';
import { alertFilterOf } from '../alert-query.ts';
import { labelledDevice } from '../device-label.ts';
import { evidenceOf } from '../evidence.ts';
import { checkBack, checkId } from '../forms.ts';
import { frameOf } from '../frame.tsx';
import { checkMuteChoice, muteUntil } from '../mute-until.ts';
import type { SiteOptions } from '../options.ts';
import { actor } from '../visit.ts';
import { answer, formOf, told } from '../reply.ts';
import { checkIds } from '../toast-of.tsx';
import { AlertStory } from '../views/alert-story.tsx';
import { Alerts } from '../views/alerts.tsx';

const PAGE = 30;
const NO_ALERT = 'There is no such alert.';
/** Until somebody says where the site is. */
const UTC = 'UTC';

export function alertRoutes(options: SiteOptions): Hono {
  const { db, site, clock } = options;
  const zone = async () => (await timeZoneOf(db, site)) ?? UTC;

  const acknowledge = async (c: Context, acknowledged: boolean) => {
    const id = checkId(c.req.param('id'));
    if (id === undefined) throw new HTTPException(404, { message: NO_ALERT });
    const back = checkBack((await formOf(c)).get('back'));
    const outcome = await acknowledgeAlert(db, site, id, acknowledged, actor());
    return answer(c, outcome, back, {
      changed: acknowledged ? 'acknowledged' : 'reopened',
      missing: NO_ALERT,
    });
  };

  /** Those that the reader had before him, and no others: what came meanwhile stays open. */
  const acknowledgeMany = async (c: Context, acknowledged: boolean) => {
    const form = await formOf(c);
    const ids = checkIds(form.get('alerts') ?? undefined);
    if (ids === undefined)
      throw new HTTPException(400, { message: 'Which alerts was not said. Nothing was changed.' });
    const done: number[] = [];
    for (const id of ids) {
      const outcome = await acknowledgeAlert(db, site, id, acknowledged, actor());
      if (outcome.kind === 'changed') done.push(id);
    }
    const back = checkBack(form.get('back'));
    if (done.length === 0) return c.redirect(back, 303);
    return told(c, back, `${acknowledged ? 'all-acknowledged' : 'all-reopened'}.${done.join('.')}`);
  };

  return new Hono()
    .get('/alerts', async c => {
      const filter = alertFilterOf(name => c.req.query(name));
      const [{ rows, next }, networks, mutes, channels, timeZone] = await Promise.all([
        listAlerts(db, site, { ...filter, limit: PAGE }),
        listNetworks(db, site),
        listMutes(db, site),
        countChannels(db, site),
        zone(),
      ]);
      const data = { filter, alerts: rows, next, networks, mutes, channels, timeZone };
      return c.html(<Alerts frame={await frameOf(c, options)} data={data} />);
    })
    .get('/alerts/:id', async c => {
      const id = checkId(c.req.param('id'));
      const story = id === undefined ? undefined : await storyOf(db, site, id);
      if (story === undefined) throw new HTTPException(404, { message: NO_ALERT });
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
    .post('/alerts/acknowledge', c => acknowledgeMany(c, true))
    .post('/alerts/reopen', c => acknowledgeMany(c, false))
    .post('/alerts/:id/acknowledge', c => acknowledge(c, true))
    .post('/alerts/:id/reopen', c => acknowledge(c, false))
    .post('/mutes', async c => {
      const form = await formOf(c);
      const id = checkId(form.get('alert') ?? undefined);
      const alert = id === undefined ? undefined : await getAlert(db, site, id);
      if (alert === undefined) throw new HTTPException(404, { message: NO_ALERT });
      const what = form.get('what');
      const choice = checkMuteChoice(form.get('for'));
      const byDevice = what === 'device' || what === 'both';
      if (choice === undefined || (!byDevice && what !== 'kind') || (byDevice && alert.deviceId === null))
        throw new HTTPException(400, { message: 'What to mute was not said. Nothing was changed.' });
      const outcome = await mute(db, site, {
        deviceId: byDevice ? alert.deviceId : null,
        kind: what === 'device' ? null : alert.kind,
        until: muteUntil(choice, clock.now(), await zone()),
        actor: actor(),
      });
      return answer(c, outcome, checkBack(form.get('back')), { changed: 'muted', missing: NO_ALERT });
    })
    .post('/mutes/:id/end', async c => {
      const id = checkId(c.req.param('id'));
      const missing = 'There is no such mute.';
      if (id === undefined) throw new HTTPException(404, { message: missing });
      const back = checkBack((await formOf(c)).get('back'));
      return answer(c, await unmute(db, site, id, actor()), back, { changed: 'unmuted', missing });
    });
}
