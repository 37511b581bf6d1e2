import { describe, expect, test } from 'vitest';
import { exportText } from '../../../src/cli/export/formats.ts';
import type { Holding } from '../../../src/store/as-of.ts';

const at = new Date('2026-11-20T03:12:00Z');
const HERE: Holding = {
  state: 'here',
  network: '192.168.1.0/24',
  link: '',
  ip: '192.168.1.40',
  device: { id: 7, name: 'Tablet', mac: '3c:37:12:00:00:01' },
  vendor: 'AVM',
  startedAt: new Date('2026-11-19T20:00:00Z'),
  endedAt: null,
  lastSeenAt: at,
  looked: { from: new Date('2026-11-01T00:00:00Z'), to: at },
  before: null,
  after: null,
};
const NOT_LOOKED: Holding = {
  ...HERE,
  state: 'not_looked',
  device: null,
  vendor: null,
  startedAt: null,
  lastSeenAt: null,
  looked: null,
  before: { id: 7, name: '=1+2', mac: '3c:37:12:00:00:01', at },
};
const named = (name: string): Holding => ({ ...HERE, device: { id: 7, name, mac: '3c:37:12:00:00:01' } });
const text = (format: 'table' | 'csv' | 'json', ...rows: Holding[]) =>
  exportText(format, { site: 'default', at, rows }, heading => heading);
const nameField = (name: string) => /40,192\.168\.1\.0\/24,,7,(.*),3c:37/.exec(text('csv', named(name)))?.[1];

describe('CSV', () => {
  test('has a heading, lines that end in CRLF, and times in UTC', () => {
    expect(text('csv', HERE, NOT_LOOKED)).toBe(
      'at,state,address,network,link,device,name,mac,vendor,since,until,last_seen,looked_from,looked_to,' +
        'before_device,before_name,before_mac,before_at,after_device,after_name,after_mac,after_at\r\n' +
        '2026-11-20T03:12:00.000Z,here,192.168.1.40,192.168.1.0/24,,7,Tablet,3c:37:12:00:00:01,AVM,2026-11-19T20:00:00.000Z,,' +
        '2026-11-20T03:12:00.000Z,2026-11-01T00:00:00.000Z,2026-11-20T03:12:00.000Z,,,,,,,,\r\n' +
        "2026-11-20T03:12:00.000Z,not_looked,192.168.1.40,192.168.1.0/24,,,,,,,,,,,7,'=1+2,3c:37:12:00:00:01,2026-11-20T03:12:00.000Z,,,,\r\n",
    );
  });

  test.each([
    ['=HYPERLINK("http://x")', `"'=HYPERLINK(""http://x"")"`],
    ['+1', `'+1`],
    ['-1', `'-1`],
    ['@SUM(A1)', `'@SUM(A1)`],
    ['  =1', `'=1`],
    ['\t=1', '\ufffd=1'],
    ['a,b', '"a,b"'],
    ['say "hi"', '"say ""hi"""'],
    ['line\r\nbreak', 'line\ufffd\ufffdbreak'],
    ['Zoë’s 手机', 'Zoë’s 手机'],
  ])('%j', (name, field) => {
    expect(nameField(name)).toBe(field);
  });
});

test('JSON is stable', () => {
  expect(JSON.parse(text('json', HERE, NOT_LOOKED))).toEqual({
    site: 'default',
    at: '2026-11-20T03:12:00.000Z',
    rows: [
      {
        state: 'here',
        address: '192.168.1.40',
        network: '192.168.1.0/24',
        link: '',
        holder: { device: 7, name: 'Tablet', mac: '3c:37:12:00:00:01' },
        vendor: 'AVM',
        since: '2026-11-19T20:00:00.000Z',
        until: null,
        last_seen: '2026-11-20T03:12:00.000Z',
        looked: { from: '2026-11-01T00:00:00.000Z', to: '2026-11-20T03:12:00.000Z' },
        before: null,
        after: null,
      },
      expect.objectContaining({
        state: 'not_looked',
        holder: null,
        before: { device: 7, name: '=1+2', mac: '3c:37:12:00:00:01', at: '2026-11-20T03:12:00.000Z' },
      }),
    ],
  });
});

test.each(['table', 'csv', 'json'] as const)('a hostile name is inert as %s', format => {
  const hostile = text(format, named('\u001b[2J\u202eevil\u0000\u009b31m'));
  // Line ends are the format's own.
  // oxlint-disable-next-line no-control-regex
  expect(hostile).not.toMatch(/[\u0000-\u0009\u000b\u000c\u000e-\u001f\u007f-\u009f\u202e]/);
  expect(hostile).toContain('evil');
});

test('the table says in words who was there, or why nobody can tell', () => {
  const table = text('table', HERE, NOT_LOOKED, {
    ...HERE,
    state: 'quiet',
    device: { id: 7, name: null, mac: 'x' },
  });
  expect(table).toMatch(/^default at 2026-11-\d\d \d\d:12:00\nAddress +State +Device/);
  expect(table).toMatch(/192\.168\.1\.40 +here +Tablet +3c:37:12:00:00:01/);
  expect(table).toMatch(/192\.168\.1\.40 +not looked .* before: =1\+2, 2026-11-/);
  expect(table).toMatch(/quiet +AVM \(device 7\)/);
});
