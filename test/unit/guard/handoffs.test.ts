import { beforeEach, describe, expect, test } from 'vitest';
import { sha256 } from '../../../shared/crypto.ts';
import { handoffSchema, type Handoff, type HandoffStanding } from '../../../shared/handoffs.ts';
import { migrate } from '../../../shared/migrate.ts';
import type { Answer } from '../../../shared/rpc.ts';
import type { Book } from '../../../workers/guard/book.ts';
import { readFiled, sealedFlag, sealedHandoff } from '../../../workers/guard/filing.ts';
import { Handoffs } from '../../../workers/guard/handoffs.ts';
import type { Incidents } from '../../../workers/guard/incidents.ts';
import { migrations } from '../../../workers/guard/migrations.ts';
import { sqlite } from '../journal/support.ts';
import { T, terms } from '../triage/fixture.ts';

const DAY = 86_400_000;
let storage: ReturnType<typeof sqlite>;
let notes: [kind: string, data: Record<string, unknown>][];
let raised: unknown[];
let away: boolean;
let queue: Handoff[];
let standing: HandoffStanding | null;
let behind: boolean;

/** What a new incarnation of the guard has: the same storage, and nothing else. */
function handoffs(): Handoffs {
  const book = {
    get behind() {
      return behind;
    },
    keyed: (purpose: string) => (text: string) => sha256(`${purpose} ${text}`),
    note: (kind: string, data: Record<string, unknown>, write: () => void) => {
      notes.push([kind, data]);
      write();
    },
  };
  const incidents = {
    raise: (flag: unknown) => {
      raised.push(flag);
      return { status: 201, headers: {}, body: '{"incident":"incident_1"}' };
    },
  };
  const triage = {
    file: async (handoff: Handoff) => {
      if (away) throw new Error('away');
      queue.push(handoff);
    },
    standing: async () => {
      if (away) throw new Error('away');
      return standing;
    },
  };
  return new Handoffs('one', storage.sql, book as unknown as Book, incidents as unknown as Incidents, triage);
}

beforeEach(() => {
  storage = sqlite();
  migrate(storage, migrations);
  [notes, raised, queue, away, standing, behind] = [[], [], [], false, null, false];
});

const filed = (record = 'r1', over: object = {}): string =>
  JSON.stringify({ kind: 'conflicting', about: { tool: 'crm', record }, summary: 'Two owners.', ...over });
const nobody = { workflow: null, address: null };
const file = (text: string, key: string | null = null, now = T): Answer => {
  const read = readFiled(handoffSchema, text);
  return read.ok ? handoffs().file(read.value, key, nobody, now) : read.answer;
};
const bodyOf = ({ body }: Answer): Record<string, unknown> => JSON.parse(body) as Record<string, unknown>;

