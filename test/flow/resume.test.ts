import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { newId } from '../../shared/ids.ts';
import type { ControlDesk, Resumed, StopsView } from '../../shared/rpc.ts';
import { bootGate, type GateUnderTest } from '../harness.ts';
import { eventually } from './support.ts';

let gate: GateUnderTest;
let desk: ControlDesk;

beforeAll(async () => {
  gate = await bootGate();
  const env = await gate.server.getWorker<{ CONTROL: ControlDesk }>('toolgate-console').getEnv();
  desk = env.CONTROL;
});
afterAll(async () => gate.close());
beforeEach(async () => {
  for (const { target } of (await view()).stops) await resumeByTwo(target);
});

async function view(): Promise<StopsView> {
  return (await gate.ops('auditor', 'GET', '/stops')).json<StopsView>();
}

async function stop(target: string): Promise<void> {
  expect((await gate.ops('operator', 'POST', '/stops', { target, reason: 'a test' })).status).toBe(201);
}

async function resume(
  person: string,
  target: string,
  more: object = {},
): Promise<{ status: number; body: Resumed & Record<string, unknown> }> {
  const answer = await gate.ops(person, 'DELETE', `/stops/${target}`, { reason: 'seen', ...more });
  return { status: answer.status, body: await answer.json() };
}

async function resumeByTwo(target: string): Promise<void> {
  const first = await resume('operator', target);
  if (first.status === 202 || first.status === 409) await resume('operator2', target);
}

async function evictControl(): Promise<void> {
  await gate.evict('toolgate-control', 'Control', 'control');
}

async function journaled(kind: string): Promise<Record<string, unknown>[]> {
  const answer = await gate.ops('auditor', 'GET', `/journal?kind=${kind}`);
  const { entries } = await answer.json<{ entries: { data: Record<string, unknown> }[] }>();
  return entries.map(({ data }) => data);
}

/** Runs SQL in control's own storage, as time or a fault would change it. */
async function inControl(sql: string): Promise<void> {
  const storage = await gate.server
    .getWorker('toolgate-control')
    .getDurableObjectStorage('Control', { name: 'control' });
  await storage.exec(sql);
}

describe('resuming all', () => {
  test('takes two different people, is shown while it waits, and is journaled with both', async () => {
    await stop('all');
    const first = await resume('operator', 'all');
    expect(first).toMatchObject({
      status: 202,
      body: { status: 'waiting', waiting: { by: 'operator@sandbox.example' }, stillStoppedBy: ['all'] },
    });
    expect(first.body.note).toMatch(/a second person/);
    expect(await view()).toMatchObject({
      stops: [{ target: 'all' }],
      resumesWaiting: [{ target: 'all', by: 'operator@sandbox.example', reason: 'seen' }],
    });
    const status = await (await gate.ops('auditor', 'GET', '/status')).json<StopsView>();
    expect(status.resumesWaiting).toHaveLength(1);

    expect((await resume('operator', 'all')).status).toBe(409);
    expect((await view()).stops).toHaveLength(1);

    const second = await resume('operator2', 'all');
    expect(second).toMatchObject({
      status: 200,
      body: { status: 'resumed', stillStoppedBy: [], note: null },
    });
    expect(await view()).toMatchObject({ stops: [], resumesWaiting: [] });
    const entry = await eventually(async () => (await journaled('stop.resumed'))[0]);
    expect(entry).toMatchObject({
      person: 'operator2@sandbox.example',
      people: ['operator@sandbox.example', 'operator2@sandbox.example'],
      target: 'all',
    });
  });

  test('waits on through an eviction, and no longer than its time', async () => {
    await stop('all');
    await resume('operator', 'all');
    await evictControl();
    expect((await view()).resumesWaiting).toHaveLength(1);
    await inControl(`UPDATE resume_waiting SET body = json_set(body, '$.until', '2026-01-01T00:00:00.000Z')`);
    expect((await view()).resumesWaiting).toEqual([]);
    expect((await resume('operator2', 'all')).status).toBe(202);
    expect((await view()).stops).toHaveLength(1);
    expect((await resume('owner', 'all')).status).toBe(200);
  });

  test('begins anew when all is stopped again in between', async () => {
    await stop('all');
    await resume('operator', 'all');
    await stop('all');
    expect((await view()).resumesWaiting).toEqual([]);
    expect((await resume('operator2', 'all')).status).toBe(202);
    expect((await view()).stops).toHaveLength(1);
    expect(await eventually(async () => (await journaled('stop.resume-voided'))[0])).toMatchObject({
      target: 'all',
      asked: 'operator@sandbox.example',
    });
  });

  test('is possible alone for who says so and why; it is journaled as such and shown', async () => {
    await stop('all');
    expect(await resume('operator', 'all', { alone: true, reason: 'too short' })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/reason' }] },
    });
    expect((await view()).stops).toHaveLength(1);
    const reason = 'nobody else is on call; cause found and fixed';
    expect(await resume('operator', 'all', { alone: true, reason })).toMatchObject({
      status: 200,
      body: { status: 'resumed', alone: true },
    });
    expect((await view()).resumedAlone[0]).toMatchObject({
      target: 'all',
      by: 'operator@sandbox.example',
      reason,
    });
    await evictControl();
    expect((await view()).resumedAlone).toHaveLength(1);
    expect(await eventually(async () => (await journaled('stop.resumed-alone'))[0])).toMatchObject({
      person: 'operator@sandbox.example',
      reason,
    });
    await inControl('UPDATE resumed_alone SET at = at - 86400000');
    expect((await view()).resumedAlone).toEqual([]);
  });

  test.each(['auditor', 'approver'])('is not for %s, alone or not', async (person) => {
    await stop('all');
    const reason = 'a reason that is long enough';
    expect((await resume(person, 'all')).status).toBe(403);
    expect((await resume(person, 'all', { alone: true, reason })).status).toBe(403);
    expect(await view()).toMatchObject({
      stops: [{ target: 'all' }],
      resumesWaiting: [],
      resumedAlone: expect.anything(),
    });
  });
});

