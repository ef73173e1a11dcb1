import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compileGovernance } from '../../bin/lib/governance.ts';
import { cellFrom, questionFor, situations, type Cell, type Situation } from '../../bin/lib/matrix.ts';
import { ada } from '../worker/leads-kit.ts';
import type { GateAnswer, GateClient } from '../../examples/gate-client.ts';
import { forAgent, governanceVersion, type Governance } from '../../shared/governance.ts';
import type { Entry } from '../../shared/journal.ts';
import { newId } from '../../shared/ids.ts';
import type { EvidenceView } from '../../shared/policy-evidence.ts';
import type { Manifest } from '../../shared/manifest.ts';
import { measure } from '../../shared/measures.ts';
import { decide, type PolicyQuestion } from '../../shared/policy.ts';
import type { ApprovalPage } from '../../shared/rpc.ts';
import { catalogue } from '../../workers/tools/catalogue.ts';
import { bootGate, putInForce, root, type GateUnderTest } from '../harness.ts';
import { eventually, runAs, type Ran } from './support.ts';

let gate: GateUnderTest;
let router: GateClient;
let shipped: Governance;
let candidate: string;

const because = { goal: 'see what policies do', explanation: 'A test asks.' };

beforeAll(async () => {
  gate = await bootGate();
  router = gate.agent('lead-router');
  const compiled = await compileGovernance(root);
  if (!compiled.ok) throw new Error(compiled.errors.join('\n'));
  shipped = compiled.governance;
  candidate = await mkdtemp(join(tmpdir(), 'toolgate-candidate-'));
  await cp(join(root, 'governance'), join(candidate, 'governance'), { recursive: true });
  await writeFile(
    join(candidate, 'governance/policies/companies.cedar'),
    `@id("companies-wait") @reason("A test looks at companies first.")
forbid (principal, action == Action::"crm.company.read", resource) unless { context.approvals >= 1 };\n`,
  );
  const held = join(candidate, 'governance/policies/held.cedar');
  const text = await readFile(held, 'utf8');
  // One policy less holds a change of a person's data.
  await writeFile(held, text.replace('Action::"personal-data-sync",', ''));
});
afterAll(async () => {
  await gate.close();
  await rm(candidate, { recursive: true, force: true });
});

const toolgate = async (person: string, ...args: string[]): Promise<Ran> => runAs(gate, person, args);

async function asJson<T>(person: string, ...args: string[]): Promise<T> {
  const { code, stdout, stderr } = await toolgate(person, ...args, '--json');
  if (code !== 0) throw new Error(stdout + stderr);
  return JSON.parse(stdout) as T;
}

async function call(
  agent: GateClient,
  action: string,
  input: Record<string, unknown>,
  { mode, confidence }: Pick<Situation, 'mode' | 'confidence'>,
): Promise<GateAnswer> {
  return agent.call(action, input, {
    mode,
    because,
    ...(confidence !== undefined && { confidence }),
    ...(mode === 'execute' && { key: newId('call', Date.now()) }),
  });
}

/** Waits until the ledger has all these calls. */
async function journaled(calls: readonly unknown[]): Promise<void> {
  for (const id of calls) {
    await eventually(async () => {
      const answer = await gate.ops('auditor', 'GET', `/calls/${String(id)}`);
      return answer.ok || undefined;
    });
  }
}

interface Tested {
  decisions: number;
  same: number;
  different: number;
  unsure: number;
  uncertain: unknown[];
  differences: { was: string; would: string; policies: string[]; agent: string; calls: string[] }[];
}

