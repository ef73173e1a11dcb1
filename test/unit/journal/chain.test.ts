import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonical } from '../../../shared/canonical.ts';
import { sha256 } from '../../../shared/crypto.ts';
import { GENESIS, nextEntry, readEntry } from '../../../shared/journal.ts';
import { entryData } from './support.ts';

describe('an entry', () => {
  it('has the canonical JSON (RFC 8785) of itself as its text, and the hash over it without the hash', () => {
    fc.assert(
      fc.property(entryData, fc.string(), (data, source) => {
        const { entry, body } = nextEntry(source, { seq: 6, hash: GENESIS }, 'call.intent', data, 1000);
        const { hash, ...unhashed } = entry;
        expect(body).toBe(canonical(entry));
        expect(hash).toBe(sha256(canonical(unhashed)));
        expect(entry).toMatchObject({ seq: 7, prev: GENESIS, at: '1970-01-01T00:00:01.000Z' });
      }),
    );
  });

  it('reads back from its text as it was', () => {
    fc.assert(
      fc.property(entryData, (data) => {
        const { entry, body } = nextEntry('guard:a', { seq: 0, hash: GENESIS }, 'call.intent', data, 1000);
        expect(readEntry(body)).toEqual({ ok: true, entry: JSON.parse(JSON.stringify(entry)) as unknown });
      }),
    );
  });

  it('is not read when any one character of its text differs', () => {
    fc.assert(
      fc.property(entryData, fc.nat(), fc.string({ minLength: 1, maxLength: 1 }), (data, at, other) => {
        const { body } = nextEntry('guard:a', { seq: 0, hash: GENESIS }, 'call.intent', data, 1000);
        const place = at % body.length;
        const changed = body.slice(0, place) + other + body.slice(place + 1);
        fc.pre(changed !== body);
        expect(readEntry(changed).ok).toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['a blank', (body: string) => body.replace('{', '{ ')],
    ['a doubled member before', (body: string) => body.replace('{', '{"data":{"forged":true},')],
    ['a member more', (body: string) => body.replace(/\}$/, ',"zz":1}')],
    ['another order', (body: string) => body.replace(/^\{("at":"[^"]*"),(.*)\}$/, '{$2,$1}')],
  ])('is not read with %s', (_, change) => {
    const { body } = nextEntry('guard:a', { seq: 0, hash: GENESIS }, 'call.intent', { a: 1 }, 1000);
    expect(change(body)).not.toBe(body);
    expect(readEntry(body).ok).toBe(true);
    expect(readEntry(change(body))).toMatchObject({ ok: false, why: 'altered' });
  });

  it.each(['', 'null', '[]', '{}', '{"at":1}', 'x', '{"source":"a"'])('is not read from %j', (text) => {
    expect(readEntry(text)).toEqual({ ok: false, why: 'unreadable' });
  });
});
