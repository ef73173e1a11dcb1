import { expect, test } from 'vitest';
import { faultIn } from '../../../workers/console/request.ts';

test('a body is held to what can be journaled: no half characters, no number past all bounds, no bottomless nesting', () => {
  const parse = (text: string): unknown => JSON.parse(text) as unknown;
  expect(faultIn(parse('{"a":[1e308,"ä",null,true]}'), 60)).toBeUndefined();
  expect(faultIn(parse('{"a":[{"b":1e999}]}'), 60)).toMatch(/number/);
  expect(faultIn(parse('{"a":"\\ud800"}'), 60)).toMatch(/Unicode/);
  expect(faultIn(parse(`${'['.repeat(99)}${']'.repeat(99)}`), 60)).toMatch(/deeply/);
});
