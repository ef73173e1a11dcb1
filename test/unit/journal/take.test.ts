import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GENESIS, nextEntry, type Head } from '../../../shared/journal.ts';
import { take } from '../../../workers/ledger/take.ts';
import { chain, entryData } from './support.ts';

const start: Head = { seq: 0, hash: GENESIS };
const entries = fc
  .array(entryData, { minLength: 1, maxLength: 10 })
  .map((data) => chain('guard:a', data).map(({ body }) => body));

describe('taking a shipment', () => {
  it('takes a chain in any pieces, and pieces sent again change nothing', () => {
    fc.assert(
      fc.property(entries, fc.array(fc.nat({ max: 10 }), { maxLength: 6 }), (bodies, cuts) => {
        let head = start;
        const held: string[] = [];
        for (const cut of [...cuts, bodies.length]) {
          // Always from an earlier place than what is held, as after a lost answer.
          const from = Math.min(cut, held.length);
          const {
            head: next,
            bodies: taken,
            refusal,
            acknowledged,
          } = take('guard:a', head, bodies.slice(from, Math.max(cut, from)));
          expect(refusal).toBeNull();
          expect(acknowledged).toBe(next.seq);
          held.push(...taken);
          head = next;
        }
        expect(held).toEqual(bodies);
      }),
    );
  });

  it('takes all before the first bad entry and nothing from it on', () => {
    fc.assert(
      fc.property(entries, fc.nat(), (bodies, nat) => {
        const bad = nat % bodies.length;
        const sent = bodies.with(bad, bodies[bad]!.replace('"kind":"call.intent"', '"kind":"call.outcome"'));
        const taken = take('guard:a', start, sent);
        expect(taken.bodies).toEqual(bodies.slice(0, bad));
        expect(taken.acknowledged).toBe(bad);
        expect(taken.refusal).toEqual({ why: 'altered', expected: bad + 1 });
      }),
    );
  });

  const [first, second, third] = chain('guard:a', [{ n: 1 }, { n: 2 }, { n: 3 }]);
  const foreign = chain('guard:b', [{}]);
  const otherSecond = nextEntry('guard:a', { seq: 1, hash: 'f'.repeat(64) }, 'call.intent', {}, 1);

  it.each([
    ['a gap', start, [first!, third!], 'missing', 1],
    ['an entry that follows another', start, [first!, otherSecond], 'broken-link', 1],
    ['an entry of another source', start, foreign, 'foreign-source', 0],
    ['a fork at the end of the chain', { seq: 1, hash: 'e'.repeat(64) }, [first!, second!], 'fork', 0],
    ['text that is no entry', start, [first!, { body: 'no entry' }], 'unreadable', 1],
  ])('refuses %s', (_, head, sent, why, acknowledged) => {
    const taken = take(
      'guard:a',
      head,
      sent.map(({ body }) => body),
    );
    expect(taken.refusal?.why).toBe(why);
    expect(taken.acknowledged).toBe(acknowledged);
    expect(taken.bodies).toHaveLength(acknowledged);
  });

  it('answers a shipment of old entries with what is held', () => {
    const taken = take('guard:a', third!.entry, [first!.body]);
    expect(taken).toMatchObject({ acknowledged: 3, bodies: [], refusal: null });
  });
});
