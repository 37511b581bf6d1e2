// What people read. The files in golden/ are the proof; `npx vitest run test/message -u` writes them anew.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { composeDigest, type RenderContext } from '../../src/message/digest.ts';
import { mailHtml } from '../../src/message/mail-html.ts';
import { mailText } from '../../src/message/mail-text.ts';
import { matrixContent } from '../../src/message/matrix-content.ts';
import { valuesOf } from '../../src/message/template-values.ts';
import { telegramHtml, telegramText } from '../../src/message/telegram-html.ts';
import { whenFormat } from '../../src/message/when.ts';
import { parseTelegramHtml } from '../../src/lab/telegram-html.ts';
import { alertOf as alert } from '../alertd/channels/messages.ts';

const context: RenderContext = {
  site: 'default',
  publicUrl: 'https://netureon.example.test',
  when: whenFormat('UTC'),
};

const home = 'https://netureon.example.test';
/** As a mail has it: with links that act. */
const linked: RenderContext = { ...context };

const numbered = (n: number) =>
  Array.from({ length: n }, (_, i) =>
    alert({
      id: i + 1,
      deviceId: i + 1,
      ip: `10.0.${i >> 8}.${i & 255}`,
      network: '10.0.0.0/16',
      mac: `3c:71:bf:00:${(i >> 8).toString(16).padStart(2, '0')}:${(i & 255).toString(16).padStart(2, '0')}`,
    }),
  );

const blocked = alert({
  kind: 'blocked_device_seen',
  severity: 'critical',
  deviceName: "Anna's phone",
  vendor: null,
  randomMac: true,
  mac: '3e:07:54:11:22:33',
  ip: '192.168.1.40',
});
const failing = alert({
  kind: 'scan_failing',
  severity: 'high',
  summary: 'Nobody is looking at 192.168.1.0/24: 3 scans in a row did not complete',
  detail: { problem: 'interface eth0 is down' },
  deviceId: null,
  mac: null,
  vendor: null,
  ip: null,
});
const baseline = alert({
  kind: 'baseline',
  severity: 'info',
  deviceId: null,
  mac: null,
  vendor: null,
  ip: null,
  detail: {
    total: 3,
    devices: [
      { mac: 'dc:39:6f:00:00:01', ip: '192.168.1.1', vendor: 'AVM GmbH', device_id: 1 },
      { mac: '3e:07:54:11:22:33', ip: '192.168.1.40', vendor: null, device_id: 2 },
      { mac: '00:00:5e:00:53:01', ip: '192.168.1.101', vendor: null, device_id: 3 },
    ],
  },
});

const gateway = alert({
  kind: 'gateway_changed',
  severity: 'critical',
  summary: 'The gateway 192.168.1.1 is another device: 02:13:37:00:00:01 instead of dc:39:6f:00:00:01',
  detail: { before: 'dc:39:6f:00:00:01', after: '02:13:37:00:00:01' },
  deviceName: 'fritz.box',
  mac: '02:13:37:00:00:01',
  vendor: null,
  randomMac: true,
  ip: '192.168.1.1',
});
const down = [9, 10, 11].map(host =>
  alert({
    id: host,
    kind: 'device_down',
    severity: 'high',
    summary: `Server ${host} is gone`,
    deviceName: `Server ${host}`,
    deviceId: host,
    ip: `192.168.1.${host}`,
  }),
);
const conflicts = Array.from({ length: 15 }, (_, i) =>
  alert({
    id: i,
    kind: 'ip_conflict',
    severity: 'high',
    summary: `Two devices claim 192.168.1.${i + 20}: 3c:71:bf:00:00:4d and 02:00:00:00:00:${i + 10}`,
    ip: `192.168.1.${i + 20}`,
  }),
);

