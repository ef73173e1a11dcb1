import { policyToJson } from '@cedar-policy/cedar-wasm/nodejs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { compileGovernance } from '../../bin/lib/governance.ts';
import { sampleOf, type DecisionSample } from '../../shared/cedar/sample.ts';
import { forAgent, governanceVersion, type Governance, type Policy } from '../../shared/governance.ts';
import { newId } from '../../shared/ids.ts';
import { decide } from '../../shared/policy.ts';
import type {
  Applied,
  ManifestVersion,
  Receipt,
  Rechecks,
  SetPage,
  StopsView,
  StoredSet,
} from '../../shared/rpc.ts';
import { question } from '../unit/policy/ask.ts';
import { applyOver, bootGate, numbered, putInForce, root, type GateUnderTest } from '../harness.ts';
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

/** The set in force with a change, its manifests numbered as they must be. */
async function changed(change: (content: Omit<Governance, 'version'>) => void): Promise<Governance> {
  const { version: _, ...content } = structuredClone(shipped);
  change(content);
  return numbered(gate, { version: governanceVersion(content), ...content });
}

interface Refusal {
  code: string;
  detail?: string;
  errors?: { pointer: string; detail: string }[];
}

async function refusal(answer: Response, status: number): Promise<string> {
  expect(answer.status).toBe(status);
  const { detail = '', errors = [] } = await answer.json<Refusal>();
  return [detail, ...errors.map((error) => `${error.pointer} ${error.detail}`)].join('\n');
}

async function view(): Promise<StopsView> {
  return (await gate.ops('auditor', 'GET', '/stops')).json<StopsView>();
}

async function history(query = ''): Promise<SetPage> {
  return (await gate.ops('auditor', 'GET', `/governance${query}`)).json<SetPage>();
}

async function apply(set: Governance, terms: Record<string, string>, person = 'owner'): Promise<Response> {
  return gate.ops(person, 'PUT', `/governance?${new URLSearchParams(terms).toString()}`, set);
}

function policy(text: string): Policy {
  const answer = policyToJson(text);
  if (answer.type === 'failure') throw new Error(answer.errors[0]?.message);
  const { annotations = {}, ...json } = answer.json;
  return { id: annotations['id'] ?? '', reason: annotations['reason'] ?? '', json, text };
}

const head = '@id("by-hand") @reason("By hand.") forbid (principal, action, resource)';

describe('a set that was made by hand and sent past the command line', () => {
  test.each<[what: string, told: RegExp, change: (content: Omit<Governance, 'version'>) => void]>([
    [
      'asks for a field that no action has',
      /policy by-hand: names context\.input\.nonsense, which no action it concerns has/,
      ({ policies }) => void policies.push(policy(`${head} when { context.input has nonsense };`)),
    ],
    [
      'compares what cannot be compared',
      /\/policies\/\d+ policy by-hand: .*type/,
      ({ policies }) => void policies.push(policy(`${head} when { context.mode == 3 };`)),
    ],
    [
      'can never hold',
      /policy by-hand: /,
      ({ policies }) => void policies.push(policy(`${head} when { principal is Tool };`)),
    ],
    [
      'shows people another text than what is enforced',
      /says something else than its JSON form/,
      ({ policies }) => void (policies[0]!.json = policy(`${head} when { context.granted };`).json),
    ],
    ['shows people nothing', /comes without its Cedar text/, ({ policies }) => void delete policies[0]!.text],
    [
      'pins another contract',
      /\/contracts\/crm.company.read the contract of crm.company.read is another one now/,
      ({ contracts }) => void (contracts['crm.company.read'] = 'a'.repeat(64)),
    ],
    [
      'grants an action that no tool has',
      /\/manifests\/lead-router\/grants\/\d+\/action no tool has "crm.nothing.done"/,
      ({ manifests }) =>
        void manifests['lead-router']!.grants.push({ action: 'crm.nothing.done', mode: 'read' }),
    ],
    [
      'keeps a manifest under another agent’s name',
      /\/manifests\/someone-else holds the manifest of "lead-router"/,
      ({ manifests }) => void (manifests['someone-else'] = structuredClone(manifests['lead-router']!)),
    ],
    [
      'grants what acceptable use bars',
      /crm.contact.update .*is barred for every agent/,
      ({ rights }) => void rights!.barred.actions.push('crm.contact.update'),
    ],
  ])('and %s is refused', async (_, told, change) => {
    const set = await changed(change);
    expect(await refusal(await applyOver(gate, set), 422)).toMatch(told);
    expect(await view()).toMatchObject({ governanceVersion: shipped.version, governanceWaiting: null });
  });
});

