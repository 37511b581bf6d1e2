/** `netureon alert list|show|acknowledge|reopen`. The site's own rights suffice. */
import { userInfo } from 'node:os';
import { systemClock } from '../../lib/clock.ts';
import { NetureonError } from '../../lib/errors.ts';
import { storyOf } from '../../store/alert-story.ts';
import { acknowledgeAlert } from '../../store/device-changes.ts';
import type { Db } from '../../store/session.ts';
import {
  acknowledgeAll,
  countAlerts,
  getAlert,
  listAlerts,
  undoAcknowledgeAll,
} from '../../store/site-alerts.ts';
import { coloursFor } from '../colours.ts';
import { textOf, type Options } from '../command-line.ts';
import type { Context } from '../context.ts';
import { deviceOf, kindOf, limitOf, networkOf, numberOf, severityOf, sinceOf, statusOf } from './choose.ts';
import { asWeb } from './session.ts';
import { alertTable, countLine, storyText } from './text.ts';

const print = (text: string) => process.stdout.write(text);
const printJson = (value: unknown) => print(`${JSON.stringify(value)}\n`);

export async function listCommand(context: Context, options: Options): Promise<void> {
  const given = (name: string) => textOf(options[name]);
  const { siteName: site } = context.config;
  const only = <T>(name: string, read: (text: string) => T): T | undefined => {
    const text = given(name);
    return text === undefined ? undefined : read(text);
  };
  const query = {
    status: statusOf(given('state') ?? 'open'),
    onlyUrgent: options['urgent'] === true,
    kind: only('kind', kindOf),
    severity: only('severity', severityOf),
    before: null,
    limit: limitOf(given('limit') ?? '50'),
  };
  await asWeb(context, async db => {
    // A time is in the site's zone, which is known by now.
    const since = only('since', text => sinceOf(text, systemClock.now()));
    const device = await only('device', text => deviceOf(db, site, text));
    const network = await only('network', text => networkOf(db, site, text));
    const { rows, next } = await listAlerts(db, site, { ...query, since, device, network });
    if (options['json'] === true) return printJson(rows);
    print(alertTable(rows, coloursFor(process.stdout).bold));
    if (next !== null) print(`There are more: --limit ${query.limit * 2} shows them.\n`);
    return print(countLine(await countAlerts(db, site)));
  });
}

export async function showCommand(context: Context, wanted: string, json: boolean): Promise<void> {
  const id = numberOf('alert', wanted);
  const story = await asWeb(context, db => storyOf(db, context.config.siteName, id));
  if (story === undefined) throw missing(id);
  const { bold, dim } = coloursFor(process.stdout);
  if (json) printJson(story);
  else print(storyText(story, bold, dim));
}

export async function acknowledgeCommand(
  context: Context,
  wanted: string,
  kind: string | undefined,
  json: boolean,
): Promise<void> {
  const { siteName: site } = context.config;
  if (wanted !== 'all') return answer(context, wanted, true, json);
  const which = kind === undefined ? {} : { kind: kindOf(kind) };
  const n = await asWeb(context, db => acknowledgeAll(db, site, which, userInfo().username));
  if (json) return void printJson({ acknowledged: n });
  return void print(
    n === 0
      ? 'No alert was open.\n'
      : `Acknowledged ${n === 1 ? 'one alert' : `${n} alerts`}; \`netureon alert reopen all\` takes it back within the hour.\n`,
  );
}

export async function reopenCommand(context: Context, wanted: string, json: boolean): Promise<void> {
  const { siteName: site } = context.config;
  if (wanted !== 'all') return answer(context, wanted, false, json);
  const n = await asWeb(context, db => undoAcknowledgeAll(db, site, userInfo().username));
  if (json) return void printJson({ reopened: n });
  return void print(
    n === 0
      ? 'There is no “acknowledge all” of yours within the hour to be taken back.\n'
      : `Opened ${n === 1 ? 'one alert' : `${n} alerts`} again.\n`,
  );
}

async function answer(context: Context, wanted: string, acknowledged: boolean, json: boolean): Promise<void> {
  const id = numberOf('alert', wanted);
  const { siteName: site } = context.config;
  const alert = await asWeb(context, async (db: Db) => {
    await acknowledgeAlert(db, site, id, acknowledged, userInfo().username);
    return getAlert(db, site, id);
  });
  if (alert === undefined) throw missing(id);
  if (json) printJson(alert);
  else print(`Alert ${id} is ${alert.state}.\n`);
}

const missing = (id: number) =>
  new NetureonError('usage', `there is no alert ${id}`, { remedy: 'see `netureon alert list --state all`' });