describe('golden', () => {
  it.each([
    ['one', [alert()], context],
    [
      'many',
      [alert({ deviceId: 9, ip: '192.168.1.9', mac: '02:00:00:00:00:09', vendor: null }), alert()],
      context,
    ],
    ['baseline', [baseline], context],
    ['blocked', [blocked], context],
    ['scan_failing', [failing], context],
    ['gateway', [gateway], context],
    ['down', down, context],
    ['conflicts', conflicts, context],
    [
      'night',
      [
        {
          ...down[0],
          resolvedAt: new Date('2026-11-20T03:00:00Z'),
          openedAt: new Date('2026-11-20T02:00:00Z'),
        },
        { ...conflicts[0], id: 4711, reopens: 4700 },
        alert({ id: 12, quiet: true }),
      ].map(one => ({ ...alert(), ...one, quiet: true })),
      linked,
    ],
    ['escalated', [{ ...blocked, escalation: true, reopens: 3 }], linked],
    [
      'links',
      [alert({ id: 5 }), alert({ id: 6, deviceId: 9, ip: '192.168.1.9', deviceName: 'Zoë’s “laptop”' })],
      linked,
    ],
    ['mixed', [alert(), baseline, blocked, failing], { ...context, site: 'branch-7', publicUrl: undefined }],
  ] as const)('%s', async (name, alerts, where) => {
    const digest = composeDigest(
      alerts,
      where,
      where === linked ? ({ id }) => `${home}/l/token-of-${id}` : undefined,
    );
    const text = `Subject: ${digest.subject}\n\n${mailText(digest)}`;
    await expect(text).toMatchFileSnapshot(`golden/${name}.txt`);
    await expect(mailHtml(digest)).toMatchFileSnapshot(`golden/${name}.html`);
    const telegram = telegramHtml(digest);
    expect(parseTelegramHtml(telegram)).not.toHaveProperty('error');
    await expect(`${telegram}\n`).toMatchFileSnapshot(`golden/${name}.telegram.html`);
  });
});

describe('many', () => {
  const digest = composeDigest(numbered(10_000), context);

  it('lists the first 200 by address and says how many more there are', () => {
    expect(digest.subject).toBe('netureon: 10,000 new devices on 10.0.0.0/16');
    for (const mail of [mailText(digest), mailHtml(digest)]) {
      expect(mail.match(/3c:71:bf:/g)).toHaveLength(200);
      expect(mail).toContain('and 9,800 more');
      expect(mail).toContain('10.0.0.199');
      expect(mail).toContain('https://netureon.example.test/devices');
    }
    // Gmail cuts what is longer.
    expect(mailHtml(digest).length).toBeLessThan(102 * 1024);
  });

  it('fills a Telegram message with whole lines, and no more', () => {
    const parsed = parseTelegramHtml(telegramHtml(digest));
    if ('error' in parsed) throw new Error(parsed.error);
    expect(parsed.text.length).toBeLessThanOrEqual(4096);
    expect(parsed.text.length).toBeGreaterThan(3800);
    const shown = parsed.text.match(/3c:71:bf:/g)?.length ?? 0;
    expect(parsed.text).toContain(`… and ${(10_000 - shown).toLocaleString('en-US')} more`);
    expect(parsed.text).toContain('https://netureon.example.test/devices');
  });

  it('leaves sections out of Telegram rather than cutting them', () => {
    const failures = Array.from({ length: 40 }, (_, i) => ({ ...failing, network: `10.${i}.0.0/24` }));
    const parsed = parseTelegramHtml(telegramHtml(composeDigest(failures, context)));
    if ('error' in parsed) throw new Error(parsed.error);
    expect(parsed.text.length).toBeLessThanOrEqual(4096);
    expect(parsed.text).toMatch(/… and \d+ more alerts$/);
  });
});

