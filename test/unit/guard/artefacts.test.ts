import { describe, expect, test } from 'vitest';
import { sha256 } from '../../../shared/crypto.ts';
import type { Outcome } from '../../../shared/outcome.ts';
import { artefactEntry, artefactWordOf } from '../../../workers/guard/artefact-of.ts';
import { newVersions } from '../../../workers/guard/artefact-versions.ts';
import { catalogue } from '../../../workers/tools/catalogue.ts';

const update = catalogue.get('cms.post.update')!;
const done = {
  id: 'call_1',
  workflow: 'content',
  session: null,
  input: { post: 101, title: 'New' },
  person: null,
  now: 1_000,
  undoMs: 1_000,
  keepMs: 5_000,
};
const was = { title: 'Old', content: 'c', excerpt: 'e' };
const is = { ...was, title: 'New' };
const output = { post: 101, status: 'draft', version: 'f'.repeat(64) };
const succeeded: Outcome = { kind: 'succeeded', output, content: { before: was, after: is } };

describe('what an execute changed of an artefact', () => {
  test('is its whole content before and after, under the call', () => {
    expect(artefactWordOf('a', done, update, succeeded)).toEqual({
      key: 'call_1',
      record: 'page',
      id: '101',
      raw: '101',
      agent: 'a',
      person: null,
      call: 'call_1',
      action: 'cms.post.update',
      at: 1_000,
      before: '{"content":"c","excerpt":"e","title":"Old"}',
      after: '{"content":"c","excerpt":"e","title":"New"}',
      keepUntil: 6_000,
    });
  });

  test('is told from the images of the undo only where those hold all of it', () => {
    const images = { before: was, after: is };
    const undo = { action: 'cms.post.update', input: { post: 101, title: 'Old' }, images };
    expect(artefactWordOf('a', done, update, { kind: 'succeeded', output, undo })).toMatchObject({
      id: '101',
    });
    const some = { ...undo, images: { before: { title: 'Old' }, after: { title: 'New' } } };
    expect(artefactWordOf('a', done, update, { kind: 'succeeded', output, undo: some })).toBeNull();
  });

  test('is nothing where nothing changed, it is not known, or it is about no artefact', () => {
    const undo = { action: 'cms.post.update', input: {}, images: { before: is, after: is } };
    const same: Outcome = { kind: 'succeeded', output, undo };
    const outcomes: Outcome[] = [same, { kind: 'succeeded', output }, { kind: 'indeterminate', detail: '' }];
    for (const outcome of outcomes) expect(artefactWordOf('a', done, update, outcome)).toBeNull();
    const post = catalogue.get('chat.message.post')!;
    expect(artefactWordOf('a', done, post, succeeded)).toBeNull();
  });

  test('of one that changed no text of it, such as publishing it, says what was let through', () => {
    const same: Outcome = { kind: 'succeeded', output, content: { before: is, after: is } };
    const word = artefactWordOf('a', done, update, same);
    expect(word).toMatchObject({ action: 'cms.post.update', after: null });
    expect(artefactEntry(word)).toEqual({});
  });

  test('is in the journal as hashes', () => {
    const entry = artefactEntry(artefactWordOf('a', done, update, succeeded));
    expect(entry).toMatchObject({ artefact: { record: 'page', id: '101' } });
    expect(JSON.stringify(entry)).not.toMatch(/Old|New/);
  });
});

describe('the versions that a word makes', () => {
  const word = { before: '{"a":1}', after: '{"a":2}', person: null };
  const sources = (previous: string | undefined, one = word as Parameters<typeof newVersions>[1]) =>
    newVersions(previous === undefined ? undefined : { hash: sha256(previous) }, one).map(
      ({ source, text }) => [source, text],
    );

  test('are what was found, and what we left', () => {
    expect(sources(undefined)).toEqual([
      ['found', '{"a":1}'],
      ['agent', '{"a":2}'],
    ]);
  });

  test('are only what we left where nobody else changed anything, or nothing was there', () => {
    expect(sources('{"a":1}')).toEqual([['agent', '{"a":2}']]);
    expect(sources(undefined, { ...word, before: 'null' })).toEqual([['agent', '{"a":2}']]);
  });

  test('show what was changed past the gate in between, and who restored', () => {
    expect(sources('{"a":0}', { ...word, person: 'o@example.com' })).toEqual([
      ['vendor', '{"a":1}'],
      ['person', '{"a":2}'],
    ]);
    expect(sources('{"a":0}', { ...word, after: null })).toEqual([['vendor', '{"a":1}']]);
  });
});