describe('two who edit at the same time', () => {
  const lower = (max: number): Promise<Governance> =>
    changed(({ manifests }) => void (manifests['content-writer']!.limits[0]!.max = max));

  test('do not overwrite each other: the second is told who was first, and what to do', async () => {
    const [mine, theirs] = [await lower(5), await lower(4)];
    const terms = { over: shipped.version, reason: 'fewer calls' };
    expect((await apply(theirs, terms)).status).toBe(200);
    const told = await refusal(await apply(mine, terms), 409);
    expect(told).toContain(`made over ${shipped.version}`);
    expect(told).toContain(`${theirs.version} is in force: owner@sandbox.example put it there at 20`);
    expect((await view()).governanceVersion).toBe(theirs.version);
  });

  test('must say over what, and why', async () => {
    const set = await lower(3);
    expect(await refusal(await apply(set, { reason: 'x' }), 422)).toMatch(/\/over names the version/);
    expect(await refusal(await apply(set, { over: shipped.version }), 422)).toMatch(/\/reason says why/);
    expect(await refusal(await apply(set, { over: 'none', reason: 'x' }), 409)).toContain('over none');
    expect(await refusal(await apply(set, { over: 'latest', reason: 'x' }), 422)).toContain('/over');
    expect((await view()).governanceVersion).toBe(shipped.version);
  });
});

describe('versions', () => {
  test('a manifest that changed and kept its number is refused', async () => {
    const { version: _, ...content } = structuredClone(shipped);
    content.manifests['content-writer']!.limits[0]!.max = 2;
    const set = { version: governanceVersion(content), ...content };
    const last = content.manifests['content-writer']!.version;
    expect(await refusal(await applyOver(gate, set), 422)).toContain(
      `/manifests/content-writer/version the manifest of content-writer changed, and its last version was ${last}`,
    );
    expect((await view()).governanceVersion).toBe(shipped.version);
  });

  test('are all kept, with author, approver, time and reasons', async () => {
    const wider = await changed(
      ({ manifests }) => void (manifests['support-agent']!.approvals.deadlineSeconds += 60),
    );
    await apply(wider, { over: shipped.version, reason: 'more time at night' });
    await gate.ops('commander', 'POST', `/governance/${wider.version}/approval`, { reason: 'agreed' });

    const page = await history('?limit=1');
    expect(page.sets).toEqual([
      {
        n: expect.any(Number),
        version: wider.version,
        by: 'owner@sandbox.example',
        approvedBy: 'commander@sandbox.example',
        at: expect.stringMatching(/^20/),
        reason: 'more time at night',
        approvalReason: 'agreed',
        origin: 'applied',
        widens: [expect.stringContaining('deadline of approvals raised')],
        inForce: true,
      },
    ]);
    const older = await history(`?after=${page.next}`);
    expect(older.sets[0]).toMatchObject({ version: shipped.version, inForce: false });
    const newest = await gate.ops('auditor', 'GET', '/governance/in-force');
    expect((await newest.json<StoredSet>()).set).toEqual(wider);
    const before = await gate.ops('auditor', 'GET', `/governance/${shipped.version}`);
    expect((await before.json<StoredSet>()).set).toEqual(shipped);

    const answer = await gate.ops('auditor', 'GET', '/agents/support-agent/manifests');
    const { manifests } = await answer.json<{ manifests: ManifestVersion[] }>();
    expect(manifests[0]).toMatchObject({
      number: wider.manifests['support-agent']!.version,
      manifest: wider.manifests['support-agent'],
      record: { version: wider.version, reason: 'more time at night' },
    });
    // Only where that manifest changed.
    expect(new Set(manifests.map(({ number }) => number)).size).toBe(manifests.length);
    expect((await gate.ops('auditor', 'GET', '/agents/nobody/manifests')).status).toBe(404);
  });

  test('survive an eviction', async () => {
    const before = await history();
    await gate.evict('toolgate-control', 'Control', 'control');
    expect((await history()).sets).toEqual(before.sets);
  });
});

