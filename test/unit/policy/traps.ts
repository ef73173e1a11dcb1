import { policyToJson } from '@cedar-policy/cedar-wasm/nodejs';
import { Entity, record } from '../../../shared/cedar/values.ts';
import type { Case } from './real-cedar.ts';

/** Where an evaluator in JavaScript goes wrong first: an expression, and whether it holds. `error`: its evaluation fails. */
export const traps: [says: string, expression: string, holds: boolean | 'error'][] = [
  ['the largest long is reached', 'context.max * 1024 + 1023 == context.max * 1024 + 1022 + 1', true],
  ['one past the largest long overflows', 'context.max * 1024 + 1024 > 0', 'error'],
  ['sums that doubles would round stay exact', 'context.max + 2 == context.max + 1', false],
  ['products that doubles would round stay exact', '3037000499 * 3037000499 > 3037000498 * 3037000500', true],
  ['a product over 2^63 overflows', '3037000500 * 3037000500 > 0', 'error'],
  ['the smallest long has no negation', '-(-context.max * 1024 - 1024) > 0', 'error'],
  ['minus zero is zero', '0 * -1 == 0 && -context.zero == 0', true],
  ['an inherited property is no attribute', 'context has constructor || context has toString', false],
  ['an inherited property of an input is no attribute', 'context.empty has __proto__', false],
  ['reading an inherited property fails', 'context.constructor == context.constructor', 'error'],
  ['an attribute named __proto__ is one', 'context.odd has __proto__ && context.odd.__proto__ == 1', true],
  ['like counts characters, not code units', '"\\u{1F600}" like "*\\u{1F600}*" && !("a" like "a*a")', true],
  ['a star in a pattern may be literal', '"a*b" like "a\\**" && !("axb" like "a\\*b")', true],
  [
    'like backtracks over a false start',
    '"aab" like "*ab" && "abab" like "*ab" && "abcab" like "a*b*b"',
    true,
  ],
  ['an empty pattern fits only the empty text', '"" like "" && !("a" like "") && "" like "*"', true],
  ['text is compared as written, not normalised', '"e\\u{301}" == "\\u{e9}"', false],
  ['sets have no order', '[1, "a", [2]] == [[2], 1, "a"]', true],
  ['sets have no doubles', '[1, 1, 2] == [2, 1]', true],
  ['a subset is not equal', '[1, 2] == [1, 2, 3] || [1, 2, 3] == [1, 2]', false],
  ['records are equal by content', '{a: 1, b: [1, 2]} == {b: [2, 1], a: 1}', true],
  ['a record with more is not equal', '{a: 1} == {a: 1, b: 2}', false],
  ['equality across types is false', '1 == "1" || true == 1 || [] == {} || "" == []', false],
  ['inequality across types is true', '1 != "1" && principal != "a"', true],
  ['order across types fails', '1 < "2"', 'error'],
  ['order of texts fails', '"a" < "b"', 'error'],
  ['and does not look right of a false', 'false && context.missing', false],
  ['or does not look right of a true', 'true || context.missing', true],
  ['and looks left first', 'context.missing && false', 'error'],
  ['and wants a bool right of a true', 'true && 1', 'error'],
  ['or wants a bool right of a false', 'false || 1', 'error'],
  ['if takes one branch only', 'if true then true else context.missing', true],
  ['if wants a bool', 'if 1 then true else true', 'error'],
  ['not wants a bool', '!1', 'error'],
  ['in holds for the entity itself', 'principal in principal && Agent::"nobody" in Agent::"nobody"', true],
  ['in reaches over two steps', 'principal in Workflow::"top"', true],
  ['in does not reach down', 'Workflow::"top" in principal', false],
  ['in an empty set is false', 'principal in []', false],
  ['in a set of others fails, even behind a hit', 'principal in [principal, 1]', 'error'],
  ['in wants an entity on its left', '1 in principal', 'error'],
  ['is asks for the type', 'principal is Agent && !(principal is Tool)', true],
  ['is … in asks for both', 'principal is Agent in Workflow::"other"', false],
  ['is … in does not look right of a wrong type', 'principal is Tool in context.zero', false],
  ['is wants an entity', '1 is Agent', 'error'],
  ['has on an entity that nobody described is false', 'Agent::"nobody" has risk', false],
  ['an attribute of an entity that nobody described fails', 'Agent::"nobody".risk == 1', 'error'],
  ['has on a text fails', '"abc" has length', 'error'],
  ['a long has stops at the first missing part', 'context has a.b.c', false],
  ['a long has wants records on the way', 'context has zero.b', 'error'],
  ['contains compares by content', '[{a: 1}, [1]].contains([1]) && ![[1]].contains(1)', true],
  ['contains wants a set', '"abc".contains("a")', 'error'],
  ['containsAll of nothing is true', '[].containsAll([]) && [1].containsAll([])', true],
  ['containsAny of nothing is false', '[1].containsAny([]) || [].containsAny([1])', false],
  ['containsAny wants two sets', '[1].containsAny(1)', 'error'],
  ['isEmpty wants a set', '"".isEmpty()', 'error'],
  ['a condition that is no bool fails', '1', 'error'],
];

const [agent, action, tool] = [
  new Entity('Agent', 'a'),
  new Entity('Action', 'act'),
  new Entity('Tool', 't'),
];

/** The expression as the condition of a forbid, beside a permit: so it holds, or not, or fails. */
export function trapCase(expression: string): Case {
  return {
    policies: {
      all: parse('permit (principal, action, resource);'),
      trap: parse(`forbid (principal, action, resource) when { ${expression} };`),
    },
    request: {
      principal: agent,
      action,
      resource: tool,
      context: record([
        ['max', Number.MAX_SAFE_INTEGER],
        ['zero', 0],
        ['empty', record([])],
        ['odd', record([['__proto__', 1]])],
      ]),
      entities: new Map([
        [agent.key, { attributes: record([]), ancestors: new Set(['Workflow::"w"', 'Workflow::"top"']) }],
        ['Workflow::"w"', { attributes: record([]), ancestors: new Set(['Workflow::"top"']) }],
      ]),
    },
  };
}

function parse(text: string): Case['policies'][string] {
  const answer = policyToJson(text);
  if (answer.type === 'failure')
    throw new Error(`${text}\n${answer.errors.map(({ message }) => message).join('\n')}`);
  return answer.json;
}