describe('overlapping stops', () => {
  test('stay in force: resuming a tool under a stop of all changes nothing for calls, and says so', async () => {
    await stop('all');
    await stop('tool:crm');
    const { status, body } = await resume('operator', 'tool:crm');
    expect(status).toBe(200);
    expect(body.stillStoppedBy).toEqual(['all']);
    expect(body.note).toMatch(/Calls of tool:crm stay stopped by all/);
    expect((await resume('operator', 'tool:crm')).body['detail']).toMatch(
      /no stop of its own; it is stopped by all/,
    );
  });

  test('of another source stay until it is turned on there, and are resumable then', async () => {
    await stop('tool:crm');
    await inControl(
      `INSERT INTO stopped VALUES ('tool:crm', 'unleash', '2026-11-22T10:00:00.000Z', 'unleash', 'the flag is off', 1)`,
    );
    await evictControl();
    const { body } = await resume('operator', 'tool:crm');
    expect(body.note).toMatch(/Unleash still stops tool:crm/);
    expect(await view()).toMatchObject({ stops: [{ target: 'tool:crm', source: 'unleash', held: true }] });
    expect((await resume('operator', 'tool:crm')).status).toBe(409);
    await inControl('UPDATE stopped SET held = 0');
    await evictControl();
    expect((await resume('operator', 'tool:crm')).status).toBe(200);
    expect((await view()).stops).toEqual([]);
  });
});

