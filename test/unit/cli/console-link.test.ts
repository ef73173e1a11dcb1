import { expect, test } from 'vitest';
import { consoleLink } from '../../../bin/lib/console-link.ts';

test('a link to the local gate signs in, with the token where no server sees it', () => {
  const link = new URL(consoleLink('http://127.0.0.1:8787', 'the.token'));
  expect(link.pathname).toBe('/console/sign-in');
  expect(link.search).toBe('');
  expect(new URLSearchParams(link.hash.slice(1)).get('token')).toBe('the.token');
});

test.each(['https://console.toolgate.example', 'https://127.0.0.1', 'http://console.example'])(
  'no token stands in a link to %s',
  (gate) => expect(consoleLink(gate, 'the.token')).toBe(`${gate}/console`),
);
