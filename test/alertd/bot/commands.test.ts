// What people write to the bot, and what it answers: in every spelling, bounded, and to nobody else.
import { describe, expect, it } from 'vitest';
import type { TelegramMessage } from '../../../src/lab/telegram-sink.ts';
import { devices, recordScan } from '../../store/outbox-fixtures.ts';
import { CHAT, deliveryStates, eventually } from '../fixture.ts';
import { ANNA, BEN, newDevices, withBot, type WithBot } from './fixture.ts';

/** Says it, and resolves to the answer. */
async function ask({ telegram }: WithBot, text: string, from = ANNA): Promise<TelegramMessage> {
  telegram.say(CHAT, text, from);
  return telegram.nextMessage();
}

async function named(all: WithBot, name: string): Promise<void> {
  await newDevices(all);
  await all.database.pool.query('update devices set name = $1', [name]);
}

describe('/help', () => {
  it('says what there is, and so does anything that is no command', async () => {
    const all = await withBot();
    for (const text of ['/help', '/start', '/START@Netureon_Lab_Bot', 'hello', '/dance'])
      expect((await ask(all, text)).text).toContain('/devices  Who is here');
    await all.telegram.idle();
    expect(all.telegram.commands.map(({ command }) => command)).toEqual([
      'devices',
      'who',
      'status',
      'alerts',
      'mute',
      'unmute',
      'help',
    ]);
    expect(all.telegram.calls.get('setmycommands')).toBe(1);
  });

  it('is silent in groups when others are spoken to', async () => {
    const all = await withBot();
    all.telegram.say(CHAT, '/help@another_bot');
    expect((await ask(all, '/status@netureon_lab_bot')).text).toContain('0 devices here');
    expect(all.telegram.messages).toHaveLength(1);
  });
});

describe('/devices', () => {
  it('lists who is here, with the names made inert', async () => {
    const all = await withBot();
    await named(all, 'Anna’s <b>phone</b> & \u202eco');
    const { text, source } = await ask(all, '/devices');
    expect(text).toMatch(
      /^1 device here · 0 quiet · 1 new\n192\.168\.1\.10 Anna’s <b>phone<\/b> & \ufffdco \(new\)/,
    );
    expect(source).toContain('&lt;b&gt;phone&lt;/b&gt; &amp;');
    expect((await ask(all, '/devices  PHONE ')).text).toMatch(/^1 device with PHONE\n192/);
    expect((await ask(all, "/devices x' or 1=1 --")).text).toBe("No device fits x' or 1=1 --.");
    expect((await ask(all, '/devices %_\\ \u0000')).text).toMatch(/^No device fits/);
  });

  it('keeps within one message however many there are', async () => {
    const all = await withBot();
    await recordScan(all.database.pool, devices(240));
    await all.telegram.nextMessage();
    await all.database.pool.query(`update devices set name = repeat('🦆', 60)`);
    const { text } = await ask(all, '/devices');
    expect(text.length).toBeLessThanOrEqual(4096);
    expect(text).toMatch(/^240 devices here .*\n192/);
    expect(text).toMatch(/… and \d+ more/);
  });
});

describe('/status', () => {
  it('says what the overview says', async () => {
    const all = await withBot();
    await newDevices(all, 2);
    await eventually(
      all.changed,
      () => deliveryStates(all.database.pool),
      rows => rows.length > 0 && rows.every(({ state }) => state === 'delivered'),
    );
    await all.database.pool.query(
      `update channels set failing_since = now(), last_error = 'no <route>' where name = 'email'`,
    );
    const { text } = await ask(all, '/status');
    expect(text).toMatch(/^2 devices here · 0 quiet · 0 gone · 2 new\nNo alert is open\n/);
    expect(text).toMatch(/\n192\.168\.1\.0\/24: scanned .* ago, 2 of 254 answered\n/);
    expect(text).toContain('\nalertd 0.0.0-test: runs');
    expect(text).toMatch(/⚠ channel email: failing since .*: no <route>/);
  });
});

describe('/who', () => {
  it('knows a device by its address, MAC and name', async () => {
    const all = await withBot();
    await named(all, 'printer');
    for (const words of ['192.168.1.10', '3c-71-bf-00-00-0a', '3C:71:BF:00:00:0A', 'Printer', 'prin']) {
      const { text } = await ask(all, `/who ${words}`);
      expect(text, words).toMatch(
        /^printer · here · new\n192\.168\.1\.10 3c:71:bf:00:00:0a on 192\.168\.1\.0\/24, since /,
      );
      expect(text).toContain('https://netureon.example.test/devices/');
    }
  });

  it('knows who had an address at a time', async () => {
    const all = await withBot();
    await named(all, 'printer');
    expect((await ask(all, '/who 192.168.1.10 now')).text).toMatch(/^192\.168\.1\.10 at .*\nprinter, here/);
    expect((await ask(all, '/who 192.168.1.10 -2h')).text).toMatch(/Nobody was looking/);
    expect((await ask(all, '/who 192.168.1.99')).text).toMatch(/Nobody had it/);
    expect((await ask(all, '/who 192.168.1.10 tomorrow')).text).toMatch(/no time that can be read/);
    expect((await ask(all, '/who 192.168.1.10 2099-01-01 00:00')).text).toMatch(/still to come/);
    expect((await ask(all, '/who 8.8.8.8')).text).toMatch(/no network that is looked at/);
  });

  it('asks back', async () => {
    const all = await withBot();
    await newDevices(all, 3);
    expect((await ask(all, '/who')).text).toMatch(/^Whom\?/);
    expect((await ask(all, '/who espressif')).text).toMatch(
      /^Which one\? espressif fits 3:\n192\.168\.1\.10 /,
    );
    expect((await ask(all, '/who nobody')).text).toMatch(/^No device is called nobody/);
  });
});