describe('a rollback', () => {
  const back = async (version: string, person = 'owner'): Promise<Response> =>
    gate.ops(person, 'POST', `/governance/${version}/rollback`, { reason: 'the new one holds every lead' });

  test('to a wider set waits for a second person, and to a narrower one does not', async () => {
    const earlier = shipped;
    const narrower = await changed(({ manifests }) => void (manifests['content-writer']!.limits[0]!.max = 1));
    expect((await applyOver(gate, narrower)).status).toBe(200);
    const waits = await back(earlier.version);
    expect(waits.status).toBe(202);
    expect((await waits.json<Applied>()).waits).toMatchObject({
      origin: 'rolled-back',
      reason: 'the new one holds every lead',
      widens: [expect.stringContaining('raised from 1')],
    });
    expect((await view()).governanceVersion).toBe(narrower.version);
    const approval = `/governance/${earlier.version}/approval`;
    expect((await gate.ops('owner', 'POST', approval, { reason: 'mine' })).status).toBe(403);
    expect((await gate.ops('commander', 'POST', approval, { reason: 'seen' })).status).toBe(200);
    expect((await view()).governanceVersion).toBe(earlier.version);
    expect((await history()).sets[0]).toMatchObject({ origin: 'rolled-back', version: earlier.version });

    expect((await back(narrower.version)).status).toBe(200);
    expect((await view()).governanceVersion).toBe(narrower.version);
  });

  test('to a set that was made for other contracts is refused, and says which', async () => {
    const old = shipped.version;
    const next = await changed(({ manifests }) => void (manifests['content-writer']!.limits[0]!.max = 7));
    await putInForce(gate, next);
    const storage = await gate.server
      .getWorker('toolgate-control')
      .getDurableObjectStorage('Control', { name: 'control' });
    await storage.exec(
      `UPDATE governance SET body = json_set(body, '$.contracts."crm.company.read"', '${'a'.repeat(64)}') WHERE version = '${old}'`,
    );
    expect(await refusal(await back(old), 422)).toContain(
      'the contract of crm.company.read is another one now',
    );
    expect(await view()).toMatchObject({ governanceVersion: next.version, governanceWaiting: null });
    shipped = next;
  });

  test('is nobody’s who may not apply, and never to what was not in force', async () => {
    expect(await refusal(await back(shipped.version, 'operator'), 403)).toContain(
      'no right to change governance',
    );
    expect(await refusal(await back(`ps_${'0'.repeat(32)}`), 404)).toContain('was ever in force');
  });
});

describe('decision rights', () => {
  test('name who may connect a tool, and hold from when they are in force', async () => {
    const written = await changed(({ rights }) => {
      rights!.decisions['connect-source'] = {
        by: ['commander@sandbox.example'],
        approve: ['approver@sandbox.example'],
      };
    });
    // Who decides is never one person's to change.
    const waits = await applyOver(gate, written);
    expect((await waits.json<Applied>()).waits?.widens[0]).toContain('connect-source');
    await putInForce(gate, written);
    shipped = written;

    const connects = await changed(({ manifests }) => {
      manifests['content-writer']!.grants.push({ action: 'leads.lead.list', mode: 'read' });
      manifests['content-writer']!.sources?.push('leads');
      manifests['content-writer']!.sensitivity = 'confidential';
    });
    expect(await refusal(await applyOver(gate, connects), 403)).toBe(
      'content-writer may read leads: asking for it is the right to connect a tool to an agent of commander@sandbox.example.',
    );
    expect((await view()).governanceWaiting).toBeNull();
    // He may connect, and not widen.
    expect(await refusal(await applyOver(gate, connects, 'commander'), 403)).toContain(
      'asking for it is the right to widen what agents may do of owner',
    );
  });

  test('a change of acceptable use that only bars more waits, too', async () => {
    const stricter = await changed(({ rights }) => void rights!.barred.groups.push('export'));
    const answer = await applyOver(gate, stricter);
    expect((await answer.json<Applied>()).waits?.rights).toContainEqual({
      decision: 'change-rights',
      holders: ['owner', 'incident-commander'],
    });
    expect((await view()).governanceVersion).toBe(shipped.version);
  });
});

