/** The buttons beside a rule: on and off, up and down, rest, remove and bring back. */
import { Hono, type Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import {
  moveRule,
  removeRule,
  restoreRule,
  snoozeRule,
  switchRule,
  timeZoneOf,
  type RuleOutcome,
} from '../../store/rules.ts';
import { checkBack, checkId } from '../forms.ts';
import { muteUntil } from '../mute-until.ts';
import type { SiteOptions } from '../options.ts';
import { actor, text } from '../visit.ts';
import { formOf, said, told } from '../reply.ts';
import { direction, onOff, rest } from '../schema/alerting.ts';

export function ruleButtonRoutes(options: SiteOptions): Hono {
  const { db, site, clock } = options;

  const ruleOf = (c: Context): number => {
    const id = checkId(c.req.param('id'));
    if (id === undefined) throw new HTTPException(404, { message: text().rules.missing });
    return id;
  };
  const after = (c: Context, outcome: RuleOutcome, form: URLSearchParams, toast?: string) => {
    if (outcome.kind === 'missing') throw new HTTPException(404, { message: text().rules.missing });
    if (outcome.kind === 'refused') throw new HTTPException(400, { message: outcome.reason });
    const back = checkBack(form.get('back'));
    if (outcome.kind === 'stale' || toast === undefined) return c.redirect(back, 303);
    return told(c, back, `${toast}.${outcome.id}`);
  };

  return new Hono()
    .post('/rules/:id/switch', async c => {
      const id = ruleOf(c);
      const form = await formOf(c);
      const on = said(onOff, form.get('on')) === 'yes';
      return after(c, await switchRule(db, site, id, on, actor()), form, on ? 'rule-on' : 'rule-off');
    })
    .post('/rules/:id/move', async c => {
      const id = ruleOf(c);
      const form = await formOf(c);
      const where = said(direction, form.get('direction'));
      return after(c, await moveRule(db, site, id, where, actor()), form);
    })
    .post('/rules/:id/snooze', async c => {
      const id = ruleOf(c);
      const form = await formOf(c);
      const choice = said(rest, form.get('for'));
      const zone = (await timeZoneOf(db, site)) ?? 'UTC';
      const until = choice === 'end' ? null : muteUntil(choice, clock.now(), zone);
      return after(c, await snoozeRule(db, site, id, until, actor()), form);
    })
    .post('/rules/:id/remove', async c => {
      const id = ruleOf(c);
      return after(c, await removeRule(db, site, id, actor()), await formOf(c), 'rule-removed');
    })
    .post('/rules/:id/restore', async c => {
      const id = ruleOf(c);
      return after(c, await restoreRule(db, site, id, actor()), await formOf(c), 'rule-restored');
    });
}
