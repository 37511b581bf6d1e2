/**
 * `/l/:token`: links in messages. Looking at one changes nothing but "link opened", for mail scanners look at all of them;
 * only its form acts, once. The token is the key: who holds it may decide about this one alert.
 */
import { Hono, type Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { isLinkAction, readLink, type LinkAction, type SignedLink } from '../../message/links.ts';
import { acknowledgeAlert, readChange, undoChange } from '../../store/device-changes.ts';
import { linkKey, linkUse, openLink, useLink } from '../../store/links.ts';
import { listMutes, unmute } from '../../store/mutes.ts';
import { getAlert, type Alert } from '../../store/site-alerts.ts';
import { labelledDevice, type LabelledDevice } from '../device-label.ts';
import { frameAt } from '../frame.tsx';
import { doneText, isProof, proofOf, readDone, type Done } from '../link-proof.ts';
import type { SiteOptions } from '../options.ts';
import { formOf } from '../reply.ts';
import { inert } from '../../lib/text.ts';
import { text } from '../visit.ts';
import { LinkChoice, LinkDone, LinkRefused, type LinkData } from '../views/link.tsx';
import { Moment } from '../views/time.tsx';

/** Who looked: a person or a mail scanner, nobody knows. */
const SOMEBODY = 'Somebody';
/** What its forms prove: that they were read on this page. */
const FORM = 'form';

export function linkRoutes(options: SiteOptions): Hono {
  const { db, dbs, site, clock } = options;

  const frame = (c: Context) => frameAt(c, options, c.req.path);

  /** The alert behind a genuine link; a response where there is nothing to act on. */
  const read = async (c: Context) => {
    const token = c.req.param('token') ?? '';
    const key = await linkKey(dbs.own, site);
    const found = readLink(key, token, clock.now());
    if (found.kind === 'forged') return { refused: forged(c) };
    const alert = await getAlert(db, site, found.link.alertId);
    if (alert === undefined) return { refused: unknown(c) };
    const device = alert.deviceId === null ? undefined : await labelledDevice(db, site, alert.deviceId);
    const data: LinkData = { alert, device, expiresAt: found.link.expiresAt, path: `/l/${token}` };
    return { token, key, link: found.link, data, isExpired: found.kind === 'expired' };
  };

  const forged = (c: Context) =>
    c.html(
      <LinkRefused frame={frame(c)} title={text().told.link.forged}>
        <p>{text().told.link.forgedText}</p>
      </LinkRefused>,
      403,
    );
  const unknown = (c: Context) =>
    c.html(
      <LinkRefused frame={frame(c)} title={text().told.link.unknown}>
        <p>{text().told.link.unknownText}</p>
      </LinkRefused>,
      410,
    );
  const expired = (c: Context, data: LinkData) =>
    c.html(
      <LinkRefused frame={frame(c)} title={text().told.link.expired} data={data}>
        <p>{text().told.link.expiredText}</p>
      </LinkRefused>,
      410,
    );
  const used = async (c: Context, link: SignedLink, data: LinkData) => {
    const use = await linkUse(dbs.own, site, link);
    return c.html(
      <LinkRefused frame={frame(c)} title={text().told.link.used} data={data}>
        <p>
          {use !== undefined && (
            <>
              <Moment at={use.at} now={clock.now()} />
              {text().told.link.usedBy} <bdi>{inert(use.actor, 80)}</bdi>
              {text().told.link.usedFor(
                isLinkAction(use.what) ? text().told.link.acts[use.what].button : inert(use.what, 40),
              )}{' '}
            </>
          )}
          {text().told.link.usedText}
        </p>
      </LinkRefused>,
      409,
    );
  };

  return new Hono()
    .get('/l/:token', async c => {
      const found = await read(c);
      if ('refused' in found) return found.refused;
      const { token, key, link, data } = found;
      const done = readDone(key, token, c.req.query('done'));
      if (done !== undefined) {
        const state = await stateOf(options, done, data);
        const proof = doneText(key, token, done);
        return c.html(<LinkDone frame={frame(c)} data={data} what={done.what} state={state} done={proof} />);
      }
      if (found.isExpired) return expired(c, data);
      if ((await linkUse(dbs.own, site, link)) !== undefined) return used(c, link, data);
      if (c.req.method === 'GET') await openLink(dbs.own, site, link, SOMEBODY);
      const actions = actionsFor(data.alert, data.device);
      const asked = c.req.query('do');
      return c.html(
        <LinkChoice
          frame={frame(c)}
          data={data}
          actions={actions}
          chosen={actions.find(action => action === asked) ?? null}
          proof={proofOf(key, token, FORM)}
        />,
      );
    })
    .post('/l/:token', async c => {
      const found = await read(c);
      if ('refused' in found) return found.refused;
      const { token, key, link, data } = found;
      const form = await formOf(c);
      const what = form.get('do');
      if (!isProof(key, token, FORM, form.get('proof'))) return notRead(c, data);
      if (!isLinkAction(what)) throw new HTTPException(400, { message: text().told.link.notSaid });
      const outcome = await useLink(dbs.own, site, link, what, actorOf(link));
      if (outcome.kind === 'missing') return unknown(c);
      if (outcome.kind === 'expired') return expired(c, data);
      if (outcome.kind === 'used') return used(c, link, data);
      if (outcome.kind === 'refused')
        throw new HTTPException(400, {
          message: text().told.link.refused(capital(inert(outcome.why, 200))),
        });
      const id = await takenBackBy(options, what, outcome.change, link);
      const done = doneText(key, token, { what, id });
      return c.redirect(`${data.path}?done=${encodeURIComponent(done)}`, 303);
    })
    .post('/l/:token/undo', async c => {
      const found = await read(c);
      if ('refused' in found) return found.refused;
      const { token, key, link, data } = found;
      // Whoever once acted by it cannot do so for ever.
      if (found.isExpired) return expired(c, data);
      const proof = (await formOf(c)).get('done');
      const done = readDone(key, token, proof);
      if (done === undefined) return notRead(c, data);
      await undo(options, done, actorOf(link));
      return c.redirect(`${data.path}?done=${encodeURIComponent(proof ?? '')}`, 303);
    });

  function notRead(c: Context, data: LinkData) {
    return c.html(
      <LinkRefused frame={frame(c)} title={text().told.link.again} data={data}>
        <p>{text().told.link.againText}</p>
      </LinkRefused>,
      403,
    );
  }
}

/** Who pressed it: whoever holds the link. */
function actorOf(link: SignedLink): string {
  return `a link sent to ${inert(link.channel, 60)}`;
}

function actionsFor(alert: Alert, device: LabelledDevice | undefined): LinkAction[] {
  const becomes = { accept: 'known', ignore: 'ignored', block: 'blocked' } as const;
  const decisions = (['accept', 'ignore', 'block'] as const).filter(
    action => device !== undefined && device.state !== becomes[action],
  );
  const isOpen = alert.resolvedAt === null && alert.acknowledgedAt === null;
  return [...decisions, ...(isOpen ? (['acknowledge'] as const) : []), 'mute'];
}

/** What takes it back: the change of the device, the mute, the alert. */
async function takenBackBy(
  { db, site }: SiteOptions,
  what: LinkAction,
  change: number | null,
  link: SignedLink,
): Promise<number | null> {
  if (what === 'acknowledge') return link.alertId;
  if (what !== 'mute') return change;
  const mutes = await listMutes(db, site);
  return mutes.filter(({ actor }) => actor === actorOf(link)).toSorted((a, b) => b.id - a.id)[0]?.id ?? null;
}

async function stateOf(
  { db, site }: SiteOptions,
  { what, id }: Done,
  { alert }: LinkData,
): Promise<'done' | 'undone' | 'kept'> {
  if (id === null) return 'kept';
  if (what === 'acknowledge') {
    if (alert.resolvedAt !== null) return 'kept';
    return alert.acknowledgedAt === null ? 'undone' : 'done';
  }
  if (what === 'mute') return (await listMutes(db, site)).some(mute => mute.id === id) ? 'done' : 'undone';
  const change = await readChange(db, site, id);
  if (change === undefined) return 'kept';
  return change.undoneAt === null ? 'done' : 'undone';
}

async function undo({ db, site }: SiteOptions, { what, id }: Done, actor: string): Promise<void> {
  if (id === null) return;
  const outcome =
    what === 'acknowledge'
      ? await acknowledgeAlert(db, site, id, false, actor)
      : what === 'mute'
        ? await unmute(db, site, id, actor)
        : await undoChange(db, site, id, actor);
  if (outcome.kind === 'stale')
    throw new HTTPException(409, {
      message: text().told.link.changedSince,
    });
}

const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);
