/** `netureon rule move`, `remove`, `restore`, `on`, `off` and `snooze`. */
import { parseDuration } from '../../lib/duration.ts';
import { NetureonError } from '../../lib/errors.ts';
import { inert } from '../../lib/text.ts';
import { moveRule, removeRule, restoreRule, snoozeRule, switchRule } from '../../store/rules.ts';
import type { Context } from '../context.ts';
import { localTime } from '../local-time.ts';
import { zoneName } from '../site-zone.ts';
import { print } from './command.ts';
import { chooseRule, done, withSite } from './session.ts';

export async function actCommand(
  context: Context,
  act: 'remove' | 'restore' | 'on' | 'off',
  wanted: string,
  json: boolean,
): Promise<void> {
  await withSite(context, async ({ db, site, actor, known }) => {
    if (act === 'restore') {
      const id = done(await restoreRule(db, site, numberOf(wanted), actor));
      return say(json, id, `Rule ${id} is back.`);
    }
    const { id, name } = chooseRule(known.rules, wanted);
    if (act === 'remove') {
      done(await removeRule(db, site, id, actor));
      return say(json, id, `${inert(name)} is removed. \`netureon rule restore ${id}\` brings it back.`);
    }
    done(await switchRule(db, site, id, act === 'on', actor));
    return say(json, id, `${inert(name)} is switched ${act}.`);
  });
}

export async function moveCommand(
  context: Context,
  wanted: string,
  direction: string,
  json: boolean,
): Promise<void> {
  if (direction !== 'up' && direction !== 'down')
    throw new NetureonError('usage', `a rule cannot move ${inert(direction)}`, { remedy: 'use up or down' });
  await withSite(context, async ({ db, site, actor, known }) => {
    const { id, name } = chooseRule(known.rules, wanted);
    done(await moveRule(db, site, id, direction, actor));
    say(json, id, `${inert(name)} has moved ${direction}.`);
  });
}

/** @param length `0` ends it */
export async function snoozeCommand(
  context: Context,
  wanted: string,
  length: string,
  json: boolean,
): Promise<void> {
  const seconds = length.trim() === '0' ? 0 : parseDuration(length);
  if (seconds === undefined)
    throw new NetureonError('usage', `${inert(length)} is no length of time`, {
      remedy: 'write 30m, 8h or 2d',
    });
  await withSite(context, async ({ db, site, actor, known }) => {
    const { id, name } = chooseRule(known.rules, wanted);
    const until = seconds === 0 ? null : new Date(known.now.getTime() + seconds * 1000);
    done(await snoozeRule(db, site, id, until, actor));
    say(
      json,
      id,
      `${inert(name)} ${until === null ? 'works again' : `rests until ${localTime(until)} (${zoneName()})`}.`,
    );
  });
}

function numberOf(wanted: string): number {
  if (/^[1-9]\d{0,8}$/.test(wanted)) return Number(wanted);
  throw new NetureonError('usage', `${inert(wanted)} is no number of a rule`, {
    remedy: 'give the number that it had',
  });
}

function say(json: boolean, id: number, sentence: string): void {
  if (json) print({ id });
  else process.stdout.write(`${sentence}\n`);
}
