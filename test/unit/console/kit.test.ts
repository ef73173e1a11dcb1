import { describe, expect, test } from 'vitest';
import { ownPath, readForm } from '../../../workers/console/pages/kit.ts';

describe('where to go after signing in', () => {
  test.each(['/console', '/console/approvals/appr_01JD', '/console/calls?agent=a-b&after=x%3D'])(
    '%s is a page of this console',
    (path) => expect(ownPath(path)).toBe(path),
  );

  test.each([
    null,
    '',
    'https://evil.example/console',
    '//evil.example',
    '/console//evil.example\\@x',
    '/consolex',
    '/ops/v1/stops',
    '/console/\r\nset-cookie: a=b',
    '/console?a=<script>',
    'javascript:alert(1)',
  ])('%j is not', (path) => expect(ownPath(path)).toBe('/console'));
});

describe('a form', () => {
  const post = (headers: Record<string, string>, body = 'a=1'): Request =>
    new Request('https://console.example/console/stop', {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
      body,
    });

  test('is read when this origin’s own page posted it', async () => {
    for (const headers of [{}, { 'sec-fetch-site': 'same-origin' }]) {
      const form = await readForm(post({ origin: 'https://console.example', ...headers }));
      expect(form.ok && form.value.get('a')).toBe('1');
    }
  });

  test.each([
    {},
    { origin: 'null' },
    { origin: 'https://evil.example' },
    { origin: 'http://console.example' },
    { origin: 'https://console.example', 'sec-fetch-site': 'same-site' },
    { origin: 'https://console.example', 'sec-fetch-site': 'cross-site' },
    { origin: 'https://console.example', 'sec-fetch-site': 'none' },
    { origin: 'https://console.example', 'content-type': 'text/plain' },
    { origin: 'https://console.example', 'content-type': 'application/json' },
  ])('is refused with %j', async (headers) => {
    expect((await readForm(post(headers))).ok).toBe(false);
  });
});
