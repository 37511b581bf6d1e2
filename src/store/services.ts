/** Who watches netureon: the services that report, and the alert that one of them does not (service_silent). */
import type { Db } from './session.ts';

export type ServiceName = 'alertd' | 'web' | 'monitor';

export interface Service {
  /** scan: this site's own scanner, which reports by its scans. */
  readonly name: ServiceName | 'scan';
  /** running: it reported lately. silent: it should have, and an alert says so or is about to. stopped: somebody ended it
   * properly. never: it has not run yet. */
  readonly state: 'running' | 'silent' | 'stopped' | 'never';
  readonly seenAt: Date | null;
  readonly startedAt: Date | null;
  readonly version: string | null;
}

/** Every service of the site, in the order a person asks for them: scan, alertd, web, monitor. */
export function servicesOf(db: Db, site: string): Promise<Service[]> {
  return db.query<Service>(
    `select name, state, seen_at as "seenAt", started_at as "startedAt", version from services_of($1)`,
    [site],
  );
}

/** A clean stop: nobody is told that the service is silent until it has run again. */
export async function serviceStopped(db: Db, site: string, service: ServiceName): Promise<void> {
  await db.query('select service_stopped($1, $2)', [site, service]);
}

export interface FailingChannel {
  readonly name: string;
  readonly since: Date;
  /** What was answered last; may hold what a server said: make it inert. */
  readonly error: string | null;
}

/** What one look of `netureon monitor` finds. */
export interface Look {
  /** How many alerts it raised. */
  readonly raised: number;
  readonly services: readonly Service[];
  /** Channels through which nothing has got for ten minutes. */
  readonly failing: readonly FailingChannel[];
  /** An alert is open that says that alertd is silent: somebody else has to send what waits. */
  readonly alertdMissed: boolean;
}

/**
 * One look by a watcher that is started anew for each. A silence counts only as long as this machine has certainly been
 * awake: by earlier looks and by the scans.
 */
export async function monitorLook(db: Db, site: string, version: string): Promise<Look> {
  const [row] = await db.query<{ raised: number }>(
    'select watch_over(w.watched) as raised from monitor_look($1, $2) as w (watched)',
    [site, version],
  );
  const services = await servicesOf(db, site);
  const failing = await db.query<FailingChannel>('select name, since, error from failing_channels($1)', [
    site,
  ]);
  const [missed] = await db.query<{ missed: boolean }>('select service_missed($1, $2) as missed', [
    site,
    'alertd',
  ]);
  return { raised: row?.raised ?? 0, services, failing, alertdMissed: missed?.missed ?? false };
}
