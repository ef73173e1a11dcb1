import { describe, expect, test } from 'vitest';
import { newPlaceholder } from '../../../shared/placeholder.ts';
import { editsOf, leavesOf, textOf } from '../../../workers/console/edits.ts';

const input = {
  id: '42',
  email: '[email]',
  amount: 12,
  urgent: false,
  tags: ['a', '[name]'],
  nested: { 'a/b': { 'c~d': 'x' } },
  nothing: null,
};

function form(over: Record<string, string>): URLSearchParams {
  const shown = leavesOf(input).map(({ pointer, value }) => [`edit:${pointer}`, textOf(value)] as const);
  return new URLSearchParams(Object.entries({ ...Object.fromEntries(shown), ...over }));
}

describe('the leaves of an input', () => {
  test('are its values by pointer, lists whole, masked ones marked', () => {
    const leaves = leavesOf(input);
    expect(leaves.map(({ pointer }) => pointer)).toEqual([
      '/id',
      '/email',
      '/amount',
      '/urgent',
      '/tags',
      '/nested/a~1b/c~0d',
      '/nothing',
    ]);
    expect(leaves.flatMap(({ masked }) => masked)).toEqual(['/email', '/tags/1']);
  });
});

test('a person may look behind a placeholder in a text, and leave it there while editing the text', () => {
  const text = `Dear ${newPlaceholder('name', new Uint8Array(10))}`;
  const [leaf] = leavesOf({ text });
  expect(leaf?.masked).toEqual(['/text']);
  const edited = new URLSearchParams({ 'edit:/text': `${text}, hello` });
  expect(editsOf({ text }, edited)).toEqual({
    ok: true,
    edits: [{ pointer: '/text', value: `${text}, hello` }],
  });
});

describe('the edits of a form', () => {
  test('are none where every field came back as it was shown', () => {
    expect(editsOf(input, form({}))).toEqual({ ok: false, fault: 'Nothing is changed yet.' });
  });

  test('hold what was changed, in the kind that stood there, and what was left out', () => {
    const sent = form({
      'edit:/id': '43',
      'edit:/amount': '13',
      'edit:/urgent': 'true',
      'edit:/tags': '["b"]',
      'drop:/nested/a~1b/c~0d': 'yes',
    });
    expect(editsOf(input, sent)).toEqual({
      ok: true,
      edits: [
        { pointer: '/id', value: '43' },
        { pointer: '/amount', value: 13 },
        { pointer: '/urgent', value: true },
        { pointer: '/tags', value: ['b'] },
        { pointer: '/nested/a~1b/c~0d' },
      ],
    });
  });

  test('leave a masked value alone that nobody wrote over', () => {
    const edited = editsOf(input, form({ 'edit:/id': '43' }));
    expect(JSON.stringify(edited)).not.toContain('email');
  });

  test('send nothing that only stands for a value', () => {
    const text = { body: 'Dear [name], write to [email].' };
    const sent = (body: string) => editsOf(text, new URLSearchParams({ 'edit:/body': body }));
    expect(sent('Dear [name], call us.')).toMatchObject({
      ok: false,
      fault: expect.stringContaining('[name]'),
    });
    expect(sent('Dear Ada, call us.')).toMatchObject({ ok: true });
    expect(sent('Dear Ada, [sic] call us.')).toMatchObject({ ok: true });
    expect(editsOf(input, form({ 'edit:/tags': '["b","[name]"]' }))).toMatchObject({ ok: false });
  });

  test('take the line ends of forms for no change', () => {
    const text = { body: 'a\nb' };
    expect(editsOf(text, new URLSearchParams({ 'edit:/body': 'a\r\nb' })).ok).toBe(false);
  });

  test.each([
    ['edit:/amount', 'twelve'],
    ['edit:/urgent', '1'],
    ['edit:/tags', '{"a":'],
  ])('refuse %s as %j, another kind of value', (name, value) => {
    expect(editsOf(input, form({ [name]: value }))).toMatchObject({ ok: false });
  });

  test('hold nothing that the input does not have', () => {
    expect(editsOf(input, new URLSearchParams({ 'edit:/other': 'x' })).ok).toBe(false);
  });
});