describe('hostile text', () => {
  const names = [
    '<script>alert(1)</script>',
    '"><img src=x onerror=alert(1)>',
    'evil\u202egnp.exe',
    'two\r\nBcc: victim@example.test\r\n\r\nlines',
    '\u001b[31mred',
    '</b></code>&amp;&lt;',
    'A'.repeat(10_000),
    '\ud800',
  ];

  it.each(names)('is inert: %j', name => {
    const digest = composeDigest(
      [
        alert({ deviceName: name, vendor: name, detail: { problem: name } }),
        { ...failing, summary: name, detail: { problem: name } },
      ],
      context,
    );
    // eslint-disable-next-line no-control-regex
    const forbidden = /[\u0000-\u0009\u000b-\u001f\u007f\u202a-\u202e\u2066-\u2069]|\p{Surrogate}/u;
    const html = mailHtml(digest);
    expect(digest.subject).not.toMatch(/[\r\n]/);
    expect(digest.subject.length).toBeLessThanOrEqual(200);
    expect(html).not.toMatch(/<script|<img|onerror=alert\(1\)>/);
    expect(mailText(digest)).not.toMatch(/^Bcc:/m);
    for (const text of [digest.subject, html, mailText(digest), telegramHtml(digest)]) {
      expect(text).not.toMatch(forbidden);
      expect(text.length).toBeLessThan(20_000);
    }
    expect(parseTelegramHtml(telegramHtml(digest))).not.toHaveProperty('error');
  });

  it('never breaks Telegram’s markup or its limit, whatever it is', () => {
    const text = fc.string({ unit: 'binary', maxLength: 300 });
    fc.assert(
      fc.property(
        fc.array(fc.record({ name: text, vendor: text, problem: text }), { minLength: 1, maxLength: 60 }),
        all => {
          const alerts = all.flatMap(({ name, vendor, problem }) => [
            alert({ deviceName: name, vendor }),
            { ...failing, detail: { problem } },
          ]);
          const parsed = parseTelegramHtml(telegramHtml(composeDigest(alerts, context)));
          if ('error' in parsed) throw new Error(parsed.error);
          expect(parsed.text.length).toBeLessThanOrEqual(4096);
        },
      ),
      { numRuns: 60 },
    );
  });
});

it('times carry their zone', () => {
  const moment = new Date('2026-07-01T22:30:00Z');
  expect(whenFormat('UTC')(moment)).toBe('Wed 1 Jul 2026, 22:30 UTC');
  expect(whenFormat('Europe/Berlin')(moment)).toMatch(/^Thu 2 Jul 2026, 00:30 (?:CEST|GMT\+2)$/);
  expect(whenFormat('Asia/Kathmandu')(moment)).toMatch(/^Thu 2 Jul 2026, 04:15 GMT\+5:45$/);
});

describe('what a device calls itself', () => {
  const NAMES = ['evil.example/login', '/mute_all', '@somebody', 'pay.now', 'https://evil.example', '#tag'];

  it.each(NAMES)('is nothing to press in Telegram: %s', name => {
    const one = composeDigest([alert({ deviceName: name })], context);
    const others = [alert({ id: 2, deviceId: 2, deviceName: name }), alert({ id: 3, deviceId: 3 })];
    const summary = alert({ kind: 'name_changed', summary: `It calls itself ${name} now` });
    const values = valuesOf([alert({ deviceName: name })], one, context);
    const { name: asTold } = values['device'] as { name: string };
    const custom = { subject: `Look: ${name}`, text: `Seen:\n${asTold} at https://wiki.example.test/x` };
    const texts = [
      telegramHtml(one),
      telegramHtml(composeDigest(others, context)),
      telegramHtml(composeDigest([summary], context)),
      telegramText({ digest: one, custom }),
    ];
    for (const html of texts) {
      expect(html).toContain(name);
      expect(html.replaceAll(/<code>[^<]*<\/code>/g, '')).not.toContain(name);
      expect(parseTelegramHtml(html)).not.toHaveProperty('error');
    }
    expect(texts[3]).toContain('Seen:\n');
    expect(texts[3]).toContain(' at https://wiki.example.test/x');
  });

  it.each(NAMES)('is nothing to press in Matrix: %s', name => {
    const html = matrixContent({
      digest: composeDigest([alert({ deviceName: name })], context),
    }).formatted_body;
    expect(html).toContain(name);
    expect(html.replaceAll(/<code>[^<]*<\/code>/g, '')).not.toContain(name);
  });
});