describe('a mixed load', () => {
  const made: Record<string, string> = {};

  test('is decided again alike by the very set in force', async () => {
    const load: [
      name: string,
      agent: string,
      action: string,
      input: Record<string, unknown>,
      how: Pick<Situation, 'mode' | 'confidence'>,
    ][] = [
      ['read', 'lead-router', 'crm.company.read', { id: '501' }, { mode: 'read' }],
      [
        'waiting',
        'lead-router',
        'crm.contact.update',
        { id: '101', phone: '+49 30 5550100' },
        { mode: 'execute' },
      ],
      ['proposal', 'lead-router', 'crm.contact.update', { id: '101', company: 'Acme' }, { mode: 'propose' }],
      [
        'denied',
        'lead-router',
        'chat.message.post',
        { channel: 'C0ELSEWHERE', text: 'x' },
        { mode: 'execute' },
      ],
      [
        'unsure',
        'lead-router',
        'crm.company.create',
        { name: 'Acme', domain: 'acme.example' },
        { mode: 'execute', confidence: 20 },
      ],
      ['person', 'support-agent', 'crm.contact.read', { id: '101' }, { mode: 'read' }],
      ['budget', 'content-writer', 'crm.company.read', { id: '501' }, { mode: 'read' }],
    ];
    for (const [name, agent, action, input, how] of load) {
      made[name] = String((await call(gate.agent(agent), action, input, how)).body['call']);
    }
    const unexplained = await router.call(
      'chat.message.post',
      { channel: 'C0LEADS001', text: 'x' },
      { mode: 'execute', key: 'unexplained' },
    );
    made['unexplained'] = String(unexplained.body['call']);
    await journaled(Object.values(made));
    const result = await asJson<Tested>('auditor', 'policy', 'backtest', root, '--since', '1h');
    // A proposal counts twice: itself, and what executing it would need.
    expect(result).toMatchObject({ decisions: 9, same: 9, different: 0, unsure: 0, uncertain: [] });
  });

  test('shows what a candidate would have held and let go, by policy and agent, with the calls', async () => {
    const result = await asJson<Tested>('auditor', 'policy', 'backtest', candidate, '--since', '1h');
    expect(result.unsure).toBe(0);
    const found = result.differences.map(({ was, would, policies, agent, calls }) => ({
      was,
      would,
      policies,
      agent,
      calls: calls.toSorted(),
    }));
    expect(found).toContainEqual({
      was: 'allow',
      would: '1 person',
      policies: ['companies-wait'],
      agent: 'lead-router',
      calls: [made['read']],
    });
    expect(found).toContainEqual({
      was: 'allow',
      would: '1 person',
      policies: ['companies-wait'],
      agent: 'content-writer',
      calls: [made['budget']],
    });
    const text = await toolgate('auditor', 'policy', 'backtest', candidate);
    expect(text.stdout).toMatch(/1 +allow -> 1 person +companies-wait +lead-router +crm.company.read +call_/);
    expect(text.stdout).not.toContain('5550100');
  });

  test('and its tests are recorded for the set in force, by whom the gate knows, and shown to all', async () => {
    const evidence = async (version: string): Promise<Response> =>
      gate.ops('auditor', 'GET', `/governance/${version}/evidence`);
    expect(await (await evidence('in-force')).json()).toMatchObject({ tests: null, backtest: null });
    expect((await toolgate('auditor', 'policy', 'test', '--record')).code).toBe(1);
    expect((await gate.ops('nobody', 'GET', '/governance/in-force/evidence')).ok).toBe(false);
    const tested = await toolgate('operator', 'policy', 'test', '--record');
    expect([tested.code, tested.stdout.includes(`Recorded for ${shipped.version}`)]).toEqual([0, true]);
    const again = ['policy', 'backtest', root, '--since', '1h', '--record'];
    expect((await toolgate('approver', ...again)).code).toBe(0);
    const view = await (await evidence(shipped.version)).json<EvidenceView>();
    expect(view).toMatchObject({
      version: shipped.version,
      standing: ['in-force'],
      tests: { by: 'operator@sandbox.example', evidence: { failed: 0, errors: 0, undecided: [] } },
      backtest: { by: 'approver@sandbox.example', evidence: { decisions: 9, same: 9, from: 'audit-log' } },
    });
    expect(view.tests?.evidence.rows.length).toBe(view.tests?.evidence.passed);
    // The auditor's attempt left nothing, neither there nor in the journal.
    const entries = await eventually(async () => {
      const found = await gate.ops('auditor', 'GET', '/journal?kind=policy.evidence-recorded');
      const { entries } = await found.json<{ entries: Entry[] }>();
      return entries.length >= 2 ? entries.map(({ data }) => data) : undefined;
    });
    expect(new Set(entries.map(({ person, evidence }) => `${String(person)} ${String(evidence)}`))).toEqual(
      new Set(['approver@sandbox.example backtest', 'operator@sandbox.example tests']),
    );
    expect(entries.every(({ credential }) => typeof credential === 'string')).toBe(true);
  });

  test('is not recorded for a set that the gate does not know, and the command says so', async () => {
    const told = await toolgate(
      'owner',
      'policy',
      'backtest',
      candidate,
      '--since',
      '1h',
      '--record',
      '--json',
    );
    expect(told.code).toBe(1);
    const { candidate: version, different } = JSON.parse(told.stdout) as {
      candidate: string;
      different: number;
    };
    expect(different).toBeGreaterThan(0);
    const text = await toolgate('owner', 'policy', 'backtest', candidate, '--since', '1h', '--record');
    expect(text.stdout + text.stderr).toContain(`Not recorded. The gate does not know ${version}`);
    expect((await gate.ops('auditor', 'GET', `/governance/${version}/evidence`)).status).toBe(404);
  });

  test('is explained: the policies that held a waiting call, with the values they saw', async () => {
    const told = await toolgate('auditor', 'policy', 'explain', made['waiting'] ?? '');
    expect(told.code).toBe(0);
    expect(told.stdout).toContain('held until one person approves it');
    expect(told.stdout).toMatch(/high-impact-waits \(forbid\): /);
    expect(told.stdout).toMatch(/true +when context.mode == "execute"\n +context.mode is execute/);
    expect(told.stdout).toContain('It no longer forbids with one approval.');
    expect(told.stdout).toMatch(/low-confidence-waits: did not hold: when .*is false/);
    expect(told.stdout).toMatch(/toolgate approve appr_\w+/);
    expect(told.stdout).not.toContain('5550100');
  });

  test('is explained: a denial that no approval lifts, and what is missing', async () => {
    const told = await asJson<{ decision: object; policies: { id: string; held: string }[]; next: string[] }>(
      'auditor',
      'policy',
      'explain',
      made['denied'] ?? '',
    );
    expect(told.decision).toMatchObject({
      outcome: 'denied',
      why: 'forbidden',
      policies: ['approved-channels-only'],
    });
    expect(told.policies).toContainEqual(
      expect.objectContaining({ id: 'approved-channels-only', held: 'true', liftedBy: null }),
    );
    expect(told.next[0]).toBe('No approval changes it.');
    const unexplained = await toolgate('auditor', 'policy', 'explain', made['unexplained'] ?? '');
    expect(unexplained.stdout).toMatch(/false +unless context.explained|true +when .*!context.explained/);
  });

  test('is explained to those who may read the audit log, and to nobody else', async () => {
    expect((await toolgate('nobody', 'policy', 'explain', made['waiting'] ?? '')).code).not.toBe(0);
    expect((await toolgate('auditor', 'policy', 'explain', 'call_none')).code).toBe(1);
  });

  test('the difference to the candidate names the policies and the calls that meet something else', async () => {
    const found = await asJson<{
      added: { id: string }[];
      changed: { id: string }[];
      cells: object[];
      widens: string[];
    }>('auditor', 'policy', 'diff', '--to', candidate);
    expect(found.added.map(({ id }) => id)).toEqual(['companies-wait']);
    expect(found.changed.map(({ id }) => id)).toContain('high-impact-waits');
    expect(found.cells).toContainEqual({
      action: 'crm.company.read',
      agent: 'lead-router',
      situation: 'read',
      was: 'allow',
      is: '1 person',
    });
    expect(found.widens.length).toBeGreaterThan(0);
  });
});

