import { describe, expect, test } from 'vitest';
import { sha256 } from '../../../shared/crypto.ts';
import type { Grant } from '../../../shared/manifest.ts';
import type { Preview } from '../../../shared/preview.ts';
import { publicProblem, unforeseen } from '../../../workers/guard/denial.ts';
import {
  changedSince,
  grantedPreview,
  maskedChanges,
  seenIn,
  withheldFields,
  withoutFields,
} from '../../../workers/guard/preview.ts';
import { catalogue } from '../../../workers/tools/catalogue.ts';

const preview: Preview = {
  before: { id: '101', phone: '+49 30 5550101', company: 'Acme' },
  after: { id: '101', phone: null, company: 'Acme GmbH' },
  changes: [
    { field: 'phone', before: '+49 30 5550101', after: null },
    { field: 'company', before: 'Acme', after: 'Acme GmbH' },
  ],
  sideEffects: ['It is seen.'],
  undo: { irreversible: 'a test' },
};

describe('what an agent is told', () => {
  test('is of the fields that it is granted to receive, and not even that others would change', () => {
    expect(grantedPreview(preview, ['id', 'company'])).toEqual({
      ...preview,
      before: { id: '101', company: 'Acme' },
      after: { id: '101', company: 'Acme GmbH' },
      changes: [{ field: 'company', before: 'Acme', after: 'Acme GmbH' }],
    });
    expect(grantedPreview({ ...preview, before: null }, [])).toMatchObject({
      before: null,
      after: {},
      changes: [],
    });
  });

  test('is all of it without such a list', () => {
    expect(grantedPreview(preview, undefined)).toEqual(preview);
  });
});

describe('of a person, an agent is told by a preview only what it may read', () => {
  const update = catalogue.get('crm.contact.update')!;
  const withheld = (...grants: Grant[]) =>
    withheldFields(update, { grants: [{ action: update.name, mode: 'propose' }, ...grants] }, catalogue);

  test('nothing, when it may read no contact', () => {
    const fields = ['email', 'firstName', 'lastName', 'phone', 'jobTitle'];
    expect(withheld().sort()).toEqual([...fields].sort());
    // Another kind of record, and an action that does not read, give nothing.
    expect(withheld({ action: 'crm.company.read', mode: 'read' })).toHaveLength(fields.length);
    expect(withheld({ action: 'crm.contact.create', mode: 'execute' })).toHaveLength(fields.length);
  });

  test('what a grant to read one returns', () => {
    expect(withheld({ action: 'crm.contact.read', mode: 'read' })).toEqual([]);
    const some: Grant = { action: 'crm.contact.search', mode: 'read', returns: ['phone', 'company'] };
    expect(withheld(some)).not.toContain('phone');
    expect(withheld(some)).toContain('email');
  });

  test('and not even that a field would change, which tells what it holds', () => {
    expect(withoutFields(preview, ['phone'])).toEqual({
      ...preview,
      before: { id: '101', company: 'Acme' },
      after: { id: '101', company: 'Acme GmbH' },
      changes: [{ field: 'company', before: 'Acme', after: 'Acme GmbH' }],
    });
    const fresh = { ...preview, before: null };
    expect(withoutFields(fresh, ['phone'])).toEqual(fresh);
  });
});

describe('what journals and approvers see', () => {
  const update = catalogue.get('crm.contact.update')!;

  test('is which fields change, with personal ones masked by contract', () => {
    expect(maskedChanges(preview, update)).toEqual([
      { field: 'phone', before: '[phone]', after: null },
      { field: 'company', before: 'Acme', after: 'Acme GmbH' },
    ]);
  });

  test('masks a field that only the input says is personal, and one that nobody declared shows nothing', () => {
    const post = catalogue.get('chat.message.post')!;
    const changes = [
      { field: 'text', before: null, after: 'call Jane on +49 170 5550199' },
      { field: 'surprise', before: 'x', after: 'y' },
    ];
    expect(maskedChanges({ ...preview, changes }, post)).toEqual([
      { field: 'text', before: null, after: '[free-text]' },
      { field: 'surprise', before: null, after: null },
    ]);
    const shown = maskedChanges({ ...preview, changes }, post, true);
    expect(JSON.stringify(shown)).toContain('call Jane on');
    expect(JSON.stringify(shown)).not.toContain('5550199');
  });
});

describe('what a proposal rests on', () => {
  const then = seenIn(preview, sha256);
  const since = (more: Partial<Preview>, returns?: string[]) =>
    changedSince(then, { ...preview, ...more }, returns, sha256);

  test('is kept as hashes only, and the same values of two fields differ', () => {
    expect(JSON.stringify(then)).not.toContain('Acme');
    const twins = seenIn({ ...preview, before: { a: 'x', b: 'x' } }, sha256);
    expect(twins['a']).not.toBe(twins['b']);
  });

  test('is unchanged while the vendor holds the same, in whatever order, and whatever it would become', () => {
    expect(since({ before: { company: 'Acme', phone: '+49 30 5550101', id: '101' } })).toEqual([]);
    expect(since({ after: {}, changes: [] })).toEqual([]);
  });

  test('has changed with a field: its name, and what it holds now as far as that is granted', () => {
    const before = { ...preview.before, phone: '+1', company: 'Other' };
    expect(since({ before }, ['company'])).toEqual([
      { what: 'field', field: 'phone' },
      { what: 'field', field: 'company', now: 'Other' },
    ]);
    expect(since({ before })).toContainEqual({ what: 'field', field: 'phone', now: '+1' });
    const now = { ...preview, before };
    const told = withoutFields(now, ['phone']);
    expect(changedSince(then, now, undefined, sha256, told)).toContainEqual({
      what: 'field',
      field: 'phone',
    });
  });

  test('has changed with a field that came or went, with the record, and with its side effects', () => {
    expect(since({ before: { id: '101', phone: '+49 30 5550101' } })).toEqual([
      { what: 'field', field: 'company' },
    ]);
    expect(since({ before: null })).toContainEqual({ what: 'record' });
    expect(since({ sideEffects: [] })).toEqual([{ what: 'side-effects', now: [] }]);
  });
});

describe('a preview that cannot be had', () => {
  test.each([
    [null, 'no-lease'],
    [{ kind: 'lapsed' }, 'no-lease'],
    [{ kind: 'failed', reason: 'unavailable', detail: 'x' }, 'vendor-failed'],
    [{ kind: 'failed', reason: 'vendor-limited', detail: 'x', retryAfter: 9 }, 'vendor-failed'],
    [{ kind: 'failed', reason: 'not-found', detail: 'x' }, 'vendor-failed'],
    [{ kind: 'failed', reason: 'refused', detail: 'x' }, 'vendor-failed'],
  ] as const)('%j is answered %s', (seen, code) => {
    const problem = publicProblem(unforeseen(seen));
    expect(problem.code).toBe(code);
    expect(JSON.stringify(problem)).not.toContain('"x"');
    const passes = seen?.kind !== 'failed' || ['unavailable', 'vendor-limited'].includes(seen.reason);
    expect(problem.retryAfter !== undefined).toBe(passes);
  });
});
