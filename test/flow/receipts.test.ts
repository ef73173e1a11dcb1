import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { GateClient } from '../../examples/gate-client.ts';
import type { Receipt, ReceiptPage, StopsView } from '../../shared/rpc.ts';
import { bootGate, type GateUnderTest } from '../harness.ts';
import { eventsOf, type ServerEvent } from './events.ts';
import { eventually, simulatorLog, runAs, type Ran } from './support.ts';

let gate: GateUnderTest;
let router: GateClient;
let company = '';

beforeAll(async () => {
  gate = await bootGate({ vars: { crm: { VENDOR_TIMEOUT_MS: '30000' } } });
  router = gate.agent('lead-router');
  const companies = await fetch(`${gate.url.origin}/simulator/hubspot/records/companies`);
  company = (await companies.json<{ id: string }[]>())[0]?.id ?? '';
});
afterAll(async () => gate.close());
afterEach(async () => {
  const view = await (await gate.ops('auditor', 'GET', '/stops')).json<StopsView>();
  for (const { target } of view.stops) await resume(target);
});

async function read() {
  return router.call('crm.company.read', { id: company }, { mode: 'read' });
}

async function stop(target: string, more: object = {}): Promise<Receipt> {
  const answer = await gate.ops('operator', 'POST', '/stops', {
    target,
    reason: 'a test of receipts',
    ...more,
  });
  return answer.json<Receipt>();
}

async function resume(target: string): Promise<void> {
  await gate.ops('operator', 'DELETE', `/stops/${target}`, { reason: 'the test is over' });
}

async function list(query: string, person = 'auditor'): Promise<ReceiptPage> {
  return (await gate.ops(person, 'GET', `/receipts${query}`)).json<ReceiptPage>();
}

async function settled(id: string): Promise<Receipt> {
  return eventually(async () => {
    const receipt = await (await gate.ops('auditor', 'GET', `/receipts/${id}`)).json<Receipt>();
    return receipt.status === 'settled' ? receipt : undefined;
  }, 20_000);
}

/** Starts a read that stays at the vendor for so long. */
async function slowRead(delayMs: number): Promise<Promise<unknown>[]> {
  await fetch(`${gate.url.origin}/simulator/hubspot/faults`, {
    method: 'POST',
    body: JSON.stringify({ fault: 'slow', delayMs, times: 1 }),
  });
  const seen = (await simulatorLog(gate, 'hubspot')).length;
  const call = read();
  await eventually(async () => ((await simulatorLog(gate, 'hubspot')).length > seen ? true : undefined));
  return [call];
}

async function watch(
  id: string,
  options: { person?: string; lastEventId?: string; signal?: AbortSignal } = {},
): Promise<Response> {
  const { person = 'auditor', lastEventId, signal } = options;
  return fetch(new URL(`/ops/v1/receipts/${id}/events`, gate.url), {
    headers: {
      authorization: `Bearer ${gate.secrets.local.people[person]?.token ?? ''}`,
      ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
    },
    ...(signal && { signal }),
  });
}

async function collect(answer: Response): Promise<ServerEvent[]> {
  const found: ServerEvent[] = [];
  for await (const event of eventsOf(answer)) found.push(event);
  return found;
}

const names = (events: ServerEvent[]): (string | undefined)[] =>
  events.filter(({ name }) => name !== undefined).map(({ name }) => name);

describe('a receipt', () => {
  test('says how long confirming took, and lists only calls that its stop concerns', async () => {
    const [call] = await slowRead(700);
    const [chat, crm] = await Promise.all([stop('tool:chat'), stop('tool:crm')]);
    await call;
    expect(chat.inFlight).toEqual([]);
    expect(crm.inFlight).toMatchObject([
      { action: 'crm.company.read', workflow: 'lead-routing', ended: 'succeeded' },
    ]);
    expect(crm.confirmMs).toBe(Date.parse(crm.confirmedAt ?? '') - Date.parse(crm.stopAt));
  });

  test('waits for the call of the workflow it stops and not for that of another', async () => {
    const [call] = await slowRead(700);
    const [other, own] = await Promise.all([stop('workflow:content'), stop('workflow:lead-routing')]);
    await call;
    expect(other.inFlight).toEqual([]);
    expect(own.inFlight).toHaveLength(1);
  });

  test('is found by target, status and time, newest first, page by page', async () => {
    const made: Receipt[] = [];
    for (let index = 0; index < 5; index += 1) made.push(await stop('tool:enrichment'));
    const ids = made.map(({ id }) => id).reverse();
    const first = await list('?target=tool:enrichment&limit=2');
    const second = await list(`?target=tool:enrichment&limit=2&after=${first.next}`);
    const third = await list(`?target=tool:enrichment&limit=2&after=${second.next}`);
    const found = [first, second, third].flatMap(({ receipts }) => receipts);
    expect(found.map(({ id }) => id)).toEqual(ids);
    expect(third.next).toBeNull();
    const since = await list(`?target=tool:enrichment&since=${made[3]!.stopAt}`);
    expect(since.receipts.map(({ id }) => id)).toEqual(ids.slice(0, 2));
    await Promise.all(made.map(async ({ id }) => settled(id)));
    expect((await list('?status=forming')).receipts).toEqual([]);
    expect((await list('?target=tool:enrichment&status=settled')).receipts).toHaveLength(5);
  });

  test.each(['target=everything', 'status=done', 'since=yesterday', 'after=rcpt_1', 'limit=0', 'colour=red'])(
    'is not looked for by %s',
    async (query) => {
      expect((await gate.ops('auditor', 'GET', `/receipts?${query}`)).status).toBe(422);
    },
  );
});

