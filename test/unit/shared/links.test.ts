import { describe, expect, it } from 'vitest';
import { linksIn } from '../../../shared/links.ts';

const hosts = (text: string): string[] => linksIn(text).map(({ host }) => host);

describe('where a text leads to', () => {
  it.each([
    ['signs of emphasis', '_evil.example/x_'],
    ['signs of emphasis, twice', '__evil.example__'],
    ['a dash', '-evil.example'],
  ])('is seen behind %s', (_, text) => {
    expect(hosts(text)).toEqual(['evil.example']);
  });

  it.each([
    ['an attribute without a scheme', '<a href="//203.0.113.7/x">here</a>', '203.0.113.7'],
    ['more slashes than needed', '<a href=///203.0.113.7>', '203.0.113.7'],
    ['slashes the other way round', '<a href="\\\\203.0.113.7">', '203.0.113.7'],
    ['one number', '[here](//3405803783/x)', '203.0.113.7'],
    ['a scheme that nobody listed', 'ssh://203.0.113.7/x', '203.0.113.7'],
  ])('is seen as an address in numbers: %s', (_, text, host) => {
    expect(hosts(text)).toEqual([host]);
  });

  it.each([
    ['as it is', 'https://www.acme.example/out?to=https://evil.example/a'],
    ['encoded', 'https://www.acme.example/out?to=https%3A%2F%2Fevil.example%2Fa'],
    ['encoded twice', 'https://www.acme.example/out?to=https%253A%252F%252Fevil.example%252Fa'],
    ['without a scheme', 'https://www.acme.example/out?to=//evil.example'],
    ['without any scheme', 'www.acme.example/out?to=//evil.example'],
    ['in the path', 'https://www.acme.example/https://evil.example'],
    ['in the fragment', 'https://www.acme.example/#https:%5C%5Cevil.example'],
    ['behind a comma', 'https://www.acme.example/,https://evil.example'],
  ])('is also what a redirector is given, %s', (_, text) => {
    expect(hosts(text).toSorted()).toEqual(['evil.example', 'www.acme.example']);
  });

  it.each([
    'mailto:a@evil.example,b@www.acme.example',
    'mailto:a@evil.example?cc=b@www.acme.example',
    'mailto:b@www.acme.example?bcc=a%40evil.example&subject=Hi',
  ])('is every address of a mail: %s', (text) => {
    expect(hosts(text)).toContain('evil.example');
  });

  it.each(['foo_bar.baz is a name', 'either//or', '// a comment', '//comment', 'Read it. Then write.'])(
    'is nothing where nobody is led anywhere: %s',
    (text) => {
      expect(linksIn(text)).toEqual([]);
    },
  );

  it('is one place where a link leads to one', () => {
    expect(hosts('https://www.acme.example/blog/2026/news?utm_source=mail#top')).toEqual([
      'www.acme.example',
    ]);
  });

  it('is bounded, however links stand within links', () => {
    const nested = 'https://www.acme.example/'.repeat(2_000);
    expect(linksIn(nested).at(-1)).toEqual({ text: '', host: '' });
  });
});