describe('samples of decisions', () => {
  /** Guards' own door to control. */
  async function door(): Promise<Rechecks> {
    const env = await gate.server.getWorker<{ RECHECKS: Rechecks }>('toolgate-guard').getEnv();
    return env.RECHECKS;
  }

  function sample(secret: string): DecisionSample {
    const governance = forAgent(shipped, 'lead-router');
    const asked = question('lead-router', 'crm.company.read', { input: { id: secret } });
    return sampleOf(governance, asked, decide(governance, asked))!;
  }

  test('of real calls agree with real Cedar, and stop nothing', async () => {
    const before = (await history()).rechecks;
    const answer = await gate
      .agent('lead-router')
      .call('crm.company.search', { domain: 'acme.example' }, { mode: 'read' });
    expect(answer.status).toBe(200);
    await gate.agent('lead-router').call(
      'chat.message.post',
      { channel: 'C0LEADS001', text: 'sampled' },
      {
        mode: 'execute',
        key: newId('call', Date.now()),
        because: { goal: 'tell', explanation: 'It is done.' },
      },
    );
    const rechecks = await eventually(async () => {
      const tally = (await history()).rechecks;
      return tally.agreed > before.agreed ? tally : undefined;
    }, 20_000);
    expect(rechecks).toMatchObject({ differed: 0, unanswered: 0 });
    expect((await view()).stops).toEqual([]);
  });

  test('that agree, cannot be asked or are of a set that never was stop nothing', async () => {
    const rechecks = await door();
    const honest = sample('a-secret');
    const unreadable = structuredClone(honest);
    unreadable.request = unreadable.request.replace(
      '"id":"a-secret"',
      '"id":{"__extn":{"fn":"nonsense","arg":"x"}}',
    );
    expect(unreadable.request).not.toBe(honest.request);
    const unknown = { ...structuredClone(honest), version: `ps_${'0'.repeat(32)}` };
    await rechecks.samples([honest, unreadable, unknown], 0);
    expect((await view()).stops).toEqual([]);
    expect((await history()).rechecks.differed).toBe(0);
  });

  test('that differ stop their action for everybody, with an alert in the journal and none of the input', async () => {
    const lie = sample('a-secret-of-a-person');
    lie.said = { kind: 'deny', needs: 0, why: 'forbidden', policies: ['below-its-ceiling'] };
    await (await door()).samples([lie, structuredClone(lie)], 0);

    const { stops } = await view();
    expect(stops).toMatchObject([
      {
        target: 'action:crm.company.read',
        source: 'automatic',
        reason: expect.stringContaining(
          'guard deny (forbidden) by below-its-ceiling; Cedar allow by granted-read',
        ),
      },
    ]);
    const receipts = await gate.ops('auditor', 'GET', '/receipts?target=action:crm.company.read');
    expect((await receipts.json<{ receipts: Receipt[] }>()).receipts).toHaveLength(1);
    const call = await gate.agent('lead-router').call('crm.company.read', { id: '1' }, { mode: 'read' });
    expect(call.status).toBe(423);
    const entries = await eventually(async () => {
      const found = await gate.ops('auditor', 'GET', '/journal?kind=policy.evaluators-differ');
      const { entries } = await found.json<{ entries: unknown[] }>();
      return entries.length > 0 ? entries : undefined;
    });
    expect(entries).toMatchObject([{ data: { agent: 'lead-router', version: shipped.version } }]);
    const all = await gate.ops('auditor', 'GET', '/journal/export');
    expect(await all.text()).not.toContain('a-secret');

    const resumed = await gate.ops('operator', 'DELETE', '/stops/action:crm.company.read', {
      reason: 'mended',
    });
    expect(resumed.status).toBe(200);
    expect((await view()).stops).toEqual([]);
  });
});
