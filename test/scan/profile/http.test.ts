import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodePage, joinChunks, parseHttp } from '../../../src/scan/profile/http.ts';
import { decodeEntities, titleOf } from '../../../src/scan/profile/html.ts';

const bytes = (text: string) => Uint8Array.from(Buffer.from(text, 'latin1'));
const text = (octets: Uint8Array | undefined) => Buffer.from(octets ?? []).toString('latin1');

describe('a response', () => {
  it('is read with its status, headers and body', () => {
    const response = parseHttp(
      bytes(
        'HTTP/1.1 401 Unauthorized\r\nServer: lighttpd/1.4\r\nserver: second\r\nX-Odd\r\n: none\r\n\r\n<p>',
      ),
    );
    expect(response).toMatchObject({ status: 401, headComplete: true });
    expect([...(response?.headers ?? [])]).toEqual([['server', 'lighttpd/1.4']]);
    expect(text(response?.body)).toBe('<p>');
  });

  it.each([
    ['line ends of LF alone', 'HTTP/1.0 200 OK\nServer: a\n\nbody', 'body'],
    ['no reason phrase', 'HTTP/1.1 204\r\nServer: a\r\n\r\n', ''],
    ['a header without end', 'HTTP/1.1 200 OK\r\nServer: a\r\nX: yz', ''],
    [
      'chunks',
      'HTTP/1.1 200 OK\r\nServer: a\r\nTransfer-Encoding: Chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\nrest',
      'abcde',
    ],
  ])('with %s', (_, response, body) => {
    const parsed = parseHttp(bytes(response));
    expect(text(parsed?.body)).toBe(body);
    expect(parsed?.headers.get('server') ?? 'a').toBe('a');
  });

  it.each([
    '',
    'SSH-2.0-x\r\n',
    'HTTP/1.1 20 OK\r\n\r\n',
    'http/1.1 200 OK\r\n\r\n',
    '\0\0\0\0',
    'HTTP/1.1 2000 OK\r\n',
  ])('is none: %j', response => expect(parseHttp(bytes(response))).toBeNull());

  it('never throws, whatever it holds', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        'HTTP/1.1 200 OK',
        '\r\n',
        '\n',
        'transfer-encoding: chunked',
        'ffffffff',
        '0',
        '\0',
        '<title>',
      ),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(piece), pieces => {
        const parsed = parseHttp(bytes(`HTTP/1.1 200 OK\r\n${pieces.join('')}`));
        expect(parsed?.body.length ?? 0).toBeLessThanOrEqual(64 * 1024);
      }),
    );
  });
});

describe('chunks', () => {
  it.each([
    ['cut in the middle of one', '5\r\nabcde\r\n8\r\nfg', 'abcdefg'],
    ['without line ends after them', '1\na1\nb0\n', 'ab'],
    ['of no size', 'xyz\r\nabc', ''],
    ['of a size beyond all bounds', 'fffffffff\r\nabc', ''],
    ['that promise more than there is', 'ffffffff\r\nabc', 'abc'],
  ])('%s', (_, chunked, joined) => expect(text(joinChunks(bytes(chunked)))).toBe(joined));

  it('are joined up to 64 KiB', () => {
    const many = `1000\r\n${'x'.repeat(0x1000)}\r\n`.repeat(40);
    expect(joinChunks(bytes(many)).length).toBe(64 * 1024);
  });
});

describe('a title', () => {
  it.each([
    ['<html><TITLE>\n  My   &amp;  router\n</TITLE>', 'My & router'],
    ['<title lang="en" data-x>A</title><title>B</title>', 'A'],
    ['<title>&#72;&#x69; &lt;b&gt; &auml;&eacute; &unknown; &amp;lt;', 'Hi <b> äé &unknown; &lt;'],
    ['<title>&#0;&#xd800;&#x110000;&#99999999;</title>', '\ufffd\ufffd\ufffd\ufffd'],
    ['<titles>no</titles>', null],
    ['<title></title>', null],
    ['<title>   &nbsp; </title>', null],
    ['nothing', null],
  ])('of %j', (html, title) => expect(titleOf(html)).toBe(title));

  it('takes no longer for a page made to keep the reader busy', () => {
    // With unbounded patterns each of these takes minutes; nothing here is timed but the test itself.
    for (const evil of ['<title ', '<title>', '<title', '<meta ', '&#', '<title <', 'charset'])
      expect(titleOf(evil.repeat(64 * 1024))?.length ?? 0).toBeLessThanOrEqual(2000);
    expect(decodeEntities('&#'.repeat(30_000)).length).toBe(60_000);
  });
});

describe('the encoding of a page', () => {
  const latin = bytes('<title>caf\u00e9</title>');
  const utf8 = Uint8Array.from(Buffer.from('<title>café</title>'));
  it.each([
    ['the header’s', latin, 'text/html; charset=ISO-8859-1', 'café'],
    ['quoted', utf8, 'text/html; Charset="utf-8"', 'café'],
    ['the page’s own', bytes('<meta charset=koi8-r><title>\u00d7</title>'), 'text/html', 'в'],
    [
      'in the old form',
      bytes('<meta http-equiv=content-type content="text/html; charset=windows-1251"><title>\u00e2</title>'),
      '',
      'в',
    ],
    ['not told, UTF-8', utf8, 'text/html', 'café'],
    ['not told, something else', latin, '', 'café'],
    ['one that does not exist', utf8, 'text/html; charset=klingon', 'café'],
    [
      'double-byte',
      Uint8Array.from([...bytes('<title>'), 0x93, 0xfa, 0x96, 0x7b]),
      'text/html;charset=Shift_JIS',
      '日本',
    ],
  ])('is %s', (_, body, contentType, title) => expect(titleOf(decodePage(body, contentType))).toBe(title));
});
