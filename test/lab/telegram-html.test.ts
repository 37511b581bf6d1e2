import { describe, expect, it } from 'vitest';
import { parseTelegramHtml } from '../../src/lab/telegram-html.ts';

describe('HTML as Telegram reads it', () => {
  it.each([
    ['plain', 'plain', []],
    ['<b>a</b> b', 'a b', [{ type: 'bold', offset: 0, length: 1 }]],
    ['&lt;b&gt; &amp; &quot;&#128054;&#x1F431;', '<b> & "🐶🐱', []],
    ['🦆<i>x</i>', '🦆x', [{ type: 'italic', offset: 2, length: 1 }]],
    ['<STRONG >a</STRONG >', 'a', [{ type: 'bold', offset: 0, length: 1 }]],
    ['<b></b>x', 'x', []],
    [
      '<a href="http://127.0.0.1/?a=1&amp;b=2">x</a>',
      'x',
      [{ type: 'text_link', offset: 0, length: 1, url: 'http://127.0.0.1/?a=1&b=2' }],
    ],
    [
      '<pre><code class="language-sh">ls</code></pre>',
      'ls',
      [
        { type: 'code', offset: 0, length: 2, language: 'sh' },
        { type: 'pre', offset: 0, length: 2 },
      ],
    ],
    [
      '<blockquote expandable>q</blockquote><span class="tg-spoiler">s</span><tg-spoiler>t</tg-spoiler>',
      'qst',
      [
        { type: 'blockquote', offset: 0, length: 1 },
        { type: 'spoiler', offset: 1, length: 1 },
        { type: 'spoiler', offset: 2, length: 1 },
      ],
    ],
  ])('reads %s', (html, text, entities) => {
    expect(parseTelegramHtml(html)).toEqual({ text, entities });
  });

  it.each([
    ['<br>', 'Unsupported start tag "br" at byte offset 0'],
    ['ü<p>x</p>', 'Unsupported start tag "p" at byte offset 2'],
    ['a < b', 'Unsupported start tag "" at byte offset 2'],
    ['a > b', 'Unescaped ">" at byte offset 2'],
    ['a & b', 'Unescaped "&" or unsupported character reference at byte offset 2'],
    ['&nbsp;', 'Unescaped "&" or unsupported character reference at byte offset 0'],
    ['&#0;', 'Unescaped "&" or unsupported character reference at byte offset 0'],
    ['<b>x', `Can't find end tag corresponding to start tag "b"`],
    ['x</b>', 'Unexpected end tag at byte offset 1'],
    ['<b><i>x</b></i>', 'Unmatched end tag, expected "</i>", found "</b>" at byte offset 7'],
    ['<b', 'Unclosed start tag at byte offset 0'],
    ['<a href="x', 'Expected equal sign in declaration of an attribute of the tag "a" at byte offset 0'],
    ['<b>x</b', 'Unclosed end tag at byte offset 4'],
    ['<span>x</span>', 'Tag "span" must have class "tg-spoiler" at byte offset 0'],
    ['<script>x</script>', 'Unsupported start tag "script" at byte offset 0'],
    ['<!-- x -->', 'Unsupported start tag "!--" at byte offset 0'],
    ['<__proto__>', 'Unsupported start tag "__proto__" at byte offset 0'],
  ])('refuses %s', (html, error) => {
    expect(parseTelegramHtml(html)).toEqual({ error });
  });
});
