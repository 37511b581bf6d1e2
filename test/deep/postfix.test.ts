// From a row in a real database to a mailbox, through alertd as a process of its own, Debian's postfix with STARTTLS and
// AUTH, and dovecot. Nothing leaves: every other transport of this postfix is an error.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import PostalMime from 'postal-mime';
import { describe, expect, it, onTestFinished } from 'vitest';
import { withCluster } from '../../bench/cluster.ts';
import { emailChannel } from '../../src/alertd/channels/email.ts';
import type { AlertdSettings } from '../../src/cli/alertd/settings.ts';
import { composeDigest } from '../../src/message/digest.ts';
import { SAMPLE_CONTEXT, sampleAlert } from '../../src/message/samples.ts';
import { migrate, readMigrations } from '../../src/store/migrate.ts';
import { openSession, type Session } from '../../src/store/session.ts';
import { devices, recordScan } from '../store/outbox-fixtures.ts';
import { bundle } from '../support/bundle.ts';
import { readInbox } from '../support/imap.ts';
import { startMailServer, type MailServer } from '../support/postfix.ts';

async function mailServer(): Promise<MailServer> {
  const server = await startMailServer();
  onTestFinished(() => server.stop());
  return server;
}

const urlOf = ({ smtpPort, user, password }: MailServer, host = 'localhost', secret = password) =>
  `smtp://${encodeURIComponent(user)}:${encodeURIComponent(secret)}@${host}:${smtpPort}`;