describe('the stream of a receipt', () => {
  test('tells each change once, while it forms: progress, confirmed, settled, end', async () => {
    const [call] = await slowRead(900);
    const { id, status } = await stop('tool:crm', { wait: false });
    expect(status).toBe('forming');
    const answer = await watch(id);
    expect(answer.headers.get('content-type')).toBe('text/event-stream');
    const events = await collect(answer);
    await call;
    expect(names(events).at(0)).toBe('progress');
    expect(names(events).slice(-3)).toEqual(['confirmed', 'settled', 'end']);
    expect(new Set(names(events).slice(0, -3))).toEqual(new Set(['progress']));
    const ids = events.map((event) => event.id).filter((found) => found !== undefined);
    expect(new Set(ids).size).toBe(ids.length);
    expect(events.find(({ name }) => name === 'confirmed')?.data).toMatchObject({
      id,
      confirmMs: expect.any(Number),
    });
  });

  test('goes on where a reader was cut off, and has only the end for one that has it all', async () => {
    const { id } = await stop('tool:crm');
    await settled(id);
    const all = await collect(await watch(id));
    expect(names(all)).toEqual(['confirmed', 'settled', 'end']);
    const again = await collect(await watch(id, { lastEventId: all[1]!.id! }));
    expect(names(again)).toEqual(['end']);
    expect(names(await collect(await watch(id, { lastEventId: 'anything else' })))).toEqual([
      'confirmed',
      'settled',
      'end',
    ]);
  });

  test('goes on over an eviction of control, and shows that it lives while nothing changes', async () => {
    expect((await read()).status).toBe(200);
    // The old incarnation never answers, so only its lease's end confirms: some quiet seconds.
    await gate.evict('toolgate-guard', 'Guard', 'lead-router');
    const { id } = await stop('tool:crm', { wait: false });
    const collecting = watch(id).then(collect);
    await new Promise((resolve) => setTimeout(resolve, 500));
    await gate.evict('toolgate-control', 'Control', 'control');
    const events = await collecting;
    expect(names(events).filter((name) => name === 'confirmed')).toHaveLength(1);
    expect(names(events).slice(-2)).toEqual(['settled', 'end']);
    expect(events.some(({ comment }) => comment !== undefined)).toBe(true);
  });

  test.each([
    ['nobody', 401],
    ['operator', 404],
  ])('is refused to %s with %d where there is none', async (person, status) => {
    expect((await watch('rcpt_01JD0000000000000000000000', { person })).status).toBe(status);
  });

  test('has room for a hundred readers, and gets it back from those that vanish', async () => {
    // A call that takes so long keeps the receipt from being settled.
    const [call] = await slowRead(16_000);
    const { id } = await stop('tool:crm', { wait: false });
    const gone = new AbortController();
    const readers = await Promise.all(
      Array.from({ length: 120 }, async () => watch(id, { signal: gone.signal })),
    );
    for (const reader of readers) void collect(reader).catch(() => undefined);
    await eventually(async () => ((await watch(id)).status === 429 ? true : undefined), 2_000);
    // The receipt itself can still be read, and the stop is not held up.
    expect((await gate.ops('auditor', 'GET', `/receipts/${id}`)).status).toBe(200);
    gone.abort();
    // Each look ends within five seconds, and by then the closed connection has been found.
    const back = await eventually(async () => {
      const answer = await watch(id);
      return answer.status === 200 ? answer : undefined;
    }, 8_000);
    expect(names(await collect(back)).slice(-2)).toEqual(['settled', 'end']);
    await call;
  });
});

describe('toolgate', () => {
  /** Runs one command line in this process, as a person of the gate. */
  const toolgate = async (person: string, ...args: string[]): Promise<Ran> => runAs(gate, person, args);

  test('stop shows its progress live, waits until it is settled, and receipts finds it again', async () => {
    const [call] = await slowRead(1_500);
    const began = Date.now();
    const stopped = await toolgate('operator', 'stop', 'tool:crm', '--reason', 'a test');
    expect(Date.now() - began).toBeGreaterThan(500);
    await call;
    expect(stopped.code).toBe(0);
    const lines = stopped.stderr.trimEnd().split('\n');
    expect(lines.at(0)).toMatch(/^tool:crm: 0 of \d guards? acked; \d waited for$/);
    expect(lines.at(-1)).toBe('tool:crm: settled: 1 of 1 call under way ended');
    expect(stopped.stdout).toMatch(/call_\w+ +lead-router +crm.company.read +succeeded/);
    const id = /rcpt_\w+/.exec(stopped.stdout)![0];
    expect((await toolgate('auditor', 'receipts', id)).stdout).toContain('Clocks differ');
    expect((await toolgate('auditor', 'receipts', '--target', 'tool:crm', '--limit', '1')).stdout).toContain(
      id,
    );
  });

  test('stop --preview warns of a typing error and stops nothing', async () => {
    const { code, stdout } = await toolgate('operator', 'stop', 'tool:crn', '--preview');
    expect(code).toBe(0);
    expect(stdout).toMatch(/no such tool; tools are .*crm/);
    const { stops } = await (await gate.ops('auditor', 'GET', '/stops')).json<StopsView>();
    expect(stops).toEqual([]);
  });

  test('probe says that a stop would work, and status when that was', async () => {
    expect((await toolgate('operator', 'probe')).stdout).toContain('would work now');
    expect((await toolgate('operator', 'status')).stdout).toMatch(/last probe +\d+ s ago: a stop would work/);
  });
});
