// Files of devices: what is exported is imported as it was; and what a file may be, from a spreadsheet or from an enemy.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { exportedDevices, fileOf } from '../../../src/store/device-file.ts';
import { cookieKind } from '../../../src/web/session-cookie.ts';
import { HOST } from '../support.ts';
import { apiSite, jsonOf, type ApiSite } from './support.ts';

interface Report {
  readonly import: number | null;
  readonly counts: Record<'change' | 'make' | 'same' | 'unknown' | 'wrong', number>;
  readonly ignored: string[];
  readonly lines: {
    line: number;
    verdict: string;
    changes: { field: string; from: string; to: string }[];
    problems: { field: string; problem: string }[];
  }[];
}
const NAS = '00:11:32:9d:4e:11';
let site: ApiSite;

beforeAll(async () => {
  site = await apiSite();
});
afterAll(() => site.close());
beforeEach(async () => {
  await site.database.pool.query(
    `update devices set name = 'NAS', owner = null, notes = '' where id = (select device_id from device_macs where mac = $1)`,
    [NAS],
  );
});

const send = (body: string | Uint8Array<ArrayBuffer>, query = '', type = 'text/csv') =>
  site.ask('POST', `/devices/import${query}`, { body, headers: { 'content-type': type } });
const report = async (body: string | Uint8Array<ArrayBuffer>, query = '', type = 'text/csv') => {
  const response = await send(body, query, type);
  const json = await jsonOf<Report>(response);
  expect(response.status, JSON.stringify(json)).toBe(200);
  return json;
};
const nas = async () => {
  const [row] = await site.database.pool.query<{ name: string; owner: string; notes: string; state: string }>(
    `select d.name, d.owner, d.notes, d.state from devices as d join device_macs as m on m.device_id = d.id where m.mac = $1`,
    [NAS],
  );
  return row;
};

test.each(['csv', 'json'] as const)(
  'what was exported as %s changes nothing when it comes back',
  async format => {
    const notes = 'line one\nline "two", with; all\tof it\n=1+1';
    for (const name of ['=HYPERLINK("x")', "'=x", "''+1", '@cmd', ' -1', 'a;b', 'Zürich 😀 "q"', "O'Neil"]) {
      await site.database.pool.query(
        `update devices set name = $1, owner = '+49 30', notes = $2, kind = 'nas' where name is not null and id = (select device_id from device_macs where mac = $3)`,
        [name.trim(), notes, NAS],
      );
      const exported = await (await site.ask('GET', `/devices/export?format=${format}`)).text();
      const found = await report(exported, '', format === 'csv' ? 'text/csv' : 'application/json');
      expect([name, found.counts.change, found.counts.wrong, found.counts.make]).toEqual([name, 0, 0, 0]);
      expect(found.counts.same).toBeGreaterThan(20);
      expect(found.ignored).toEqual([]);
    }
  },
);

