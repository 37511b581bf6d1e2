// What is one person's is read and changed by nobody else's role, whatever it asks the database.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addChannel, listChannels, listOpenChannels } from '../../src/store/channels.ts';
import { listViews, removeView, saveView } from '../../src/store/saved-views.ts';
import { openDbs, type SiteDbs } from '../../src/web/dbs.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';

const SITE = 'default';
const REFUSED = { code: '42501' };
let database: TestDatabase;
let dbs: SiteDbs;
let ada = 0;

beforeAll(async () => {
  database = await freshDatabase();
  dbs = openDbs(database.urlAs('netureon_web'), { application: 'netureon web' });
  const [row] = await database.pool.query<{ id: number }>(
    `insert into users (site_id, name, key, role, created_by)
     select id, 'Ada', 'ada', 'viewer', 'test' from sites where name = $1 returning id`,
    [SITE],
  );
  ada = row?.id ?? 0;
});
afterAll(async () => {
  await dbs.close();
  await database.drop();
});

test('saved lists: the site keeps them, the roles of visitors neither read nor change them', async () => {
  const outcome = await saveView(dbs.own, SITE, ada, { name: 'mine', query: 'q=secret' }, 'Ada');
  if (outcome.kind !== 'changed') throw new Error(JSON.stringify(outcome));
  expect(await listViews(dbs.own, SITE, ada)).toHaveLength(1);
  for (const role of ['viewer', 'operator', 'admin'] as const) {
    const db = dbs.as[role];
    await expect(listViews(db, SITE, ada)).rejects.toMatchObject(REFUSED);
    await expect(saveView(db, SITE, ada, { name: 'x', query: '' }, role)).rejects.toMatchObject(REFUSED);
    await expect(removeView(db, SITE, ada, outcome.change)).rejects.toMatchObject(REFUSED);
  }
  expect(await listViews(dbs.own, SITE, ada)).toHaveLength(1);
});

test('channels: a viewer sees that there is one, and not the URL that opens it', async () => {
  const url = 'https://hooks.example.test/services/s3cr3t';
  await addChannel(dbs.as.admin, SITE, { name: 'hook', kind: 'webhook', settings: { url } }, 'Ada');
  for (const role of ['viewer', 'operator'] as const) {
    const seen = await listChannels(dbs.as[role], SITE);
    expect(seen.map(({ name }) => name)).toEqual(['hook']);
    expect(JSON.stringify(seen)).not.toContain('s3cr3t');
    await expect(dbs.as[role].query('select settings from channels')).rejects.toMatchObject(REFUSED);
    await expect(dbs.as[role].query('select to_jsonb(c) from channels as c')).rejects.toMatchObject(REFUSED);
  }
  expect(await listOpenChannels(dbs.as.admin, SITE)).toMatchObject([{ settings: { url } }]);
});