describe('/alerts', () => {
  it('lists the open ones', async () => {
    const all = await withBot();
    expect((await ask(all, '/alerts')).text).toBe('No alert is open.');
    await newDevices(all, 2);
    const { text } = await ask(all, '/alerts');
    expect(text).toMatch(/^Open alerts: 2\nmedium New device/);
    expect(text).toContain('https://netureon.example.test/alerts');
  });
});

describe('/mute and /unmute', () => {
  const running = ({ database }: WithBot) =>
    database.pool.query(
      `select kind, device_id is not null as device, actor, round(extract(epoch from until - from_at) / 60)::int as minutes
       from mutes where ended_at is null order by id`,
    );

  it('mute everything, a kind, or a device, for as long as is said', async () => {
    const all = await withBot();
    await named(all, 'printer');
    expect((await ask(all, '/mute 1h')).text).toMatch(
      /^Muted until .* UTC: everything but critical alerts\. \/unmute ends it\.$/,
    );
    expect((await ask(all, '/mute 1h 30m Device Down')).text).toContain('alerts of the kind device_down');
    expect((await ask(all, '/mute 2 days printer', BEN)).text).toContain('what is about printer');
    expect(await running(all)).toEqual([
      { kind: null, device: false, actor: 'Anna (Telegram)', minutes: 60 },
      { kind: 'device_down', device: false, actor: 'Anna (Telegram)', minutes: 90 },
      { kind: null, device: true, actor: 'Ben <b>Bold</b> (Telegram)', minutes: 2880 },
    ]);
    // The same once more, as after a crash, is one mute.
    await ask(all, '/mute 1h');
    expect(await running(all)).toHaveLength(3);
    expect((await ask(all, '/unmute')).text).toMatch(/^Which one\?.*\n\d+: everything, until /);
    const [first] = await all.database.pool.query<{ id: number }>('select min(id) as id from mutes');
    expect((await ask(all, `/unmute ${first?.id}`)).text).toMatch(/^No longer muted:\n\d+: everything/);
    expect((await ask(all, '/unmute ALL')).text.split('\n')).toHaveLength(3);
    expect(await running(all)).toEqual([]);
    expect((await ask(all, '/unmute')).text).toBe('Nothing is muted.');
  });

  it.each(['/mute', '/mute soon', '/mute -1h', '/mute 0m', '/mute printer'])(
    'asks back after %s',
    async text => {
      const all = await withBot();
      expect((await ask(all, text)).text).toMatch(/^For how long\?/);
      expect(await running(all)).toEqual([]);
    },
  );

  it('refuse what cannot be', async () => {
    const all = await withBot();
    expect((await ask(all, '/mute 999999d')).text).toMatch(
      /^That cannot be: a mute ends some time within a year\.$/,
    );
    expect((await ask(all, '/mute 1h nobody')).text).toMatch(/^No device is called nobody/);
    expect(await running(all)).toEqual([]);
  });

  it('are not done for who wrote while nobody listened', async () => {
    const all = await withBot();
    all.telegram.say(CHAT, '/mute 1h', ANNA, new Date(Date.now() - 3 * 3600_000));
    expect((await all.telegram.nextMessage()).text).toMatch(/^You wrote \/mute 3 h.* ago/);
    expect(await running(all)).toEqual([]);
  });
});

describe('strangers', () => {
  it('are told once that this is not for them, and nothing else', async () => {
    const all = await withBot();
    for (const text of ['/start', '/devices', '/mute 1d', 'please']) all.telegram.say(666, text, BEN);
    await all.telegram.idle();
    expect(all.telegram.messages.map(({ chatId, text }) => [chatId, text])).toEqual([
      [666, 'Sorry, this bot only answers the people it was set up for.'],
    ]);
    expect(all.alertd.lines.filter(line => line.includes('chat=666'))).toHaveLength(1);
    expect(await all.database.pool.query('select from mutes')).toEqual([]);
  });

  it('become friends when a person adds their chat', async () => {
    const all = await withBot();
    await all.database.pool.query(
      `insert into channels (site_id, name, kind, target, origin, settings)
       select id, 'ben', 'telegram', 'chat 666', 'person', '{"chatId": "666"}' from sites`,
    );
    all.telegram.say(666, '/status', BEN);
    expect((await all.telegram.nextMessage(({ chatId }) => chatId === 666)).text).toContain('0 devices here');
  });
});

it('a storm of commands is answered for a while, and then not', async () => {
  const all = await withBot();
  for (let i = 0; i < 200; i++) all.telegram.say(CHAT, '/help');
  await all.telegram.idle();
  expect(all.telegram.messages).toHaveLength(21);
  expect(all.telegram.messages.at(-1)?.text).toMatch(/a lot at once/);
});