/** alertd as a process that trusts the server's authority. */
async function alertd(settings: AlertdSettings, authority: string) {
  const child = spawn(process.execPath, [await bundle('test/alertd/alertd-main.ts')], {
    env: { ...process.env, NODE_EXTRA_CA_CERTS: authority },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  child.stdin.end(JSON.stringify(settings));
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  createInterface({ input: child.stdout }).on('line', line => {
    lines.push(line);
    for (const tell of waiting) tell();
  });
  const line = (pattern: RegExp) =>
    new Promise<string>(resolve => {
      const look = () => {
        const found = lines.find(one => pattern.test(one));
        if (found === undefined) return;
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      look();
    });
  const stop = async () => {
    child.kill('SIGTERM');
    await once(child, 'exit');
  };
  return { line, lines, stop };
}

const settingsFor = (databaseUrl: string, emailUrl: string, to: string): AlertdSettings => ({
  databaseUrl,
  site: 'default',
  version: '0.0.0-test',
  timeZone: 'UTC',
  publicUrl: 'https://netureon.example.test',
  channels: [{ name: 'email', kind: 'email', target: to, settings: { to: [to] } }],
  credentials: { site: 'default', email: { url: emailUrl, from: 'netureon <alerts@netureon.test>' } },
  tuning: { retry: { baseMs: 200, capMs: 500, floorMs: 100 } },
});

async function withDatabase(work: (db: Session, url: string) => Promise<void>): Promise<void> {
  await withCluster(async cluster => {
    await cluster.ensureDatabase('mail');
    const owner = await openSession(cluster.url('mail'), { application: 'test' });
    await migrate(owner, await readMigrations('sql/migrations'));
    // The first look is no matter here, and would be told to the first channel there is.
    await recordScan(owner, []);
    await owner.query('delete from alerts');
    try {
      await work(owner, cluster.url('mail'));
    } finally {
      await owner.close();
    }
  });
}

describe('through postfix', () => {
  it('what happened in the database is in the mailbox, with its receipt', async () => {
    const server = await mailServer();
    await withDatabase(async (db, url) => {
      const daemon = await alertd(settingsFor(url, urlOf(server), 'noc@netureon.test'), server.authority);
      await daemon.line(/alertd is ready/);
      await recordScan(db, devices(1));
      await daemon.line(/message sent/);
      await db.query(`update devices set name = E'Zoë’s 🖨️\\r\\nBcc: victim@example.org'`);
      await db.query(`select decide_device('default', id, 'block', 'Anna') from devices`);
      await recordScan(db, devices(3));
      await expect.poll(() => readInbox(server.imapPort, server.user, server.password)).toHaveLength(2);

      const [first, second] = await Promise.all(
        (await readInbox(server.imapPort, server.user, server.password)).map(raw => PostalMime.parse(raw)),
      );
      const header = (name: string) => first?.headers.find(({ key }) => key === name)?.value;
      expect(first?.subject).toBe('netureon: new device of unknown make at 192.168.1.10');
      expect(first?.messageId).toMatch(/^<netureon\.[0-9a-f-]{36}@netureon\.test>$/);
      expect(header('auto-submitted')).toBe('auto-generated');
      expect(header('list-id')).toBe('<default.netureon.netureon.test>');
      expect(header('in-reply-to')).toMatch(/^<netureon\.device\.\d+\.default@netureon\.test>$/);
      expect(header('return-path')).toBe('<alerts@netureon.test>');
      expect(header('received')).toMatch(/\(using TLSv1\.3|with ESMTPSA/);
      expect(first?.text).toMatch(/Block: +https:\/\/netureon\.example\.test\/l\/[\w-]+\?do=block/);
      expect(first?.html).toContain('3c:71:bf:00:00:0a');
      expect(second?.subject).toContain('2 new devices');
      expect(second?.to).toEqual([{ address: 'noc@netureon.test', name: '' }]);

      const receipts = await db.query<{ receipt: string }>(
        `select receipt from deliveries where state = 'delivered'`,
      );
      for (const { receipt } of receipts) expect(receipt).toMatch(/^250 2\.0\.0 Ok: queued as/);
      await daemon.stop();
      expect(daemon.lines.join('\n')).not.toContain(server.password);
    });
  });

  it('who may not be told is refused, and nothing leaves', async () => {
    const server = await mailServer();
    await withDatabase(async (db, url) => {
      const daemon = await alertd(settingsFor(url, urlOf(server), 'noc@elsewhere.test'), server.authority);
      await daemon.line(/alertd is ready/);
      await recordScan(db, devices(1));
      await daemon.line(/message sent|refused for good/);
      // Accepted or not, the only way out is an error, which comes back to the sender's mailbox.
      await expect.poll(() => server.log()).toMatch(/nothing leaves this machine/);
      expect(server.log()).not.toMatch(/status=sent.*elsewhere/);
      await daemon.stop();
    });
  });

  it('a wrong password and a wrong name are for the operator to mend; then what waited is sent', async () => {
    const server = await mailServer();
    await withDatabase(async (db, url) => {
      const to = 'noc@netureon.test';
      const wrongName = await alertd(settingsFor(url, urlOf(server, '127.0.0.1'), to), server.authority);
      await wrongName.line(/alertd is ready/);
      await recordScan(db, devices(1));
      expect(await wrongName.line(/not sent/)).toMatch(
        /IP.*127\.0\.0\.1.*not in the cert|does not match certificate/,
      );
      await wrongName.stop();
      const wrongPassword = await alertd(
        settingsFor(url, urlOf(server, 'localhost', 'wrong'), to),
        server.authority,
      );
      expect(await wrongPassword.line(/not sent/)).toMatch(
        /refuses the login.*535.*Correct user and password/,
      );
      await wrongPassword.stop();
      const right = await alertd(settingsFor(url, urlOf(server), to), server.authority);
      await right.line(/message sent/);
      await expect.poll(() => readInbox(server.imapPort, server.user, server.password)).toHaveLength(1);
      await right.stop();
    });
  });

  it('an authority that nobody here trusts gets nothing', async () => {
    const server = await mailServer();
    const email = emailChannel({
      url: urlOf(server),
      from: 'alerts@netureon.test',
      to: ['noc@netureon.test'],
      site: 'default',
    });
    onTestFinished(() => email.close());
    const alerts = [sampleAlert('new_device')];
    const outcome = await email.send(
      {
        key: '00000000-0000-4000-8000-000000000001',
        composedAt: new Date(),
        alerts,
        digest: composeDigest(alerts, SAMPLE_CONTEXT),
      },
      new AbortController().signal,
    );
    expect(outcome).toMatchObject({ kind: 'retry', scope: 'channel' });
    expect(JSON.stringify(outcome)).toMatch(/certificate/);
    expect(await readInbox(server.imapPort, server.user, server.password)).toEqual([]);
  });
});
