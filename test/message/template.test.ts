// Templates that people write: what they may do, what is refused before it is saved, and that nothing gets out of them.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { templateFor } from '../../src/message/compose.ts';
import { composeDigest } from '../../src/message/digest.ts';
import { mailHtml } from '../../src/message/mail-html.ts';
import { previewOf } from '../../src/message/preview.ts';
import { SAMPLE_CONTEXT, sampleAlert } from '../../src/message/samples.ts';
import { checkTemplate, problemText, renderTemplate } from '../../src/message/template.ts';
import { TEMPLATE_VARIABLES } from '../../src/message/template-values.ts';
import { ALERT_KINDS } from '../../src/store/alert-kinds.ts';
import { CHANNEL_KINDS } from '../../src/store/channel-kinds.ts';
import type { OutboxAlert } from '../../src/store/outbox.ts';
import type { Template } from '../../src/store/templates.ts';

function render(body: string, alerts: readonly OutboxAlert[] = [sampleAlert('device_down')], subject = '') {
  return renderTemplate({ subject, body }, alerts, composeDigest(alerts, SAMPLE_CONTEXT), SAMPLE_CONTEXT);
}

it('is bounded when a message is sent, too, and the default text goes instead', () => {
  const dodging =
    '{% assign f = "%a" %}{% if device.name == "boom" %}{% for i in (1..15) %}{% assign f = f | append: f %}{% endfor %}{% endif %}{{ alert.opened_at | date: f }}';
  expect(checkTemplate('', dodging)).toEqual([]);
  expect(render(dodging, [sampleAlert('device_down', { deviceName: 'boom' })])).toMatchObject({
    kind: 'failed',
    problem: { problem: expect.stringMatching(/a format of date has at most 100 characters/) as unknown },
  });
});

describe('what a template can say', () => {
  it('is all that is documented', () => {
    const all = TEMPLATE_VARIABLES.map(({ name }) => `${name}: {{ ${name} }}`).join('\n');
    expect(checkTemplate('{{ alert.title }}', all)).toEqual([]);
    const made = render(all);
    expect(made.kind).toBe('text');
    if (made.kind !== 'text') return;
    for (const said of [
      'device.name: Printer',
      'device.mac: 3c:71:bf:00:00:4d',
      'alert.kind: device_down',
      'alert.over: false',
      'network: 192.168.1.0/24',
      'site: home',
      'count: 1',
      'link: https://netureon.example.org/devices/12',
      'default_subject: netureon home: Printer is gone',
    ])
      expect(made.text).toContain(said);
  });

  it('is one line of subject, or the default one', () => {
    expect(render('x', undefined, 'a\n  {{ device.name }}\r\nBcc: b')).toMatchObject({
      subject: 'a Printer Bcc: b',
    });
    expect(render('x', undefined, '  ')).toMatchObject({ subject: 'netureon home: Printer is gone' });
  });

  it('goes through all alerts, conditions and filters', () => {
    const alerts = [
      sampleAlert('device_down', { resolvedAt: new Date('2026-11-20T03:00:00Z') }),
      sampleAlert('new_device'),
    ];
    const body = `{% for a in alerts %}{{ forloop.index }} {{ a.device.ip | upcase }}{% if a.over %} over {{ a.over_at | date: "%H:%M" }}{% endif %}
{% endfor %}{{ count | plus: 1 }} {{ device.owner | default: "nobody" }}`;
    expect(checkTemplate('', body)).toEqual([]);
    expect(render(body, alerts)).toMatchObject({ text: '1 192.168.1.77 over 03:00\n2 192.168.1.77\n3 Anna' });
  });
});

