import { once } from 'node:events';
import { createServer } from 'node:net';
import { Api } from 'grammy';
import { createTransport } from 'nodemailer';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../../src/lib/clock.ts';
import { DEMO_CHAT_ID, setStage, telegramToken } from '../../../src/cli/demo/stage.ts';
import { DEMO_HOSTS } from '../../../src/lab/population.ts';
import { askKernel } from '../../support/lan.ts';

const secret = 'A'.repeat(35);
const siteUrl = 'http://127.0.0.1:8080/';

describe("the demo's stage", () => {
  it('has the LAN, takes both kinds of message and shows them', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    onTestFinished(() => void taken.close());
    const address = taken.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;

    const stage = await setStage({ clock: systemClock, siteUrl, inboxPort: port, telegramSecret: secret });
    onTestFinished(() => stage.close());
    const answers = await askKernel(
      stage.lan,
      DEMO_HOSTS.map(host => host.ip),
    );
    expect(answers.size).toBe(24);

    const transport = createTransport(stage.mail.url);
    await transport.sendMail({ from: 'a@example.org', to: 'b@example.org', subject: 'By mail', text: 'x' });
    transport.close();
    await new Api(telegramToken(secret), { apiRoot: stage.telegram.apiRoot }).sendMessage(
      DEMO_CHAT_ID,
      'By Telegram',
    );
    expect(new URL(stage.inboxUrl).port).not.toBe(String(port));
    const page = await (await fetch(stage.inboxUrl)).text();
    expect(page).toContain('By mail');
    expect(page).toContain('By Telegram');
  });

  it('leaves nothing open', async () => {
    const stage = await setStage({ clock: systemClock, siteUrl, inboxPort: 0, telegramSecret: secret });
    await stage.close();
    await expect(fetch(stage.inboxUrl)).rejects.toThrow();
    await expect(fetch(stage.telegram.apiRoot)).rejects.toThrow();
  });
});
