/** A test site behind a real server, with a real listener that feeds its open pages. */
import { systemClock } from '../../src/lib/clock.ts';
import { createLog } from '../../src/lib/log.ts';
import { listen } from '../../src/store/listen.ts';
import { siteId, siteVersion } from '../../src/store/site-version.ts';
import { createApp } from '../../src/web/app.tsx';
import { allowedHosts } from '../../src/web/hosts.ts';
import { createLive } from '../../src/web/live.ts';
import { startServer } from '../../src/web/server.ts';
import type { TestSite } from './support.ts';

/** The caller closes both: first `live`, so that the streams end, then `server`. */
export async function goLive(site: TestSite) {
  const log = createLog(() => undefined);
  const live = createLive({
    changes: handlers =>
      listen(site.database.urlAs('netureon_web'), {
        channels: ['netureon_changes'],
        application: 'test listen',
        onNotify: (_channel, payload) => handlers.onNotify(payload),
        onConnected: handlers.onConnected,
        log,
        clock: systemClock,
        random: () => 0.5,
      }),
    readVersion: () => siteVersion(site.db, 'default'),
    readSiteId: () => siteId(site.db, 'default'),
    clock: systemClock,
    log,
  });
  const server = await startServer(
    port => createApp({ ...site.options, live, hosts: allowedHosts({ host: '127.0.0.1', port }) }),
    { host: '127.0.0.1', port: 0 },
  );
  return { live, server };
}
