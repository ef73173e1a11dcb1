import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { verifyExport, type ExportReport } from '../../bin/lib/journal-verify.ts';
import { newId } from '../../shared/ids.ts';
import { GENESIS, nextEntry, type Entry, type EntryData, type Head } from '../../shared/journal.ts';
import type { CallQuery, JournalQuery, LedgerDesk, LedgerIntake, Result } from '../../shared/rpc.ts';
import { bootGate, type GateUnderTest } from '../harness.ts';

let gate: GateUnderTest;
let intake: LedgerIntake;
let desk: LedgerDesk;
let auditor: string;

beforeAll(async () => {
  gate = await bootGate({ govern: false, vars: { ledger: { CHECKPOINT_SECONDS: '0.5' } } });
  intake = (await gate.server.getWorker<{ LEDGER: LedgerIntake }>('toolgate-guard').getEnv()).LEDGER;
  desk = (await gate.server.getWorker<{ LEDGER: LedgerDesk }>('toolgate-console').getEnv()).LEDGER;
  auditor = gate.secrets.local.people['auditor']!.token;
});
afterAll(async () => gate.close());

/** An object's chain as it grows; each test has sources of its own. */
class Source {
  readonly name: string;
  #head: Head = { seq: 0, hash: GENESIS };

  constructor(name: string) {
    this.name = name;
  }

