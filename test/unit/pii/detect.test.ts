import { describe, expect, test } from 'vitest';
import { newPlaceholder } from '../../../shared/placeholder.ts';
import { detect } from '../../../shared/pii/detect.ts';

/** What is found, as `class:text`. */
function found(text: string): string[] {
  return detect(text).map(({ class: cls, start, end }) => `${cls}:${text.slice(start, end)}`);
}

describe('what a text says of persons', () => {
  test.each([
    ['Write to ada.sommer+x@acme.example today.', ['email:ada.sommer+x@acme.example']],
    ['<mailto:ada@acme.example>', ['email:ada@acme.example']],
    ['ring +49 (170) 555-0199 please', ['phone:+49 (170) 555-0199']],
    ['call (415) 555-0132', ['phone:(415) 555-0132']],
    ['card 4111 1111 1111 1111 declined', ['card:4111 1111 1111 1111']],
    ['pay to DE89 3704 0044 0532 0130 00 now', ['iban:DE89 3704 0044 0532 0130 00']],
    ['my ssn is 123-45-6788', ['national-id:123-45-6788']],
    ['from 192.0.2.17 and 2001:db8::1', ['ip:192.0.2.17', 'ip:2001:db8::1']],
    ['She lives at 12 Example Street, Springfield', ['address:12 Example Street, Springfield']],
    ['born on 12 March 1985 in a village', ['birthdate:12 March 1985']],
    ['my name is Zorblat', ['name:Zorblat']],
    ['Dear Mr. Whitlock, thanks', ['name:Whitlock']],
  ])('%j holds %j', (text, expected) => {
    expect(found(text)).toEqual(expected);
  });

  test.each([
    '4111 1111 1111 1112',
    'DE89 3704 0044 0532 0130 01',
    'on 2026-11-22 at 10:00 we met',
    'version 1.2.3 of 2019',
    'std::cout << "Ratio 1:2:3:4"',
    'Our Spring Sale starts on Monday in Berlin',
    'record 9498777106 was updated',
    'task-force-0123456789',
    '1,000 employees and 12 500 000 views',
  ])('%j holds nothing', (text) => expect(found(text)).toEqual([]));

  test('answers only the classes that are asked for', () => {
    expect(detect('ada@acme.example from 192.0.2.17', { classes: ['ip'] }).map((one) => one.class)).toEqual([
      'ip',
    ]);
  });

  test('leaves placeholders alone, whatever their class says', () => {
    const secret = newPlaceholder('secret', new Uint8Array(10).fill(7));
    expect(found(`the token ${secret} of ${newPlaceholder('name', new Uint8Array(10).fill(9))}`)).toEqual([]);
  });

  test('says the same of the same text, in order, without overlap', () => {
    const text = 'Ada Lovelace, ada@acme.example, +49 170 5550199, 12 Example Street, 192.0.2.17';
    const first = detect(text);
    expect(detect(text)).toEqual(first);
    first.slice(1).forEach((one, at) => expect(one.start).toBeGreaterThanOrEqual(first[at]?.end ?? 0));
  });
});
