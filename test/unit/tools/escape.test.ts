import { expect, test } from 'vitest';
import { escaped } from '../../../shared/tool/escape.ts';

test('in HTML a value is neither a tag, an attribute nor an entity', () => {
  expect(escaped(`"><script>alert('x')</script>&lt;`, 'html')).toBe(
    '&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;lt;',
  );
});

test('in a URL a value is one part of it, whatever it holds', () => {
  const value = `a/../b?x=1&y=2#z@host:80%2f '()*!\r\n`;
  const text = escaped(value, 'url');
  expect(text).toMatch(/^[A-Za-z0-9\-._~%]*$/);
  expect(decodeURIComponent(text)).toBe(value);
  expect(() => escaped('half \ud800', 'url')).not.toThrow();
});

test('in a header a value stays one line', () => {
  const text = escaped('Ada\r\nBcc: all@acme.example\u2028x\u0000\u0085y\ttab', 'header');
  expect(text).toBe('Ada Bcc: all@acme.example x y tab');
});

test('in plain text a value is as it is', () => {
  expect(escaped('<Ada>\n&', 'text')).toBe('<Ada>\n&');
});
