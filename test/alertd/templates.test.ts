// What people wrote themselves, and links that act, in mails that alertd really sends.
import { describe, expect, it } from 'vitest';
import { readLink } from '../../src/message/links.ts';
import { checkTemplate } from '../../src/message/template.ts';
import { linkKey, useLink } from '../../src/store/links.ts';
import { saveTemplate } from '../../src/store/templates.ts';
import { devices, recordScan } from '../store/outbox-fixtures.ts';
import { around, deliveryStates, eventually, startAlertd, type Around } from './fixture.ts';

const settled = ({ database, changed }: Around) =>
  eventually(
    changed,
    () => deliveryStates(database.pool),
    rows => rows.length > 0 && rows.every(({ state }) => state !== 'queued'),
  );

describe('a template', () => {
  const input = { channelId: null, kind: null, subject: '', revision: null, actor: 'Anna' };

  it('takes effect without a restart, is inert, and keeps what can be done', async () => {
    const all = await around();
    await startAlertd(all.settings);
    await recordScan(all.database.pool, devices(1));
    expect((await all.mail.nextMessage()).subject).toContain('new device');
    await saveTemplate(
      all.database.pool,
      'default',
      {
        ...input,
        subject: 'Look: {{ device.ip }}',
        body: '<b>{{ device.vendor }}</b> came.\nSee {{ link }}',
      },
      checkTemplate,
    );
    // Read anew within a second; what comes before that may still be as it was.
    const mails = [];
    for (let host = 30; mails.at(-1)?.subject !== `Look: 192.168.1.${host - 1}`; host++) {
      await recordScan(all.database.pool, devices(1, host));
      mails.push(await all.mail.nextMessage());
      await all.telegram.nextMessage();
    }
    const mail = mails.at(-1);
    expect(mail?.html).toContain('&lt;b&gt;Espressif Inc.&lt;/b&gt; came.<br>');
    expect(mail?.html).toMatch(/<a href="https:\/\/netureon\.example\.test\/devices\/\d+"/);
    expect(mail?.text).toContain('<b>Espressif Inc.</b> came.');
    expect(mail?.text).toMatch(/Block: +https:\/\/netureon\.example\.test\/l\/[\w-]+\?do=block/);
    expect(all.telegram.messages.at(-1)?.text).toContain('<b>Espressif Inc.</b> came.');
  });

  it('that fails when it is used loses no alert, and the receipt says so', async () => {
    const all = await around();
    // Not through saveTemplate, which would refuse it: as one that an older version let through.
    await all.database.pool.query(
      `select save_template('default', null, null, '', '{{ alert.gone_since_then }}', null, 'Anna')`,
    );
    const alertd = await startAlertd(all.settings);
    await recordScan(all.database.pool, devices(1));
    expect((await all.mail.nextMessage()).subject).toBe(
      'netureon: new device Espressif Inc. at 192.168.1.10',
    );
    await settled(all);
    const receipts = await all.database.pool.query<{ receipt: string }>(
      `select receipt from deliveries where state = 'delivered'`,
    );
    expect(receipts).toHaveLength(2);
    for (const { receipt } of receipts)
      expect(receipt).toMatch(
        /; sent with the default text: the template could not be used: line 1, column 4 of the text: there is no alert\.gone_since_then/,
      );
    await alertd.stop();
  });
});

describe('links', () => {
  it('in a mail act: the device is known, and nobody else’s signature would do', async () => {
    const all = await around();
    await startAlertd(all.settings);
    await recordScan(all.database.pool, devices(1));
    const mail = await all.mail.nextMessage();
    const token = /\/l\/([\w-]+)\?do=accept/.exec(mail.text ?? '')?.[1] ?? '';
    const key = await linkKey(all.database.pool, 'default');
    const read = readLink(key, token, new Date());
    expect(read).toMatchObject({ kind: 'link', link: { channel: 'email' } });
    if (read.kind !== 'link') return;
    expect(await useLink(all.database.pool, 'default', read.link, 'accept', 'Anna')).toMatchObject({
      kind: 'done',
    });
    expect(await all.database.pool.query('select state from devices')).toEqual([{ state: 'known' }]);
    expect(all.telegram.messages[0]?.text).not.toContain('/l/');
  });

  it('are the same in every try of a message, for twelve devices at most', async () => {
    const all = await around();
    await startAlertd(all.settings);
    all.mail.faults.next({ kind: 'cut-after-keeping' });
    await recordScan(all.database.pool, devices(30));
    const [first, second] = [await all.mail.nextMessage(), await all.mail.nextMessage()];
    const links = (html = '') => html.match(/https:[^"]+\/l\/[^"]+/g) ?? [];
    expect(links(first.html)).toHaveLength(12 * 5);
    expect(links(second.html)).toEqual(links(first.html));
    expect(first.raw.length).toBeLessThan(102 * 1024);
  });

  it('are not made where nobody said how the site is reached', async () => {
    const all = await around();
    const { publicUrl: _, ...settings } = all.settings;
    await startAlertd(settings);
    await recordScan(all.database.pool, devices(1));
    const mail = await all.mail.nextMessage();
    expect(mail.html).not.toContain('href=');
    expect(mail.text).toContain('Set public_url in its [web] section');
  });
});

it('mails about one device stay together, each as itself', async () => {
  const all = await around();
  await startAlertd(all.settings);
  await recordScan(all.database.pool, devices(1));
  const first = await all.mail.nextMessage();
  await all.database.pool.query(`select decide_device('default', id, 'block', 'Anna') from devices`);
  await all.database.pool.query(
    `insert into alerts (site_id, kind, severity, device_id, mac, summary, dedup_key)
     select a.site_id, 'port_opened', 'high', a.device_id, a.mac, 'Port 23', 'port_opened:1:23' from alerts as a where kind = 'new_device'`,
  );
  const second = await all.mail.nextMessage(({ text }) => text?.includes('Port 23') === true);
  const root = first.headers.get('in-reply-to');
  expect(root).toMatch(/^<netureon\.device\.\d+\.default@netureon\.test>$/);
  expect(first.headers.get('references')).toBe(root);
  expect(second.headers.get('in-reply-to')).toBe(root);
  expect(second.messageId).not.toBe(first.messageId);
  // About two: no one's thread.
  await recordScan(all.database.pool, devices(2, 50));
  const third = await all.mail.nextMessage(({ subject }) => subject.includes('2 new devices'));
  expect(third.headers.has('in-reply-to')).toBe(false);
});