describe('refused before it is saved', () => {
  it.each([
    ['{{ alert.titel }}', 'line 1, column 4 of the text: there is no alert.titel; did you mean alert.title?'],
    ['a\n\n  {{ devise.ip }}', 'line 3, column 6 of the text: there is no devise; did you mean device?'],
    ['{{ vendor }}', 'line 1, column 4 of the text: there is no vendor; did you mean device.vendor?'],
    ['{{ constructor }}', 'line 1, column 4 of the text: there is no constructor'],
    ['{{ alert.constructor }}', 'line 1, column 4 of the text: there is no alert.constructor'],
    ['{{ alert.title', 'line 1, column 1 of the text: output "{{ alert.title" not closed'],
    ['x\n{% if alert %}', 'line 2, column 1 of the text: tag {% if alert %} not closed'],
    ['{% include "/etc/passwd" %}', 'line 1, column 1 of the text: there is no tag include here'],
    ['{% render "x" %}', 'line 1, column 1 of the text: there is no tag render here'],
    ['{% layout "x" %}', 'line 1, column 1 of the text: there is no tag layout here'],
    ['{{ alert.title | shout }}', 'line 1, column 1 of the text: there is no filter shout here'],
    [' \n ', 'the text says nothing'],
    ['x'.repeat(20_001), 'the text is longer than 20,000 characters'],
  ])('%j', (body, problem) => {
    expect(checkTemplate('', body).map(problemText)).toEqual([problem]);
  });

  it.each([
    ['{% for a in alerts %}{{ a.titel }}{% endfor %}', /there is no a\.titel; did you mean a\.title\?/],
    ['x {{ device.name.first_name }}', /there is no device\.name\.first_name/],
    ['{% if alert.kind == "new_device" %}x{% endif %}', /says nothing \(tried with an alert of kind/],
    ['{% for i in (1..100000000) %}x{% endfor %}', /it makes too much/],
    [
      '{% assign f = "%a" %}{% for i in (1..14) %}{% assign f = f | append: f %}{% endfor %}{{ alert.opened_at | date: f }}',
      /a format of date has at most 100 characters/,
    ],
    // Each kind of alert alone would take no longer than it may.
    [
      `{% for i in (1..300) %}{{ alert.opened_at | date: '${'%a'.repeat(50)}' }}{% endfor %}`,
      /it takes too long/,
    ],
    [
      '{% assign x = "aaaaaaaaaa" %}{% for i in (1..60) %}{% assign x = x | append: x %}{% endfor %}{{ x }}',
      /too much/,
    ],
    [
      '{% for i in (1..900) %}{% for j in (1..900) %}{% for k in (1..900) %}{% endfor %}{% endfor %}{% endfor %}',
      /too (?:long|much)/,
    ],
  ])('when it is tried: %j', (body, problem) => {
    expect(checkTemplate('', body).map(problemText).join()).toMatch(problem);
  });

  it('in its subject as well', () => {
    expect(checkTemplate('{{ devic.ip }}', 'x').map(problemText)).toEqual([
      'line 1, column 4 of the subject: there is no devic; did you mean device?',
    ]);
  });
});

describe('nothing gets out of it', () => {
  it('dates have no width', () => {
    expect(render('{{ alert.opened_at | date: "%9999999Y" }}')).toMatchObject({ text: '2026' });
  });

  it('is as long as a message may be', () => {
    const made = render('{{ default_text }}'.repeat(900));
    expect(made.kind === 'text' && made.text.length).toBe(16_000);
  });

  it('values are inert text, in every channel', () => {
    const hostile = [
      sampleAlert('new_device', {
        deviceName: '{{ 7 | times: 6 }}<img src=x onerror=alert(1)>\r\nBcc: a@b\u202e{% raw %}',
        vendor: 'https://evil.example.test/">click',
      }),
    ];
    const made = render('{{ device.name }} {{ device.vendor }} {{ link }}', hostile);
    if (made.kind !== 'text') throw new Error(made.problem.problem);
    expect(made.text).toContain('{{ 7 | times: 6 }}<img');
    expect(made.text).not.toMatch(/[\r\n\u202e]/);
    const html = mailHtml(composeDigest(hostile, SAMPLE_CONTEXT), made);
    expect(html).not.toContain('<img');
    expect(html.match(/<a /g)).toHaveLength(1);
    expect(html).toContain('<a href="https://netureon.example.org/devices/12"');
  });

  it('whatever is written, it is text or a problem, never an exception', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        '{{',
        '}}',
        '{%',
        '%}',
        'for a in alerts',
        'if',
        'endfor',
        'alert.title',
        '| date:',
        '(1..9)',
        '"',
      ),
      fc.string({ maxLength: 8 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), pieces => {
        const body = pieces.join(' ');
        const made = render(body);
        if (made.kind === 'failed') expect(problemText(made.problem)).not.toBe('');
        if (checkTemplate('', body).length === 0) expect(made.kind).toBe('text');
      }),
      { numRuns: 150 },
    );
  });
});

describe('previews', () => {
  it.each(CHANNEL_KINDS)('show what %s is sent, of every kind', channelKind => {
    for (const kind of ALERT_KINDS) {
      const plain = previewOf({ channelKind, kind, template: null }, SAMPLE_CONTEXT);
      expect(plain.problems).toEqual([]);
      expect(plain.text).not.toBe('');
      expect(plain.html === null).toBe(channelKind === 'webhook' || channelKind === 'ntfy');
      const own = previewOf(
        { channelKind, kind, template: { subject: 'S', body: 'Mine <{{ alert.kind }}>' } },
        SAMPLE_CONTEXT,
      );
      expect(own.subject).toBe('S');
      expect(own.text).toContain(`Mine <${kind}>`);
      if (own.html !== null) expect(own.html).toContain(`Mine &lt;${kind}&gt;`);
    }
  });

  it('show the default text where the template would not work, and why', () => {
    const template = { subject: '', body: '{{ nothing }}' };
    const { problems, text } = previewOf({ channelKind: 'email', kind: 'test', template }, SAMPLE_CONTEXT);
    expect(problems).toHaveLength(1);
    expect(text).toContain('This is a test');
  });
});

it('the most particular template counts', () => {
  const make = (id: number, channel: string | null, kind: Template['kind']): Template => ({
    id,
    channelId: channel === null ? null : 1,
    channel,
    kind,
    subject: '',
    body: String(id),
    revision: 0,
    madeBy: 'Anna',
    updatedAt: new Date(0),
  });
  const all = [
    make(1, null, null),
    make(2, null, 'new_device'),
    make(3, 'email', null),
    make(4, 'email', 'new_device'),
  ];
  const of = (templates: readonly Template[], kinds: readonly Template['kind'][], channel = 'email') =>
    templateFor(
      templates,
      kinds.flatMap(kind => (kind === null ? [] : [sampleAlert(kind)])),
      channel,
    )?.id;
  expect(of(all, ['new_device'])).toBe(4);
  expect(of(all, ['new_device', 'new_device'])).toBe(4);
  expect(of(all, ['new_device', 'device_down'])).toBe(3);
  expect(of(all, ['device_down'])).toBe(3);
  expect(of(all, ['new_device'], 'telegram:1')).toBe(2);
  expect(of(all, ['device_down'], 'telegram:1')).toBe(1);
  expect(of([make(4, 'email', 'new_device')], ['device_down'])).toBeUndefined();
});