/** The shipped set, but one agent may do everything that there is, and it is always, or never, office hours. */
function everything(open: boolean): Governance {
  const { version: _, ...content } = structuredClone(shipped);
  const manifest = content.manifests['lead-router'] as Manifest;
  const all = {
    ...manifest.hours,
    days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as Manifest['hours']['days'],
    from: '00:00',
    to: '24:00',
  };
  content.manifests['lead-router'] = {
    ...manifest,
    sensitivity: 'regulated',
    hours: open ? all : { ...all, days: [] },
    limits: [],
    budgets: [],
    radius: [],
    // What the cells are asked for is not done, and nobody is to blame for it.
    errorBudget: { days: 30, overrides: 100, failures: 100, violations: 100_000 },
    sources: undefined,
    destinations: undefined,
    // All that rights do not bar for every agent.
    grants: [...catalogue.values()]
      .filter(({ groups }) => !groups.includes('delete'))
      .map(({ name, mode }) => ({ action: name, mode })),
    approved: {
      ...manifest.approved,
      accounts: ['act_1010101010'],
      campaigns: ['120210000000001'],
      regions: ['DE'],
    },
  };
  // A cell is asked about a session that has read nothing yet, which no agent's is for long.
  content.policies = content.policies.filter(({ id }) => !afterReading.includes(id));
  const plain = JSON.parse(JSON.stringify(content)) as typeof content;
  return { version: governanceVersion(plain), ...plain };
}

/** Policies that look at what the session has read. */
const afterReading = [
  'unproven-sinks-wait',
  'untrusted-and-irreversible-needs-two',
  'no-flow-down',
  'no-regulated-data-to-the-public',
];