  write(data: EntryData = {}, at = Date.now(), kind = 'call.intent'): string {
    const { entry, body } = nextEntry(this.name, this.#head, kind, data, at);
    this.#head = { seq: entry.seq, hash: entry.hash };
    return body;
  }

  writes(count: number, data: EntryData = {}, at = Date.now()): string[] {
    return Array.from({ length: count }, () => this.write(data, at));
  }

  async ship(...bodies: string[]): Promise<number> {
    return (await intake.append(this.name, bodies)).acknowledged;
  }
}

let tests = 0;
let source: Source;
beforeEach(() => {
  tests += 1;
  source = new Source(`guard:test-${tests}`);
});

const month = new Date().toISOString().slice(0, 7);
/** The middle of the month before. */
const lastMonth = new Date(`${month}-15T00:00:00Z`).setUTCMonth(Number(month.slice(5)) - 2);
const monthOf = (at: number): string => new Date(at).toISOString().slice(0, 7);

async function storage(
  name = month,
): Promise<{ exec(sql: string, ...values: unknown[]): Promise<unknown[]> }> {
  return gate.server.getWorker('toolgate-ledger').getDurableObjectStorage('LEDGER', { name });
}

async function found<T>(result: Promise<Result<T>>): Promise<T> {
  const answer = await result;
  if (!answer.ok) throw new Error(JSON.stringify(answer.problem));
  return answer.value;
}

async function queried(query: JournalQuery): Promise<Entry[]> {
  const entries: Entry[] = [];
  let after: string | null = null;
  do {
    const page: { entries: unknown[]; next: string | null } = await found(
      desk.query(auditor, after === null ? query : { ...query, after }),
    );
    entries.push(...(page.entries as Entry[]));
    after = page.next;
  } while (after !== null);
  return entries;
}

async function exported(): Promise<string[]> {
  const lines: string[] = [];
  let after: string | null = null;
  do {
    const page: { entries: string[]; next: string | null; checkpoint: unknown } = await found(
      desk.export(auditor, after),
    );
    lines.push(...page.entries);
    after = page.next;
    if (after === null) lines.push(JSON.stringify({ checkpoint: page.checkpoint }));
  } while (after !== null);
  return lines;
}

async function verified(lines?: readonly string[]): Promise<ExportReport> {
  const all = lines ?? (await exported());
  return verifyExport(
    (async function* () {
      yield* all;
    })(),
    gate.secrets.local.journalKey,
  );
}

describe('taking journals', () => {
  it('holds what it acknowledged, once, however often it is sent', async () => {
    const bodies = source.writes(5, { agent: source.name });
    expect(await source.ship(...bodies.slice(0, 3))).toBe(3);
    expect(await source.ship(...bodies.slice(0, 3))).toBe(3);
    expect(await source.ship(...bodies)).toBe(5);
    expect(await source.ship()).toBe(5);
    expect((await queried({ agent: source.name })).map(({ seq }) => seq)).toEqual([5, 4, 3, 2, 1]);
  });

  it('knows nothing of a source that sent nothing', async () => {
    expect(await source.ship()).toBe(0);
  });

  it('goes on after an eviction', async () => {
    const bodies = source.writes(4);
    expect(await source.ship(...bodies.slice(0, 2))).toBe(2);
    await gate.evict('toolgate-ledger', 'LEDGER', month);
    expect(await source.ship(...bodies.slice(2))).toBe(4);
  });

  it('refuses an altered entry and all after it, and says so once in its own chain', async () => {
    const bodies = source.writes(4, { agent: source.name });
    const sent = bodies.with(2, bodies[2]!.replace('"agent":"guard', '"agent":"gu4rd'));
    expect(await source.ship(...sent)).toBe(2);
    expect(await source.ship(...sent)).toBe(2);
    expect(await queried({ agent: source.name })).toHaveLength(2);
    const refusals = (await queried({ kind: 'ledger.refused' })).filter(
      ({ data }) => data['of'] === source.name,
    );
    expect(refusals).toHaveLength(1);
    expect(refusals[0]!.data).toEqual({ of: source.name, why: 'altered', expected: 3 });
    expect(await source.ship(...bodies)).toBe(4);
  });

  it('refuses a gap and another object’s entries', async () => {
    const bodies = source.writes(3);
    expect(await source.ship(bodies[1]!)).toBe(0);
    expect(await source.ship(new Source('guard:somebody-else').write())).toBe(0);
    expect(await source.ship(...bodies)).toBe(3);
  });

  it('acknowledges nothing of a chain that parts from the one it holds', async () => {
    await source.ship(...source.writes(3));
    const fork = new Source(source.name);
    expect(await source.ship(...fork.writes(5, { other: true }))).toBe(0);
    expect(await source.ship()).toBe(3);
  });
});

describe('the turn of a month', () => {
  it('carries a chain on in the next month, from one shipment', async () => {
    const old = source.writes(2, { agent: source.name }, lastMonth);
    const fresh = source.writes(2, { agent: source.name });
    expect(await source.ship(...old, ...fresh)).toBe(4);
    expect((await queried({ agent: source.name })).map(({ seq }) => seq)).toEqual([4, 3, 2, 1]);
    const count = 'SELECT count(*) AS n FROM entry WHERE agent = ?';
    expect(await (await storage(monthOf(lastMonth))).exec(count, source.name)).toEqual([{ n: 2 }]);
    expect(await (await storage()).exec(count, source.name)).toEqual([{ n: 2 }]);
  });

  it('refuses in the new month what does not follow the old one', async () => {
    await source.ship(...source.writes(2, {}, lastMonth));
    source.write();
    expect(await source.ship(source.write())).toBe(2);
  });

  it('files an entry of a clock that was set back where the chain goes on', async () => {
    await source.ship(source.write({}, lastMonth), source.write());
    expect(await source.ship(source.write({}, lastMonth))).toBe(3);
    expect((await verified()).faults).toEqual([]);
  });

  it('takes up a chain after a crash between claiming the month and writing to it', async () => {
    const first = source.write({}, lastMonth);
    await source.ship(first);
    const index = await gate.server
      .getWorker('toolgate-ledger')
      .getDurableObjectStorage('LEDGER_INDEX', { name: 'index' });
    await index.exec('INSERT INTO claim VALUES (?, ?)', source.name, month);
    expect(await source.ship(first, source.write())).toBe(2);
  });
});

describe('reading', () => {
  it('is for people with a role, and for nobody else', async () => {
    for (const credential of [null, '', 'garbage', `${auditor}x`]) {
      expect(await desk.query(credential, {})).toMatchObject({
        ok: false,
        problem: { code: 'unauthenticated' },
      });
      expect(await desk.export(credential, null)).toMatchObject({ ok: false });
      expect(await desk.calls(credential, {})).toMatchObject({ ok: false });
      expect(await desk.call(credential, newId('call', 1))).toMatchObject({ ok: false });
    }
    for (const name of ['operator', 'approver', 'auditor', 'owner']) {
      expect((await desk.query(gate.secrets.local.people[name]!.token, { limit: 1 })).ok).toBe(true);
    }
  });

  it.each([
    [{ limit: 0 }, '/limit'],
    [{ limit: 501 }, '/limit'],
    [{ since: 'yesterday' }, '/since'],
    [{ agent: '' }, '/agent'],
    [{ after: 'nowhere' }, '/after'],
    [{ after: '2999-01:5' }, '/after'],
    [{ other: 1 }, ''],
  ])('refuses the query %j', async (query, pointer) => {
    const answer = await desk.query(auditor, query as JournalQuery);
    expect(answer).toMatchObject({ ok: false, problem: { code: 'invalid', errors: [{ pointer }] } });
  });

  it('finds by each field and by time, in pages that lose and double nothing', async () => {
    const [agent, tool] = [`agent-${tests}`, `tool${tests}`];
    await source.ship(
      source.write({ agent, tool, workflow: 'w1' }, lastMonth),
      source.write({ agent, tool, workflow: 'w2' }, Date.now() - 2000, 'call.outcome'),
      source.write({ agent, tool: 'other', workflow: 'w1' }, Date.now() - 1000),
    );
    const seqs = async (query: JournalQuery): Promise<number[]> =>
      (await queried(query)).map(({ seq }) => seq);
    expect(await seqs({ agent })).toEqual([3, 2, 1]);
    expect(await seqs({ agent, limit: 1 })).toEqual([3, 2, 1]);
    expect(await seqs({ agent, tool })).toEqual([2, 1]);
    expect(await seqs({ agent, workflow: 'w1' })).toEqual([3, 1]);
    expect(await seqs({ agent, kind: 'call.outcome' })).toEqual([2]);
    expect(await seqs({ agent, since: new Date(Date.now() - 60_000).toISOString() })).toEqual([3, 2]);
    expect(await seqs({ agent, until: new Date(lastMonth + 1).toISOString() })).toEqual([1]);
    expect(await seqs({ agent: `${agent}' OR 1=1 --` })).toEqual([]);
  });

  it('journals who read and what was asked for, but nothing of what was found', async () => {
    const agent = `read-${tests}`;
    await source.ship(source.write({ agent, secretly: 'found' }));
    await queried({ agent });
    await desk.call(auditor, newId('call', 5));
    const reads = (await queried({ kind: 'ledger.read' })).filter(({ data }) =>
      JSON.stringify(data).includes(agent),
    );
    expect(reads[0]).toMatchObject({
      source: `ledger:${month}`,
      data: { person: 'auditor@sandbox.example', read: 'query', roles: ['auditor'], filter: { agent } },
    });
    expect(JSON.stringify(reads)).not.toContain('found');
    expect(JSON.stringify(reads)).not.toContain(auditor);
  });
});

describe('reading the same again and again', () => {
  it('fills no log: it is journaled once', async () => {
    const agent = `again-${tests}`;
    for (let n = 0; n < 5; n += 1) await found(desk.calls(auditor, { agent }));
    await found(desk.calls(auditor, { agent, status: 'failed' }));
    const reads = (await queried({ kind: 'ledger.read' })).filter(({ data }) =>
      JSON.stringify(data['filter']).includes(agent),
    );
    expect(reads.filter(({ data }) => data['read'] === 'calls')).toHaveLength(2);
  });
});

describe('calls', () => {
  it('are found by how they stand, and by a part of their id', async () => {
    const agent = `stands-${tests}`;
    const [ran, runs] = [newId('call', Date.now() - 3000), newId('call', Date.now() - 2000)];
    await source.ship(
      source.write({ agent, call: ran, session: 'morning' }),
      source.write({ agent, call: runs, session: 'morning' }),
      source.write({ agent, call: ran, outcome: 'failed', reason: 'rejected' }, Date.now(), 'call.outcome'),
    );
    const ids = async (query: CallQuery): Promise<unknown[]> =>
      (await found(desk.calls(auditor, query))).calls.map((call) => (call as { call: string }).call);
    expect(await ids({ agent, status: 'failed', session: 'morning' })).toEqual([ran]);
    expect(await ids({ agent, status: 'running' })).toEqual([runs]);
    expect(await ids({ agent, id: runs.slice(-8).toLowerCase() })).toEqual([runs]);
    expect(await desk.calls(auditor, { status: 'odd' })).toMatchObject({
      ok: false,
      problem: { errors: [{ pointer: '/status' }] },
    });
  });

  it('are put together over months and sources, newest first, page by page', async () => {
    const agent = `calls-${tests}`;
    const old = newId('call', lastMonth);
    const newer = [newId('call', Date.now() - 3000), newId('call', Date.now() - 2000)];
    const approvals = new Source(`approvals:w${tests}`);
    await source.ship(
      source.write(
        { agent, call: old, tool: 'crm', action: 'crm.contact.update' },
        lastMonth,
        'call.waiting',
      ),
      ...newer.map((call) => source.write({ agent, call, code: 'denied' }, Date.now(), 'call.denied')),
      source.write({ call: old, outcome: 'succeeded' }, Date.now(), 'call.outcome'),
    );
    await approvals.ship(
      approvals.write({ agent, call: old, person: 'a@acme.example' }, Date.now(), 'approval.decided'),
    );
    const first = await found(desk.calls(auditor, { agent, limit: 2 }));
    expect(first.calls).toMatchObject([
      { call: newer[1], status: 'denied' },
      { call: newer[0], status: 'denied' },
    ]);
    const rest = await found(desk.calls(auditor, { agent, limit: 2, after: first.next! }));
    expect(rest.calls).toMatchObject([{ call: old, status: 'succeeded', tool: 'crm' }]);
    expect(rest.next).toBeNull();
    const one = await found(desk.call(auditor, old));
    expect((one.entries as Entry[]).map(({ kind }) => kind)).toEqual([
      'call.waiting',
      'call.outcome',
      'approval.decided',
    ]);
  });

  it('are not found by a wrong id', async () => {
    for (const id of ['', 'call_x', newId('call', 1), newId('appr', 1)]) {
      expect(await desk.call(auditor, id)).toMatchObject({ ok: false, problem: { code: 'not-found' } });
    }
  });
});

describe('the pulse', () => {
  it('counts what comes in, once, over an eviction, and is for people with a role', async () => {
    const before = (await found(desk.pulse(auditor))).hour;
    const tool = `tool${tests}`;
    const bodies = [
      source.write({ agent: source.name, tool, call: newId('call', Date.now()) }),
      source.write({ agent: source.name, tool, code: 'denied' }, Date.now(), 'call.denied'),
      source.write({ tool, call: 'c', outcome: 'failed', reason: 'credential' }, Date.now(), 'call.outcome'),
    ];
    await source.ship(...bodies.slice(0, 2));
    await source.ship(...bodies);
    await gate.evict('toolgate-ledger', 'LEDGER', month);
    const { hour, minutes } = await found(desk.pulse(auditor));
    expect(minutes).toHaveLength(60);
    expect(hour).toMatchObject({
      calls: before.calls + 2,
      denied: before.denied + 1,
      failed: before.failed + 1,
    });
    const records = await found(desk.tools(auditor));
    expect(records.find((record) => record.tool === tool)).toMatchObject({
      hour: { calls: 2, denied: 1, failed: { credential: 1 } },
      day: { calls: 2, denied: 1, failed: { credential: 1 } },
      last: [{ call: 'c', outcome: 'failed', reason: 'credential' }],
    });
    expect(await desk.pulse(null)).toMatchObject({ ok: false, problem: { code: 'unauthenticated' } });
    expect(await desk.tools('garbage')).toMatchObject({ ok: false, problem: { code: 'unauthenticated' } });
  });
});

describe('an export', () => {
  it('holds everything up to its checkpoint, in many pages, while more arrives', async () => {
    for (let n = 0; n < 5; n += 1) await source.ship(...source.writes(500, { agent: source.name }));
    const first = await found(desk.export(auditor, null));
    expect(first.next).not.toBeNull();
    expect(first.checkpoint).toBeNull();
    const lines = [...first.entries];
    let next = first.next;
    while (next !== null) {
      await source.ship(source.write({ late: true }));
      const page: { entries: string[]; next: string | null; checkpoint: unknown } = await found(
        desk.export(auditor, next),
      );
      lines.push(...page.entries);
      next = page.next;
      if (next === null) lines.push(JSON.stringify({ checkpoint: page.checkpoint }));
    }
    const report = await verified(lines);
    expect(report).toMatchObject({ faults: [], omitted: 0, checkpoint: { valid: true } });
    expect(report.entries).toBeGreaterThan(2500);
    expect(lines.some((line) => line.includes('"late":true'))).toBe(false);
  });

  it('refuses a cursor that it did not give', async () => {
    for (const after of ['x', '1:2026-01', '999999:2026-01:0', '1:2999-01:0']) {
      expect(await desk.export(auditor, after)).toMatchObject({ ok: false, problem: { code: 'invalid' } });
    }
  });

  it('shows what was changed behind the ledger’s back', async () => {
    await source.ship(...source.writes(5, { agent: source.name, amount: 100 }));
    const table = await storage();
    const rows = (await table.exec('SELECT n, body FROM entry WHERE agent = ? ORDER BY n', source.name)) as {
      n: number;
      body: string;
    }[];
    const { n, body } = rows[2]!;

    await table.exec('UPDATE entry SET body = ? WHERE n = ?', body.replace('"amount":100', '"amount":1'), n);
    expect((await verified()).faults).toEqual([{ kind: 'altered', source: source.name, seq: 3 }]);

    await table.exec('DELETE FROM entry WHERE n = ?', n);
    expect((await verified()).faults).toEqual([{ kind: 'missing', source: source.name, seq: 3, to: 3 }]);

    await table.exec('INSERT INTO entry (n, body) VALUES (?, ?)', n, body);
    expect((await verified()).faults).toEqual([]);

    await table.exec('DELETE FROM entry WHERE n = ?', rows[4]!.n);
    expect((await verified()).faults).toEqual([
      { kind: 'truncated', source: source.name, seq: 4, expected: 5 },
    ]);
    await table.exec('INSERT INTO entry (n, body) VALUES (?, ?)', rows[4]!.n, rows[4]!.body);
    expect((await verified()).faults).toEqual([]);
  });
});

describe('checkpoints', () => {
  it('follow what arrives, and stop when nothing does', async () => {
    const index = await gate.server
      .getWorker('toolgate-ledger')
      .getDurableObjectStorage('LEDGER_INDEX', { name: 'index' });
    const newest = async (): Promise<{ id: number; body: string }> =>
      (await index.exec('SELECT id, body FROM checkpoint ORDER BY id DESC LIMIT 1'))[0] as {
        id: number;
        body: string;
      };
    await source.ship(source.write());
    await expect.poll(async () => (await newest()).body, { timeout: 10_000 }).toContain(`"${source.name}"`);
    const settled = await (async () => {
      // One more may be due for what arrived last.
      await new Promise((resolve) => setTimeout(resolve, 800));
      return newest();
    })();
    await new Promise((resolve) => setTimeout(resolve, 1200));
    expect((await newest()).id).toBe(settled.id);
  });
});
