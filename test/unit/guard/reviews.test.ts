import { beforeEach, describe, expect, test } from 'vitest';
import { hmac } from '../../../shared/crypto.ts';
import { manifestSchema, type Manifest } from '../../../shared/manifest.ts';
import { migrate } from '../../../shared/migrate.ts';
import type { Review } from '../../../shared/reviews.ts';
import type { Book } from '../../../workers/guard/book.ts';
import type { AskedCall } from '../../../workers/guard/call.ts';
import { migrations } from '../../../workers/guard/migrations.ts';
import { Reviews } from '../../../workers/guard/reviews.ts';
import { catalogue } from '../../../workers/tools/catalogue.ts';
import { sqlite } from '../journal/support.ts';
import { T } from '../triage/fixture.ts';

let storage: ReturnType<typeof sqlite>;
let rows: Record<string, { state: string; outcome: string | null }>;
let told: Review[];
let away: boolean;

beforeEach(() => {
  storage = sqlite();
  migrate(storage, migrations);
  [rows, told, away] = [{}, [], false];
});

function reviews(key = 'a key of the guard alone'): Reviews {
  const book = {
    keyed: (purpose: string) => (text: string) => hmac(key, `${purpose}\n${text}`),
    row: (call: string) => rows[call],
  };
  return new Reviews('one', storage.sql, book as unknown as Book);
}

const intake = {
  due: async (due: Review[]) => {
    if (away) throw new Error('away');
    told.push(...due);
  },
};

const person = { name: 'A', email: 'a@acme.example' };
const manifestOf = (over: Partial<Manifest['reviews']> = {}): Manifest =>
  ({
    workflow: 'support',
    reviews: { ...manifestSchema.shape.reviews.parse(undefined), ...over },
    approvals: { group: 'approvers', escalation: [], deadlineSeconds: 60 },
    owners: { business: person, technical: person },
    contacts: { incident: 'i@acme.example' },
  }) as unknown as Manifest;

const asked = (mode: 'execute' | 'read' = 'execute'): AskedCall =>
  ({
    action: catalogue.get('support.conversation.tag'),
    mode,
    workflow: 'support',
    input: { conversation: '1', tag: '86' },
    confidence: 90,
  }) as unknown as AskedCall;

function run(
  from: Reviews,
  call: string,
  manifest: Manifest,
  approvers: string[] | null = null,
  mode?: 'read',
): void {
  const arrival = { id: call, stored: {} as never };
  from.choose(arrival, asked(mode), manifest, 0, approvers, T)();
  rows[call] = { state: 'done', outcome: 'succeeded' };
}

const kept = (): string[] =>
  storage.sql
    .exec<{ call: string }>('SELECT call FROM review')
    .toArray()
    .map(({ call }) => call);

describe('what is chosen', () => {
  test('about the share of what needed nobody, by a key that only the guard has, and the same when asked again', () => {
    const calls = Array.from({ length: 4_000 }, (_, n) => `call_${n}`);
    for (const call of calls) run(reviews(), call, manifestOf({ sample: 10 }));
    const sampled = kept();
    expect(sampled.length / calls.length).toBeGreaterThan(0.08);
    expect(sampled.length / calls.length).toBeLessThan(0.12);
    for (const call of calls) run(reviews(), call, manifestOf({ sample: 10 }));
    expect(kept()).toEqual(sampled);
    storage.sql.exec('DELETE FROM review');
    for (const call of calls) run(reviews('another key'), call, manifestOf({ sample: 10 }));
    expect(kept()).not.toEqual(sampled);
  });

  test('all of it or none of it, and never what changes nothing', () => {
    for (let n = 0; n < 50; n += 1) run(reviews(), `none_${n}`, manifestOf({ sample: 0, audit: 0 }));
    for (let n = 0; n < 50; n += 1) run(reviews(), `read_${n}`, manifestOf({ sample: 100 }), null, 'read');
    expect(kept()).toEqual([]);
    for (let n = 0; n < 50; n += 1) run(reviews(), `all_${n}`, manifestOf({ sample: 100 }));
    expect(kept()).toHaveLength(50);
  });

  test('of what people approved the share that is audited, with who approved it', async () => {
    for (let n = 0; n < 600; n += 1)
      run(reviews(), `call_${n}`, manifestOf({ sample: 0, audit: 20 }), ['b@acme.example']);
    expect(kept().length / 600).toBeGreaterThan(0.14);
    expect(kept().length / 600).toBeLessThan(0.27);
    await reviews().tell(intake);
    expect(told[0]).toMatchObject({
      cause: 'audited',
      approvers: ['b@acme.example'],
      agent: 'one',
      state: 'open',
    });
  });

  test('a manifest of before it could say has the default', () => {
    const { reviews: _, ...old } = manifestOf();
    for (let n = 0; n < 2_000; n += 1) run(reviews(), `call_${n}`, old as Manifest);
    expect(kept().length).toBeGreaterThan(50);
    expect(kept().length).toBeLessThan(160);
  });
});

describe('telling', () => {
  const all = manifestOf({ sample: 100 });

  test('waits until the call has ended, and forgets what changed nothing', async () => {
    for (const call of ['ran', 'failed', 'lapsed', 'open', 'unclear']) run(reviews(), call, all);
    rows = {
      ran: { state: 'done', outcome: 'succeeded' },
      failed: { state: 'done', outcome: 'failed' },
      lapsed: { state: 'done', outcome: 'lapsed' },
      open: { state: 'running', outcome: null },
      unclear: { state: 'done', outcome: 'indeterminate' },
    };
    expect(await reviews().tell(intake)).toBe(true);
    expect(told.map(({ call }) => call)).toEqual(['ran', 'unclear']);
    expect(kept()).toEqual(['open']);
    rows['open'] = { state: 'done', outcome: 'succeeded' };
    await reviews().tell(intake);
    expect(told.map(({ call }) => call)).toEqual(['ran', 'unclear', 'open']);
  });

  test('outlives its guard and a queue that is away', async () => {
    run(reviews(), 'call', all);
    away = true;
    expect(await reviews().tell(intake)).toBe(false);
    away = false;
    expect(await reviews().tell(intake)).toBe(true);
    expect(await reviews().tell(intake)).toBe(true);
    expect(told.map(({ call }) => call)).toEqual(['call']);
  });
});
