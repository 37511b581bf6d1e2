/**
 * The API, /api/v1: for programs that show a token. It stands in front of what the pages need (sessions, forms, CSRF):
 * cookies count nowhere in it, so that no page of another site can act through a browser that is signed in here.
 */
import { Hono } from 'hono';
import type { SiteOptions } from '../options.ts';
import { alertOperations } from './alerts.ts';
import { channelOperations } from './channels.ts';
import { deviceOperations } from './devices.ts';
import { documentOf, serverOf } from './document.ts';
import { etagOf, isSame } from './etag.ts';
import { documentEvents, eventRoutes } from './events.ts';
import { addressOf, answering, BASE, mount, notThatWay } from './mount.ts';
import type { AnyOperation } from './operation.ts';
import { answerProblem } from './problem.ts';
import { ruleOperations } from './rules.ts';
import { siteOperations } from './site.ts';
import { documentTransfer, transferRoutes } from './transfer.ts';

export function operationsOf(options: SiteOptions): AnyOperation[] {
  return [
    ...deviceOperations(options.site),
    ...alertOperations(options.site),
    ...ruleOperations(options),
    ...channelOperations(options.site),
    ...siteOperations(options),
  ];
}

export function apiRoutes(options: SiteOptions): Hono {
  const operations = operationsOf(options);
  const app = new Hono();
  const document = JSON.stringify(
    documentOf(operations, options.version, serverOf(options.publicUrl), registry => {
      documentTransfer(registry);
      documentEvents(registry);
    }),
  );
  const etag = etagOf(document, undefined);
  // Tells what could be asked, and nothing of what would be answered.
  const address = addressOf('/openapi.json');
  app.get(address, c => {
    const headers = { 'Content-Type': 'application/json', ETag: etag, 'Cache-Control': 'public, no-cache' };
    return isSame(c.req.header('if-none-match'), etag)
      ? c.body(null, 304, { ETag: etag })
      : c.body(document, 200, headers);
  });
  app.all(address, c => notThatWay(c, ['GET', 'HEAD']));
  // Before /devices/{id}, which would take their names for numbers.
  app.route('/', transferRoutes(options));
  app.route('/', eventRoutes(options));
  mount(app, operations, options);
  const nothing = '/api/*';
  app.all('/api', c => answerProblem(c, 404, `There is nothing here; the API is at ${BASE}.`));
  app.all(nothing, c =>
    answering(c, options, async () =>
      answerProblem(c, 404, `There is nothing at this address; see ${BASE}/openapi.json.`),
    ),
  );
  return app;
}
