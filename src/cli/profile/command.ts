/**
 * `netureon profile`: asks the devices that are due, or those that are named, and stores what they told.
 *
 * Exit codes: 0 done · 2 a bad request · 69 database · 74 a device that was named did not answer · 75 another run is at
 * it · 130, 143 interrupted by SIGINT, SIGTERM: what was finished by then is stored.
 */
import { systemClock } from '../../lib/clock.ts';
import { EXIT_CODES, NetureonError } from '../../lib/errors.ts';
import { formatCidr, formatIpv4 } from '../../lib/ipv4.ts';
import { listInterfaces } from '../../link/interfaces.ts';
import { chooseTargets } from '../../scan/targets.ts';
import { applyIdentityRules } from '../../store/device-merge.ts';
import { recordProfile, releaseProfile } from '../../store/profile.ts';
import { openPool, type Pool } from '../../store/session.ts';
import { suggestMerges, suggestMergesDaily } from '../../store/suggestions.ts';
import { isColourful } from '../colours.ts';
import type { Context } from '../context.ts';
import { databaseUrl } from '../database.ts';
import { addressJobs, dueJobs, namedJobs, type Jobs } from './jobs.ts';
import { profileJson } from './json.ts';
import { flushLog } from '../log-keeper.ts';
import { createCounter } from './progress.ts';
import { reachOf, type Reach } from './reach.ts';
import { runProfiles, type Outcome, type RunDeps } from './run.ts';
import { profileSettings, type ProfileSettings } from './settings.ts';
import { holderOf, systemAsk, systemIdentify } from './system.ts';
import { formatProfiles, summarise } from './table.ts';

export interface ProfileOptions {
  /** Names, MACs, addresses or numbers; empty: those that are due. */
  readonly devices: readonly string[];
  readonly json: boolean;
  readonly verbose: boolean;
  /** One line instead of the table, and none when nothing was due. */
  readonly quiet: boolean;
  readonly store: boolean;
}

/** No statement takes this long; a connection that does not answer is half-open. */
const QUERY_TIMEOUT_MS = 20_000;

export async function profileCommand(context: Context, options: ProfileOptions): Promise<number> {
  const { config, log, signal } = context;
  if (!options.store && options.devices.length === 0)
    throw new NetureonError('usage', 'without a database nobody knows who is due', {
      remedy: 'name whom to ask: --no-store --device 192.168.1.7',
    });
  if (options.devices.length === 0 && !config.profileEnabled) {
    if (!options.quiet) log.info('profiling is switched off ([profile] enabled)');
    return 0;
  }
  const settings = profileSettings(config);
  const { reach, networks } = await reachFromHere(context);
  const pool = options.store ? openProfilePool(context) : null;
  try {
    // Also when nobody is due: a device that comes home finds out who took its name meanwhile.
    if (pool !== null) await applyIdentityRules(pool, config.siteName);
    const jobs = await jobsFor(context, options, settings, networks, pool);
    const startedAt = systemClock.now();
    const start = systemClock.monotonic();
    const outcomes = await ask(jobs, settings, { context, pool, reach });
    if (!signal.aborted || outcomes.length > 0)
      print(outcomes, startedAt, systemClock.monotonic() - start, options);
    if (signal.aborted) return signal.reason === 'SIGINT' ? 130 : 143;
    return options.devices.length > 0 && outcomes.some(({ profile }) => profile === null) ? EXIT_CODES.io : 0;
  } finally {
    if (pool !== null)
      await flushLog(context, databaseUrl(config, 'netureon_profile'), config.siteName, 'profile');
    await pool?.close();
  }
}

/**
 * By the rules of a scan: what it would not look at is not asked either. Networks behind a VLAN tag are left out: the
 * system's own sockets do not reach them.
 * @throws NetureonError usage when nothing can be reached
 */
async function reachFromHere({ config }: Context): Promise<{ reach: Reach; networks: readonly string[] }> {
  const interfaces = await listInterfaces();
  const { targets, absent, problems } = chooseTargets(
    {
      interfaces: config.scanInterfaces,
      networks: config.scanNetworks,
      vlans: [],
      onlyVlans: false,
      allowPublic: config.scanAllowPublic,
      strict: false,
    },
    interfaces,
  );
  const [reason] = [...problems, ...(targets.length === 0 ? absent : [])];
  if (reason !== undefined) throw new NetureonError('usage', reason.problem, { remedy: reason.remedy });
  return {
    reach: reachOf(targets, interfaces),
    networks: targets.map(({ network }) => formatCidr(network)),
  };
}

/** Claims and records of several devices at once; a connection that is lost between two of them is opened anew. */
function openProfilePool({ config }: Context): Pool {
  return openPool(databaseUrl(config, 'netureon_profile'), {
    application: 'netureon profile',
    queryTimeoutMs: QUERY_TIMEOUT_MS,
    max: 2,
  });
}

/** A run that died is forgotten this long after the limits of a device and of the one it waited for. */
const LEASE_MARGIN_MS = 30_000;

function jobsFor(
  { config }: Context,
  { devices }: ProfileOptions,
  { concurrency, deviceLimitMs, everyDays }: ProfileSettings,
  networks: readonly string[],
  pool: Pool | null,
): Jobs | Promise<Jobs> {
  if (pool === null) return addressJobs(devices);
  const claim = { limit: concurrency, leaseMs: 2 * deviceLimitMs + LEASE_MARGIN_MS, everyDays, networks };
  return devices.length > 0
    ? namedJobs(pool, config.siteName, devices, claim)
    : dueJobs(pool, config.siteName, claim);
}

async function ask(
  jobs: Jobs,
  settings: ProfileSettings,
  { context, pool, reach }: { context: Context; pool: Pool | null; reach: Reach },
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const counter = createCounter(process.stderr);
  const store: RunDeps['store'] =
    pool === null
      ? null
      : async ({ deviceId, ip }, profile) => {
          if (deviceId === null)
            throw new NetureonError('internal', 'a device of no database cannot be stored');
          await recordProfile(pool, context.config.siteName, { deviceId, ip: formatIpv4(ip) }, profile);
          // At once, not after the run: messages about it wait no longer than minutes for its name.
          await applyIdentityRules(pool, context.config.siteName);
        };
  try {
    await runProfiles(jobs, settings, {
      clock: systemClock,
      signal: context.signal,
      reach,
      ask: systemAsk(settings),
      holderOf,
      identify: systemIdentify(context.log),
      store,
      release: async ({ deviceId }) => {
        if (pool !== null && deviceId !== null) await releaseProfile(pool, context.config.siteName, deviceId);
      },
      onOutcome: outcome => {
        outcomes.push(outcome);
        counter.show(outcomes.length);
      },
    });
    if (pool !== null) {
      const suggest = outcomes.some(({ stored }) => stored) ? suggestMerges : suggestMergesDaily;
      await suggest(pool, context.config.siteName);
    }
  } finally {
    counter.clear();
  }
  return outcomes;
}

function print(
  outcomes: readonly Outcome[],
  startedAt: Date,
  durationMs: number,
  { json, quiet, verbose }: ProfileOptions,
): void {
  if (json) {
    process.stdout.write(`${JSON.stringify(profileJson(startedAt, durationMs, outcomes))}\n`);
    return;
  }
  const summary = summarise(outcomes, durationMs);
  if (quiet) {
    if (summary !== null) process.stdout.write(`${summary}\n`);
    return;
  }
  process.stdout.write(formatProfiles(outcomes, { verbose, colour: isColourful(process.stdout) }));
  if (summary !== null) process.stdout.write(`\n${summary}\n`);
}