describe('a request that the platform repeats', () => {
  const token = (person: string): string => gate.secrets.local.people[person]!.token;
  const because = { reason: 'seen' };

  test('does not lift a stop that was made since, and gets the first answer, an eviction later, too', async () => {
    await stop('tool:crm');
    const request = newId('req', Date.now());
    const first = await desk.resume(token('operator'), 'tool:crm', because, request);
    expect(first).toMatchObject({ ok: true, value: { status: 'resumed' } });
    await stop('tool:crm');
    expect(await desk.resume(token('operator'), 'tool:crm', because, request)).toEqual(first);
    await evictControl();
    expect(await desk.resume(token('operator'), 'tool:crm', because, request)).toEqual(first);
    expect((await view()).stops).toMatchObject([{ target: 'tool:crm' }]);
  });

  test('is answered once when it comes twice at the same time', async () => {
    await stop('all');
    const request = newId('req', Date.now());
    const both = await Promise.all(
      [1, 2].map(async () => desk.resume(token('operator'), 'all', because, request)),
    );
    expect(both[0]).toMatchObject({ ok: true, value: { status: 'waiting' } });
    expect(both[1]).toEqual(both[0]);
  });

  test('and was refused does not succeed later', async () => {
    const request = newId('req', Date.now());
    const first = await desk.resume(token('operator'), 'tool:crm', because, request);
    expect(first).toMatchObject({ ok: false, problem: { code: 'not-found' } });
    await stop('tool:crm');
    expect(await desk.resume(token('operator'), 'tool:crm', because, request)).toEqual(first);
    expect((await view()).stops).toHaveLength(1);
  });

  test('and arrives late for the first time does not lift a newer stop', async () => {
    const request = newId('req', Date.now() - 5_000);
    await stop('tool:crm');
    expect(await desk.resume(token('operator'), 'tool:crm', because, request)).toMatchObject({
      ok: false,
      problem: { code: 'conflict', detail: expect.stringContaining('stopped after this was asked for') },
    });
    expect((await view()).stops).toHaveLength(1);
  });

  test('and arrives late for the first time does not lift a stop that was made again since, and got a receipt', async () => {
    await stop('tool:crm');
    const pause = async () => new Promise((resolve) => setTimeout(resolve, 20));
    await pause();
    const request = newId('req', Date.now());
    await pause();
    await stop('tool:crm');
    expect(await desk.resume(token('operator'), 'tool:crm', because, request)).toMatchObject({
      ok: false,
      problem: { code: 'conflict', detail: expect.stringContaining('stopped after this was asked for') },
    });
    expect((await view()).stops).toHaveLength(1);
    expect((await resume('operator', 'tool:crm')).status).toBe(200);
  });

  test('and turned a flag on does not turn it on again after it was turned off', async () => {
    const [on, off] = [true, false].map((enabled) => ({ enabled, reason: 'a test' }));
    const request = newId('req', Date.now());
    const first = await desk.setFlag(token('operator'), 'tool.crm.enabled', on, request);
    expect(first).toMatchObject({ ok: true });
    await desk.setFlag(token('operator'), 'tool.crm.enabled', off, newId('req', Date.now()));
    expect(await desk.setFlag(token('operator'), 'tool.crm.enabled', on, request)).toEqual(first);
    expect((await view()).stops).toMatchObject([{ target: 'tool:crm', source: 'embedded', held: true }]);
    expect((await resume('operator', 'tool:crm')).status).toBe(409);
    await desk.setFlag(token('operator'), 'tool.crm.enabled', on, newId('req', Date.now()));
    expect((await resume('operator', 'tool:crm')).status).toBe(200);
  });

  test('is not acted on when its answer may be forgotten, when it has no id, or when another came under it', async () => {
    await stop('tool:crm');
    for (const request of [
      newId('req', Date.now() - 60_000),
      newId('req', Date.now() + 60_000),
      newId('call', Date.now()),
      'req_ZZZZZZZZZZZZZZZZZZZZZZZZZZ',
      '',
    ]) {
      expect(await desk.resume(token('operator'), 'tool:crm', because, request), request).toMatchObject({
        ok: false,
      });
    }
    const request = newId('req', Date.now());
    await desk.resume(token('operator'), 'tool:chat', because, request);
    for (const [person, target] of [
      ['operator', 'tool:crm'],
      ['operator2', 'tool:chat'],
    ] as const) {
      expect(await desk.resume(token(person), target, because, request)).toMatchObject({
        ok: false,
        problem: { code: 'conflict' },
      });
    }
    expect((await view()).stops).toHaveLength(1);
  });
});

describe('an agent', () => {
  test('resumes, applies and approves nothing with its token, on any route', async () => {
    await stop('all');
    await resume('operator', 'all');
    const token = await gate.agent('lead-router').token();
    const version = (await view()).governanceVersion ?? '';
    const routes: [string, string, object][] = [
      ['DELETE', '/stops/all', { reason: 'an agent says so' }],
      ['DELETE', '/stops/all', { reason: 'an agent says so, at length', alone: true }],
      ['DELETE', '/stops/tool:crm', { reason: 'an agent says so' }],
      ['PUT', '/flags/tool.crm.enabled', { enabled: true, reason: 'an agent says so' }],
      ['PUT', '/flags/gate.enabled', { enabled: true, reason: 'an agent says so' }],
      ['PUT', '/governance', {}],
      ['POST', `/governance/${version}/approval`, { reason: 'an agent says so' }],
    ];
    for (const [method, path, body] of routes) {
      for (const header of ['authorization', 'cf-access-jwt-assertion']) {
        const answer = await fetch(new URL(`/ops/v1${path}`, gate.url), {
          method,
          headers: {
            'content-type': 'application/json',
            [header]: header === 'authorization' ? `Bearer ${token}` : token,
          },
          body: JSON.stringify(body),
        });
        expect(answer.status, `${method} ${path} with ${header}`).toBe(401);
      }
    }
    expect(await view()).toMatchObject({
      stops: [{ target: 'all' }],
      resumesWaiting: [{ by: 'operator@sandbox.example' }],
      governanceVersion: version,
    });
  });
});
