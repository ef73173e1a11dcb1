import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { governanceVersion, type Governance } from '../../shared/governance.ts';
import { newId } from '../../shared/ids.ts';
import type { Manifest } from '../../shared/manifest.ts';
import type { Applied, ControlDesk, StopsView } from '../../shared/rpc.ts';
import { compileGovernance } from '../../bin/lib/governance.ts';
import { applyOver, bootGate, putInForce, root, type GateUnderTest } from '../harness.ts';
import { eventually } from './support.ts';

let gate: GateUnderTest;
let shipped: Governance;

beforeAll(async () => {
  gate = await bootGate();
  const compiled = await compileGovernance(root);
  if (!compiled.ok) throw new Error(compiled.errors.join('\n'));
  shipped = compiled.governance;
});
afterAll(async () => gate.close());
beforeEach(async () => void (shipped = await putInForce(gate, shipped)));

/**
 * The set in force with a change to the content writer's manifest, which may propose messages and execute nothing. `later`
 * tells apart numbers of versions that follow one another in a test.
 */
function changed(later: number, change: (writer: Manifest) => void): Governance {
  const { version: _, ...content } = structuredClone(shipped);
  const writer = content.manifests['content-writer']!;
  writer.version += later;
  change(writer);
  return { version: governanceVersion(content), ...content };
}

const wider = (): Governance =>
  changed(
    20,
    ({ grants }) => void (grants.find(({ action }) => action === 'chat.message.post')!.mode = 'execute'),
  );
const narrower = (max = 5, later = 10 - max): Governance =>
  changed(later, ({ limits }) => void (limits[0]!.max = max));

async function apply(set: Governance, person = 'owner'): Promise<{ status: number; body: Applied }> {
  const answer = await applyOver(gate, set, person);
  return { status: answer.status, body: await answer.json() };
}

async function approve(version: string, person = 'commander'): Promise<number> {
  const reason = 'agreed with the owner';
  return (await gate.ops(person, 'POST', `/governance/${version}/approval`, { reason })).status;
}

async function view(): Promise<StopsView> {
  return (await gate.ops('auditor', 'GET', '/stops')).json<StopsView>();
}

/** Whether the content writer may post by itself. */
async function mayPost(): Promise<boolean> {
  const answer = await gate.agent('content-writer').call(
    'chat.message.post',
    { channel: 'C0CONTENT1', text: 'a draft' },
    {
      mode: 'execute',
      key: newId('call', Date.now()),
      because: { goal: 'tell', explanation: 'It is done.' },
    },
  );
  return answer.status === 200;
}

async function journaled(kind: string, version: string): Promise<Record<string, unknown>> {
  return eventually(async () => {
    const answer = await gate.ops('auditor', 'GET', `/journal?kind=${kind}`);
    const { entries } = await answer.json<{ entries: { data: Record<string, unknown> }[] }>();
    return entries.find(({ data }) => data['version'] === version)?.data;
  });
}