test('no cell of the CSV is a formula to a spreadsheet', async () => {
  await site.database.pool.query(`update devices set name = '=cmd|calc', notes = '@x' where name = 'NAS'`);
  const csv = await (await site.ask('GET', '/devices/export?format=csv')).text();
  expect(csv).toContain("'=cmd|calc");
  expect(csv.split(/[,\r\n]/).filter(cell => /^"?[=+\-@\t]/.test(cell))).toEqual([]);
});

test('the command line exports the same', async () => {
  const ours = await (await site.ask('GET', '/devices/export?format=csv')).text();
  const filter = { text: '', state: null, presence: null, network: null, sort: 'address' } as const;
  let theirs = '';
  for await (const piece of fileOf('csv', 'default', new Date(), exportedDevices(site.db, 'default', filter)))
    theirs += piece;
  expect(theirs).toBe(new TextDecoder('utf-8', { ignoreBOM: true }).decode(new TextEncoder().encode(theirs)));
  expect(theirs.replace(/^\uFEFF/, '')).toBe(ours.replace(/^\uFEFF/, ''));
});

test('a dry run says what would change, line by line, and changes nothing', async () => {
  const found = await report(
    `mac,name,owner,colour\n${NAS},Big NAS,Anna,red\nxx,A,,\n02:00:00:00:0b:01,Toaster,,\n`,
  );
  expect(found).toMatchObject({
    import: null,
    ignored: ['colour'],
    counts: { change: 1, wrong: 1, unknown: 1 },
  });
  expect(found.lines).toMatchObject([
    {
      line: 2,
      verdict: 'change',
      changes: [
        { field: 'name', from: 'NAS', to: 'Big NAS' },
        { field: 'owner', to: 'Anna' },
      ],
    },
    { line: 3, verdict: 'wrong', problems: [{ field: 'mac', problem: 'xx is no MAC.' }] },
    { line: 4, verdict: 'unknown' },
  ]);
  expect(await nas()).toMatchObject({ name: 'NAS', owner: null });
});

test('while a line is wrong nothing at all is applied', async () => {
  const response = await send(`mac,name\n${NAS},Big NAS\nxx,A\n`, '?dryRun=false');
  expect(response.status).toBe(422);
  expect(await jsonOf(response)).toMatchObject({ errors: [{ in: 'body', field: '3.mac' }] });
  expect(await nas()).toMatchObject({ name: 'NAS' });
});

test('applied and taken back, with the device that it made', async () => {
  const csv = `mac,name,state,watched,kind,notes\n${NAS},Big NAS,ignored,yes,storage,"two\nlines"\n02-00-00-00-0B-02,Toaster,,,,\n`;
  const done = await report(csv, '?dryRun=false&create=true');
  expect(done.counts).toMatchObject({ change: 1, make: 1 });
  expect(await nas()).toMatchObject({ name: 'Big NAS', state: 'ignored', notes: 'two\nlines' });
  expect((await report(csv, '?create=true')).counts).toMatchObject({ same: 2, change: 0, make: 0 });
  expect((await site.ask('POST', `/imports/${done.import}/undo`)).status).toBe(200);
  expect(await nas()).toMatchObject({ name: 'NAS', state: 'known', notes: '' });
  const [toaster] = await site.database.pool.query<{ state: string }>(
    `select d.state from devices as d join device_macs as m on m.device_id = d.id where m.mac = '02:00:00:00:0b:02'`,
  );
  expect(toaster).toEqual({ state: 'archived' });
});

test('what somebody changed since is not taken back, and nothing else either', async () => {
  const other = '00:17:88:2b:6f:55';
  const done = await report(`mac,name\n${NAS},Big NAS\n${other},Lamps\n`, '?dryRun=false');
  await site.database.pool.query(
    `select rename_device('default', (select device_id from device_macs where mac = $1), 'Ours', '', '', null, 'Ben')`,
    [NAS],
  );
  expect((await site.ask('POST', `/imports/${done.import}/undo`)).status).toBe(409);
  const [lamps] = await site.database.pool.query<{ name: string }>(
    `select d.name from devices as d join device_macs as m on m.device_id = d.id where m.mac = $1`,
    [other],
  );
  expect(lamps).toEqual({ name: 'Lamps' });
});

test.each([
  [
    'semicolons, a byte order mark and CRLF',
    `\uFEFFMAC-Adresse;Name;Besitzer\r\n${NAS};"Groß; NAS";Anna\r\n`,
  ],
  ['tabs', `mac\tname\towner\n${NAS}\tGroß; NAS\tAnna`],
  ['old line ends', `mac,name,owner\r${NAS},Groß; NAS,Anna\r`],
  ['a MAC in capitals with dots', `Name,Owner,MAC Address\n"Groß; NAS",Anna,0011.329D.4E11\n`],
  ['blank lines', `\n\nmac,name,owner\n\n${NAS},Groß; NAS,Anna\n\n`],
])('a file with %s is read', async (_, csv) => {
  const found = await report(csv);
  expect(found.counts).toMatchObject({ change: 1, wrong: 0 });
  expect(found.lines[0]?.changes).toMatchObject([{ to: 'Groß; NAS' }, { to: 'Anna' }]);
});

test.each<[string, string | Uint8Array<ArrayBuffer>, RegExp]>([
  ['nothing', '', /nothing in it/],
  ['Latin-1', new Uint8Array(Buffer.from(`mac,name\n${NAS},Stra\xdfe\n`, 'latin1')), /UTF-8/],
  ['UTF-16', new Uint8Array(Buffer.from(`\uFEFFmac,name\n${NAS},A\n`, 'utf16le')), /UTF-8/],
  ['no MAC', 'name,owner\nA,B\n', /mac or device/],
  ['the same column twice', `mac,name,device name\n${NAS},A,B\n`, /mean the same/],
  ['an open quotation mark', `mac,name\n${NAS},"A\n`, /quotation marks/],
  ['too many lines', `mac\n${`${NAS}\n`.repeat(20_001)}`, /20,000/],
])('a file with %s is refused in words', async (_, csv, says) => {
  const response = await send(csv);
  expect(response.status).toBe(422);
  expect((await jsonOf<{ detail: string }>(response)).detail).toMatch(says);
});

test.each([
  ['the same device twice', `mac\n${NAS}\n${NAS}\n`, 'The same device as in line 2.'],
  ['a group address', 'mac\n01:00:5e:00:00:01\n', '01:00:5e:00:00:01 is a group address: no device has it.'],
  [
    'a state that is none',
    `mac,state\n${NAS},burnt\n`,
    'burnt is none of known, ignored, blocked, archived.',
  ],
  ['a name that is too long', `mac,name\n${NAS},${'x'.repeat(201)}\n`, 'At most 200 characters.'],
  ['a device that is not there', 'device,name\n99999,x\n', 'There is no device 99999.'],
  [
    'a hostile name',
    `mac,name\n${NAS},a\u202eb\n`,
    'This contains invisible control characters. Type it anew.',
  ],
])('%s is told at its line', async (_, csv, problem) => {
  const { lines } = await report(csv);
  expect(lines.flatMap(({ problems }) => problems)).toMatchObject([{ problem }]);
});

test('what is neither CSV nor JSON is refused by its type', async () => {
  expect((await send('<devices/>', '', 'application/xml')).status).toBe(415);
  expect((await send('{"devices": 1}', '', 'application/json')).status).toBe(422);
  expect((await send('[1]', '', 'application/json')).status).toBe(422);
  expect((await send('[{"mac": {"$ne": 1}}]', '', 'application/json')).status).toBe(422);
});

test('a viewer exports and does not import', async () => {
  const token = await site.keyOf('viewer');
  expect((await site.ask('GET', '/devices/export', { token })).status).toBe(200);
  const headers = { 'content-type': 'text/csv' };
  expect((await site.ask('POST', '/devices/import', { token, body: 'mac\n', headers })).status).toBe(403);
});

test('the page takes a file, shows it, applies what was shown, and takes it back', async () => {
  const upload = async (fields: Record<string, string | Blob>) => {
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.set(name, value);
    const request = new Request('http://127.0.0.1:8080/import', { method: 'POST', body: form });
    const cookie = `${cookieKind(HOST, undefined).name}=${await site.token('operator')}`;
    return site.app.request('http://127.0.0.1:8080/import', {
      method: 'POST',
      body: new Uint8Array(await request.arrayBuffer()),
      headers: {
        host: '127.0.0.1:8080',
        origin: 'http://127.0.0.1:8080',
        'content-type': request.headers.get('content-type') ?? '',
        cookie,
      },
    });
  };
  const csv = `mac,name\n${NAS},<b>Big</b>\n`;
  const shown = await upload({ file: new Blob([csv], { type: 'text/csv' }) });
  const html = await shown.text();
  expect(shown.status, html.slice(0, 500)).toBe(200);
  expect(html).toContain('&lt;b&gt;Big&lt;/b&gt;');
  const proof = /name="seen" value="(\w+)"/.exec(html)?.[1] ?? '';
  expect((await upload({ text: csv, step: 'apply', seen: 'other' })).status).toBe(409);
  expect((await upload({ text: csv, step: 'apply', seen: proof })).status).toBe(303);
  expect(await nas()).toMatchObject({ name: '<b>Big</b>' });
  expect((await upload({ text: 'name\nx\n' })).status).toBe(422);
});