describe('the matrix equals what is enforced', () => {
  let lead: string;
  beforeAll(async () => {
    const posted = await fetch(new URL('/leads/acme-web', gate.url), {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'publishable-key': 'pk_acmeweb01' },
      body: JSON.stringify(ada),
    });
    lead = (await posted.json<{ lead: string }>()).lead;
  });

  async function cellOf(action: string, how: Situation, answer: GateAnswer): Promise<Cell> {
    if (answer.status === 403) return 'denied';
    if (answer.status !== 202 || answer.body['status'] !== 'waiting') {
      // Whatever became of it at the vendor: nothing held it back.
      const { code = 'none' } = answer.body;
      const went: unknown = expect.stringMatching(/^(none|vendor-failed|indeterminate)$/);
      expect([action, how.id, code, answer.body]).toEqual([action, how.id, went, expect.anything()]);
      return 'allow';
    }
    const { approvals } = await (
      await gate.ops('auditor', 'GET', '/approvals?status=waiting')
    ).json<ApprovalPage>();
    const needs = approvals.find((approval) => approval.call === answer.body['call'])?.needs;
    // An agent may have so many calls that wait, and there are more cells than that.
    if (approvals.length >= 80) for (const { id } of approvals) await reject(id);
    return needs === 1 ? '1 person' : '2 people';
  }

  async function reject(approval: string): Promise<void> {
    const body = { decision: 'reject', reason: 'not-needed' };
    const answer = await gate.ops('approver', 'POST', `/approvals/${approval}/decision`, body);
    expect(answer.status, await answer.text()).toBe(200);
  }

  /** What the tool looked up for a call: its own world, and not the example's. Null: no decision is recorded. */
  async function factsOf(answer: GateAnswer): Promise<PolicyQuestion['facts'] | null> {
    return eventually(async () => {
      const found = await gate.ops('auditor', 'GET', `/calls/${String(answer.body['call'])}`);
      if (!found.ok) return undefined;
      const { entries } = await found.json<{ entries: Entry[] }>();
      const own = entries.find(({ kind }) => kind.startsWith('call.'));
      return own && ((own.data['asked'] as { facts?: PolicyQuestion['facts'] } | undefined)?.facts ?? null);
    });
  }

  test.each([
    ['in office hours', true],
    ['outside office hours', false],
  ])(
    '%s, for every action, sure and unsure, and over the spend line',
    { timeout: 240_000 },
    async (_, open) => {
      const set = await putInForce(gate, everything(open));
      // With a token of what is granted now.
      router = gate.agent('lead-router');
      const own = forAgent(set, 'lead-router');
      const manifest = own.manifest as Manifest;
      const seen: Record<string, number> = {};
      const asked = situations.filter(({ outside = false, launchWeek }) => outside === !open && !launchWeek);
      const unsure = situations.filter(({ confidence, overSpend }) => confidence !== undefined || overSpend);
      for (const situation of [...asked, ...(open ? [] : unsure.map((one) => ({ ...one, outside: true })))]) {
        for (const action of catalogue.values()) {
          if ((action.mode === 'read') !== (situation.mode === 'read')) continue;
          if (!manifest.grants.some((grant) => grant.action === action.name)) continue;
          const question = questionFor({ ...own, manifest }, action, situation, 'sandbox', Date.now());
          if (!question) continue;
          const input = action.name === 'leads.lead.route' ? { ...question.input, lead } : question.input;
          const answer = await call(router, action.name, input, { confidence: 100, ...situation });
          // An action without an example may get one that does not fit: then nobody decided.
          if (answer.body['code'] === 'invalid' && !action.input.safeParse(input).success) continue;
          const facts = action.facts ? await factsOf(answer) : {};
          const met = await cellOf(action.name, situation, answer);
          if (facts === null) {
            // Facts that could not be looked up, or a vendor that could not say what a proposal would change.
            expect([403, 502]).toContain(answer.status);
            continue;
          }
          const cell = cellFrom(
            situation.mode,
            decide(own, { ...question, facts, measured: measure(action, input, facts) }),
          );
          expect([action.name, situation.id, met]).toEqual([action.name, situation.id, cell]);
          seen[cell] = (seen[cell] ?? 0) + 1;
        }
      }
      expect(Object.keys(seen)).toEqual(expect.arrayContaining(['allow', '1 person', '2 people']));
    },
  );
});

interface Listed {
  shadow: { version: string; until: string } | null;
  recorded: number;
  differences: Tested['differences'];
}

