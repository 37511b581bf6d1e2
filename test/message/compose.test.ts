// One message for several alerts: whatever a template says of one, none of the others is kept back.
import { describe, expect, it } from 'vitest';
import { composeWith } from '../../src/message/compose.ts';
import { mailHtml } from '../../src/message/mail-html.ts';
import { mailText } from '../../src/message/mail-text.ts';
import { sampleAlert } from '../../src/message/samples.ts';
import { whenFormat } from '../../src/message/when.ts';

const context = { site: 'default', publicUrl: 'https://netureon.example.test', when: whenFormat('UTC') };
const template = {
  id: 1,
  channelId: null,
  channel: null,
  kind: null,
  subject: '',
  body: 'Hi {{ device.name }}',
  revision: 0,
  madeBy: 'Anna',
  updatedAt: new Date('2026-11-20T09:00:00Z'),
};
const compose = composeWith(context, async () => ({
  templates: [template],
  signer: { urlOf: ({ id }) => `https://netureon.example.test/l/${id}` },
}));
const email = { name: 'email', kind: 'email' } as const;
const newcomer = sampleAlert('new_device', {
  id: 1,
  deviceId: 13,
  deviceName: 'Kettle',
  ip: '192.168.1.13',
  mac: '3c:71:bf:00:00:0d',
  network: '192.168.1.0/24',
});
const silent = sampleAlert('service_silent', {
  id: 2,
  severity: 'critical',
  summary: 'The alert daemon has fallen silent',
});

describe('a template written with one alert in mind', () => {
  it('names what else is in the message, and whose links are whose', async () => {
    const { digest, custom } = await compose([newcomer, silent], email);
    expect(custom?.text).toContain(
      'In this message:\n- The alert daemon has fallen silent\n- New device Kettle',
    );
    const text = mailText(digest, custom);
    expect(text).toMatch(/The alert daemon has fallen silent:\n {2}Mute 1 h: +\S+\/l\/2\b/);
    expect(text).toMatch(/New device Kettle.*:\n {2}Known: +\S+\/l\/1\b/);
    expect(mailHtml(digest, custom)).toContain('The alert daemon has fallen silent: <a href=');
  });

  it('stands alone where it is alone', async () => {
    expect((await compose([newcomer], email)).custom?.text).toBe('Hi Kettle');
  });
});

describe('a subject', () => {
  it('says “not acknowledged” of what it names only', async () => {
    const escalated = { ...newcomer, escalation: true };
    const { digest } = await compose([escalated, silent], email);
    expect(digest.subject).toBe('netureon: the alert daemon has fallen silent, and 1 more alert');
    expect(digest.intro).toMatch(/^Not acknowledged since .* \(1 alert of these\)\.$/);
    expect((await compose([escalated], email)).digest.subject).toMatch(
      /^netureon: not acknowledged: new device/,
    );
  });
});