describe('filing', () => {
  test('the same within a day is one, a day later another', () => {
    const first = file(filed());
    expect(first.status).toBe(201);
    expect(bodyOf(file(filed()))).toMatchObject({ handoff: bodyOf(first)['handoff'], times: 2 });
    expect(file(filed('r1', { urgent: true })).status).toBe(201);
    expect(file(filed(), null, T + DAY).status).toBe(201);
  });

  test('under a key it is that one, however late; another case under it is refused', () => {
    const first = file(filed(), 'k');
    expect(bodyOf(file(filed(), 'k', T + 2 * DAY))).toMatchObject({
      handoff: bodyOf(first)['handoff'],
      times: 1,
    });
    expect(file(filed('r2'), 'k').status).toBe(409);
    expect(notes.map(([kind]) => kind)).toEqual(['handoff.filed']);
  });

  test('a flood is one case that counts up and is journaled by powers of two', async () => {
    for (let n = 0; n < 200; n += 1) expect(file(filed(`r${n}`), null, T + n).status).toBe(201);
    const before = notes.length;
    const over = Array.from({ length: 100 }, (_, n) => file(filed(`more-${n}`), null, T + 200 + n));
    expect(new Set(over.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(over.map((one) => bodyOf(one)['handoff'])).size).toBe(1);
    expect(bodyOf(over.at(-1)!)).toMatchObject({
      times: 101,
      note: expect.stringMatching(/Too many/) as string,
    });
    expect(notes.length - before).toBe(6);
    const told = handoffs();
    for (let n = 0; n < 20 && told.any; n += 1) await told.tell(terms);
    expect(new Set(queue.map(({ id }) => id)).size).toBe(200);
    expect(file(filed('next-day'), null, T + DAY + 1_000).status).toBe(201);
  });

  test('what is no case is refused and kept nowhere; words are masked before they are', async () => {
    for (const bad of ['', '[]', filed('with space'), filed('r', { kind: 'bored' }), filed('r', { more: 1 })])
      expect(file(bad).status).toBe(422);
    expect(notes).toEqual([]);
    const personal = 'jo@acme.example';
    file(
      filed('r', { summary: `of ${personal}`, tried: [personal], options: [personal], session: personal }),
    );
    await handoffs().tell(terms);
    expect(JSON.stringify([notes, queue])).not.toContain(personal);
  });

  test('a security issue is an incident and no case', () => {
    const answer = file(filed('r', { kind: 'security', summary: 'x' }));
    expect(bodyOf(answer)).toMatchObject({ incident: 'incident_1', went: expect.any(String) as string });
    expect(raised).toHaveLength(1);
    expect(handoffs().any).toBe(false);
  });

  test('each word of a case is sealed in its own place, and a flag’s, too', async () => {
    const seal = async (texts: readonly string[]) => Promise.resolve(texts.map((text) => `sealed ${text}`));
    const words = { summary: 'a', tried: ['b', 'c'], options: ['d'], session: 'e' };
    const read = readFiled(handoffSchema, filed('r', words));
    expect(read.ok && (await sealedHandoff(read.value, seal))).toMatchObject({
      summary: 'sealed a',
      tried: ['sealed b', 'sealed c'],
      options: ['sealed d'],
      session: 'sealed e',
    });
    const flag = { kind: 'security', about: { tool: 'crm', record: 'r' }, summary: 'ann' } as const;
    expect((await sealedFlag(flag, seal)).summary).toBe('sealed ann');
  });

  test('without a vault a case is not taken, and an alarm is, without its words', async () => {
    const away = async () => Promise.resolve(null);
    const take = async (over: object) => {
      const read = readFiled(
        handoffSchema,
        filed('r', { summary: 'ann', tried: ['ann'], options: ['ann'], session: 'ann', ...over }),
      );
      return read.ok ? sealedHandoff(read.value, away) : undefined;
    };
    expect(await take({})).toBeNull();
    expect(JSON.stringify(await take({ kind: 'security' }))).not.toContain('ann');
    const flag = { kind: 'security', about: { tool: 'crm', record: 'r' }, summary: 'ann' } as const;
    expect(await sealedFlag(flag, away)).toMatchObject({ about: flag.about });
    expect(JSON.stringify(await sealedFlag(flag, away))).not.toContain('ann');
  });

  test('what cannot be journaled is not taken', () => {
    behind = true;
    expect(file(filed()).status).toBe(503);
    expect(handoffs().any).toBe(false);
  });
});

describe('delivery', () => {
  test('a case outlives its guard, and a triage that is away, until it is taken', async () => {
    const id = bodyOf(file(filed()))['handoff'];
    away = true;
    expect(await handoffs().tell(terms)).toBe(false);
    away = false;
    // A new incarnation knows of it by its storage alone.
    expect(await handoffs().tell(terms)).toBe(true);
    expect(queue).toMatchObject([
      { id, workflow: 'support', group: 'first-line', at: new Date(T).toISOString() },
    ]);
    expect(await handoffs().tell(terms)).toBe(true);
    expect(queue).toHaveLength(1);
  });

  test('without a manifest nobody knows who is asked: it waits, and its clock runs from when it was filed', async () => {
    file(filed('r', { urgent: true }));
    expect(await handoffs().tell(null)).toBe(false);
    await handoffs().tell(terms);
    expect(queue[0]!.respondBy).toBe(new Date(T + 50_000).toISOString());
  });

  test('told again it stays in the workflow that has it', async () => {
    file(filed());
    await handoffs().tell(terms);
    file(filed());
    await handoffs().tell({ ...terms, workflow: 'other' });
    expect(queue.map(({ workflow, times }) => [workflow, times])).toEqual([
      ['support', 1],
      ['support', 2],
    ]);
  });
});

describe('how a case stands', () => {
  const over: HandoffStanding = {
    state: 'resolved',
    times: 1,
    respondBy: new Date(T).toISOString(),
    takenAt: new Date(T).toISOString(),
    resolvedAt: new Date(T).toISOString(),
    resolution: 'For billing.',
  };

  test('is triage’s word, and once it is over nobody is asked any more', async () => {
    const id = String(bodyOf(file(filed()))['handoff']);
    await handoffs().tell(terms);
    expect(bodyOf(await handoffs().state(id))).toMatchObject({ status: 'open' });
    standing = over;
    expect(bodyOf(await handoffs().state(id))).toMatchObject({
      status: 'resolved',
      resolution: 'For billing.',
    });
    away = true;
    expect(bodyOf(await handoffs().state(id))).toMatchObject({
      status: 'resolved',
      resolution: 'For billing.',
    });
    // Filed once more within the day, the agent is told the answer.
    expect(bodyOf(file(filed()))).toMatchObject({ status: 'resolved', resolution: 'For billing.' });
  });

  test('is open as far as is known while triage does not answer, and unknown ids are none', async () => {
    const id = String(bodyOf(file(filed()))['handoff']);
    away = true;
    expect(bodyOf(await handoffs().state(id))).toMatchObject({ status: 'open' });
    expect((await handoffs().state('handoff_01JD0000000000000000000000')).status).toBe(404);
    expect((await handoffs().state("' OR 1")).status).toBe(404);
  });
});