describe('a policy set that widens', () => {
  test('is not in force until somebody else approves it, and says what it widens', async () => {
    const set = wider();
    const applied = await apply(set);
    expect(applied).toMatchObject({
      status: 202,
      body: {
        version: set.version,
        changed: false,
        waits: {
          version: set.version,
          by: 'owner@sandbox.example',
          widens: ['content-writer gains execute on chat.message.post, where it had propose'],
        },
      },
    });
    expect(await view()).toMatchObject({
      governanceVersion: shipped.version,
      governanceWaiting: { version: set.version },
    });
    expect(await mayPost()).toBe(false);

    expect(await approve(set.version, 'owner')).toBe(403);
    expect(await mayPost()).toBe(false);
    expect(await approve(set.version)).toBe(200);
    expect(await view()).toMatchObject({ governanceVersion: set.version, governanceWaiting: null });
    expect(await mayPost()).toBe(true);
    expect(await journaled('governance.applied', set.version)).toMatchObject({
      person: 'commander@sandbox.example',
      author: 'owner@sandbox.example',
      reason: 'agreed with the owner',
      widens: [expect.stringContaining('gains execute')],
    });
  });

  test.each(['operator', 'approver', 'auditor', 'nobody'])('is not approved by %s', async (person) => {
    const { version } = wider();
    await apply(wider());
    expect([401, 403]).toContain(await approve(version, person));
    expect((await view()).governanceVersion).toBe(shipped.version);
  });

  test('waits on through an eviction, for a day and no longer', async () => {
    const set = wider();
    await apply(set);
    const control = gate.server.getWorker('toolgate-control');
    await control.evictDurableObject('Control', { name: 'control' });
    expect((await view()).governanceWaiting?.version).toBe(set.version);
    const storage = await control.getDurableObjectStorage('Control', { name: 'control' });
    await storage.exec(
      `UPDATE governance_waiting SET shown = json_set(shown, '$.until', '2026-01-01T00:00:00.000Z')`,
    );
    expect(await approve(set.version)).toBe(404);
    expect((await view()).governanceWaiting).toBeNull();
    expect((await view()).governanceVersion).toBe(shipped.version);
    // Somebody does something, so the alarm rings, and the journal says that it expired.
    await gate.ops('operator', 'POST', '/stops', { target: 'tool:crm', reason: 'a test' });
    expect(await journaled('governance.expired', set.version)).toMatchObject({
      author: 'owner@sandbox.example',
    });
    await gate.ops('operator', 'DELETE', '/stops/tool:crm', { reason: 'a test' });
  });

  test('is replaced by a newer application: what was shown to be approved is what comes into force', async () => {
    const [first, second] = [
      wider(),
      changed(21, ({ environments }) => void environments.push('production')),
    ];
    const author = { by: 'owner@sandbox.example' };
    expect((await apply(first)).body).toMatchObject({ ...author, withdrew: null });
    expect((await apply(second)).body.withdrew).toEqual({ ...author, version: first.version });
    expect(await approve(first.version)).toBe(404);
    expect((await view()).governanceWaiting?.version).toBe(second.version);
    expect((await apply(narrower())).body.withdrew?.version).toBe(second.version);
    expect(await view()).toMatchObject({ governanceVersion: narrower().version, governanceWaiting: null });
    expect(await approve(second.version)).toBe(404);
    await apply(first);
    const again = await apply(narrower());
    expect(again.body).toMatchObject({ changed: false, withdrew: { version: first.version } });
    expect((await view()).governanceWaiting).toBeNull();
    expect(await journaled('governance.withdrawn', second.version)).toMatchObject({
      person: 'owner@sandbox.example',
    });
  });

  test('keeps its author when it is applied again', async () => {
    const { version } = wider();
    await apply(wider());
    expect((await apply(wider())).body.waits?.version).toBe(version);
    expect(await approve(version, 'owner')).toBe(403);
  });

  test('waits when it takes back what was narrowed by one person', async () => {
    expect((await apply(narrower())).status).toBe(200);
    const taken = changed(30, () => undefined);
    expect(await apply(taken)).toMatchObject({
      status: 202,
      body: { waits: { widens: [expect.stringContaining('raised')] } },
    });
  });
});

describe('a policy set that narrows', () => {
  test('is in force at once, by one person', async () => {
    const set = narrower();
    expect(await apply(set)).toMatchObject({ status: 200, body: { changed: true, waits: null } });
    expect((await view()).governanceVersion).toBe(set.version);
    expect(await apply(set)).toMatchObject({ status: 200, body: { changed: false, waits: null } });
  });
});

describe('a repeated application', () => {
  test('does not bring back what was replaced since', async () => {
    const env = await gate.server.getWorker<{ CONTROL: ControlDesk }>('toolgate-console').getEnv();
    const owner = gate.secrets.local.people['owner']!.token;
    const commander = gate.secrets.local.people['commander']!.token;
    const request = newId('req', Date.now());
    const terms = { over: shipped.version, reason: 'a test needs it' };
    const first = await env.CONTROL.apply(owner, narrower(5), request, terms);
    expect(first).toMatchObject({ ok: true, value: { changed: true } });
    await apply(narrower(4));
    expect(await env.CONTROL.apply(owner, narrower(5), request, terms)).toEqual(first);
    expect((await view()).governanceVersion).toBe(narrower(4).version);

    const set = wider();
    await apply(set);
    const approval = newId('req', Date.now());
    const approved = await env.CONTROL.approve(commander, set.version, { reason: 'agreed' }, approval);
    expect(approved).toMatchObject({ ok: true, value: { changed: true } });
    await apply(narrower(3, 30));
    // It waits again, as an earlier set that is to be put in force once more.
    const again = await gate.ops('owner', 'POST', `/governance/${set.version}/rollback`, { reason: 'again' });
    expect(again.status).toBe(202);
    expect(await env.CONTROL.approve(commander, set.version, { reason: 'agreed' }, approval)).toEqual(
      approved,
    );
    expect((await view()).governanceVersion).toBe(narrower(3, 30).version);
  });
});

describe('the first policy set of an installation', () => {
  test('needs one person, and is journaled as the first', async () => {
    const compiled = await compileGovernance(root);
    const first = compiled.ok ? compiled.governance.version : '';
    expect(await journaled('governance.applied', first)).toBeDefined();
    const answer = await gate.ops('auditor', 'GET', '/journal?kind=governance.applied&limit=500');
    const { entries } = await answer.json<{ entries: { data: Record<string, unknown> }[] }>();
    expect(entries.at(-1)?.data).toMatchObject({ version: first, first: true });
    expect(entries.filter(({ data }) => data['first'] === true)).toHaveLength(1);
  });
});