describe('a candidate in shadow', () => {
  let live: Governance;
  beforeAll(async () => {
    live = await putInForce(gate, shipped);
    router = gate.agent('lead-router');
  });

  /** Calls until the shadow has noticed one; each is decided by the set in force alone. */
  async function differing(): Promise<Listed> {
    return eventually(async () => {
      const answer = await call(router, 'crm.company.read', { id: '501' }, { mode: 'read' });
      expect(answer.status).toBe(200);
      const listed = await asJson<Listed>('owner', 'policy', 'shadow');
      return listed.recorded > 0 ? listed : undefined;
    }, 20_000);
  }

  test('decides nothing, and its differences are listed by policy and agent', async () => {
    const started = await toolgate('owner', 'policy', 'shadow', candidate, '--until', '2d');
    expect([started.code, started.stderr]).toEqual([0, '']);
    const listed = await differing();
    expect(listed.shadow?.version).toMatch(/^ps_/);
    expect(listed.shadow?.version).not.toBe(live.version);
    expect(listed.differences).toContainEqual(
      expect.objectContaining({
        was: 'allow',
        would: '1 person',
        policies: ['companies-wait'],
        agent: 'lead-router',
      }),
    );
    const text = await toolgate('owner', 'policy', 'shadow');
    expect(text.stdout).toMatch(/allow -> 1 person +companies-wait +lead-router +crm.company.read +call_/);
    // As a candidate it can have something recorded, too.
    const tests = {
      kind: 'tests',
      ranAt: new Date().toISOString(),
      passed: 3,
      failed: 0,
      undecided: [],
      errors: 0,
    };
    const at = `/governance/${listed.shadow?.version ?? ''}/evidence`;
    const kept = await gate.ops('operator', 'POST', at, { ...tests, rows: [] });
    expect(kept.status).toBe(201);
    expect(await kept.json()).toMatchObject({ standing: ['in-shadow'], tests: { evidence: { passed: 3 } } });
    expect((await gate.ops('auditor', 'POST', at, { ...tests, rows: [] })).status).toBe(403);
    expect((await gate.ops('operator', 'POST', at, { ...tests, rows: [], inputs: [] })).status).toBe(422);
    // Control knows it as a candidate and nothing else.
    const stops = await (await gate.ops('auditor', 'GET', '/stops')).json<{ governanceVersion: string }>();
    expect(stops.governanceVersion).toBe(live.version);
  });

  test('survives control’s eviction, and is not begun or ended by anybody but an owner', async () => {
    await gate.evict('toolgate-control', 'Control', 'control');
    expect((await asJson<Listed>('auditor', 'policy', 'shadow')).shadow).not.toBeNull();
    for (const person of ['operator', 'approver', 'auditor', 'commander', 'nobody']) {
      expect((await gate.ops(person, 'DELETE', '/shadow')).ok).toBe(false);
      expect((await gate.ops(person, 'PUT', '/shadow', { governance: shipped })).ok).toBe(false);
    }
    expect((await asJson<Listed>('auditor', 'policy', 'shadow')).shadow).not.toBeNull();
  });

  test('is refused when it is no set, was changed on its way, or would run for ever', async () => {
    const bad = [
      { governance: { ...shipped, version: `ps_${'0'.repeat(32)}` } },
      { governance: {} },
      { governance: shipped, until: '2020-01-01T00:00:00Z' },
      { governance: shipped, until: '2099-01-01T00:00:00Z' },
    ];
    for (const body of bad) expect((await gate.ops('owner', 'PUT', '/shadow', body)).status).toBe(422);
  });

  test('ends when it is told to, and by itself', async () => {
    expect((await toolgate('owner', 'policy', 'shadow', '--stop')).code).toBe(0);
    expect((await asJson<Listed>('owner', 'policy', 'shadow')).shadow).toBeNull();
    expect((await toolgate('owner', 'policy', 'shadow', '--stop')).code).toBe(1);
    // Compiled already, so that it is still ahead when it arrives.
    const until = new Date(Date.now() + 5_000).toISOString();
    expect((await gate.ops('owner', 'PUT', '/shadow', { governance: live, until })).status).toBe(200);
    await eventually(async () => {
      const { shadow } = await asJson<Listed>('owner', 'policy', 'shadow');
      return shadow === null || undefined;
    });
    await eventually(async () => {
      const answer = await gate.ops('auditor', 'GET', '/journal?kind=policy.shadow-ended');
      const { entries } = await answer.json<{ entries: { data: { person?: string } }[] }>();
      // One by a person, one by the clock.
      return entries.length === 2 && entries.some(({ data }) => data.person === undefined)
        ? entries
        : undefined;
    });
  });
});
