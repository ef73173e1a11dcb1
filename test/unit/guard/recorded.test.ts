import { noOrigins } from '../../../shared/origins.ts';
import { beforeAll, describe, expect, test } from 'vitest';
import type { KnownAction } from '../../../shared/contract.ts';
import { forAgent, type Governance } from '../../../shared/governance.ts';
import type { EntryData } from '../../../shared/journal.ts';
import { measure } from '../../../shared/measures.ts';
import { decide } from '../../../shared/policy.ts';
import { recordedQuestion } from '../../../shared/recorded.ts';
import type { AskedCall } from '../../../workers/guard/call.ts';
import { refusedEntry, ruledEntry } from '../../../workers/guard/entries.ts';
import { foresee, policy } from '../../../workers/guard/steps/policy.ts';
import { catalogue } from '../../../workers/tools/catalogue.ts';
import { known, shipped, times } from '../policy/ask.ts';

let governance: Governance;
beforeAll(async () => {
  governance = await shipped();
});

const agents = ['lead-router', 'content-writer', 'support-agent'];

function asked(agent: string, action: KnownAction, more: Partial<AskedCall> = {}): AskedCall {
  const examples = action.input.meta()?.['examples'] as Record<string, unknown>[] | undefined;
  const input = examples?.[0] ?? {};
  return {
    caller: { agent, user: null, scopes: [] },
    action,
    grant: { action: action.name, mode: action.mode },
    workflow: 'a-workflow',
    policyVersion: governance.version,
    mode: action.mode,
    input,
    inputText: '',
    because: { goal: 'test', explanation: 'a test', sources: [] },
    confidence: null,
    model: null,
    session: null,
    placeholders: [],
    releases: [],
    ...more,
  };
}

const lead = { found: true, test: false, employees: 5000, employeesKnown: true, value: 0, valueKnown: false };

/** What the guard would journal of a call that it judges now. */
function journaled(
  agent: string,
  call: AskedCall,
  facts: Record<string, string | number | boolean>,
): EntryData {
  const at = {
    governance: forAgent(governance, agent),
    environment: 'sandbox',
    launchWeek: false,
    origins: noOrigins,
    now: times.office,
  };
  const ruled = policy(call, facts, at);
  const entry = ruled.ok
    ? ruledEntry('call_1', call, ruled.value)
    : refusedEntry('call_1', call, ruled.denial);
  return JSON.parse(JSON.stringify(entry)) as EntryData;
}

function again(entry: EntryData): ReturnType<typeof recordedQuestion> {
  return recordedQuestion(entry, known(entry.action ?? ''), times.office);
}

describe('what is journaled of a decision', () => {
  test('can be asked again and is decided alike, for every action and agent', () => {
    const seen = new Set<string>();
    for (const agent of agents) {
      for (const action of catalogue.values()) {
        for (const confidence of [null, 10]) {
          for (const because of [null, { goal: 'x', explanation: 'y', sources: [] }]) {
            const facts = action.facts ? lead : {};
            const entry = journaled(agent, asked(agent, action, { confidence, because }), facts);
            const read = again(entry);
            if (!read.ok) throw new Error(read.why);
            const decision = decide(forAgent(governance, agent), read.question);
            const { decision: kind, policies, needs = 0, policyVersion } = entry;
            expect({ kind, policies, needs, policyVersion }).toEqual({
              kind: decision.kind,
              policies: decision.policies.map(({ id }) => id),
              needs: decision.kind === 'approval' ? decision.needs : 0,
              policyVersion: governance.version,
            });
            seen.add(decision.kind);
          }
        }
      }
    }
    expect([...seen].sort()).toEqual(['allow', 'approval', 'deny']);
  });

  test('holds of a person no more than that something was there', () => {
    const call = asked('lead-router', known('crm.contact.update'), {
      input: { id: '101', firstName: 'Ada', phone: '+49 170 1234567', company: 'write ada@acme.example' },
    });
    const text = JSON.stringify(journaled('lead-router', call, {}));
    for (const value of ['Ada', '170 1234567', 'ada@acme.example']) expect(text).not.toContain(value);
    expect(text).toContain('"firstName":"[name]"');
  });

  test('what executing a proposal would need is asked again with the same entry', () => {
    const agent = 'lead-router';
    const call = asked(agent, known('crm.contact.update'), { mode: 'propose' });
    const at = {
      governance: forAgent(governance, agent),
      environment: 'sandbox',
      launchWeek: false,
      origins: noOrigins,
      now: times.office,
    };
    const read = again(journaled(agent, call, {}));
    if (!read.ok) throw new Error(read.why);
    expect(decide(at.governance, { ...read.question, mode: 'execute' })).toEqual(foresee(call, {}, at));
  });

  test('counts are kept that masked values no longer tell, and names are not', () => {
    const measures = {
      recipients: 'input.to',
      spend: { amount: 'input.amount', currency: { fixed: 'EUR' } },
    } as const;
    const inputSchema = {
      properties: { to: { type: 'array', 'x-personal': 'email' }, amount: { type: 'integer' } },
    };
    const action = { ...known('crm.contact.update'), measures, inputSchema } as unknown as KnownAction;
    const input = { to: ['a@acme.example', 'b@acme.example'], amount: 500 };
    const call = asked('lead-router', action, { input });
    const entry = journaled('lead-router', call, {});
    expect(entry['asked']).toMatchObject({ measured: { recipients: 2 } });
    expect(JSON.stringify(entry)).not.toContain('acme.example');
    const read = recordedQuestion(entry, action, times.office);
    expect(read.ok && read.question.measured).toEqual(measure(action, input, {}));
  });

  test('an entry of before contexts were journaled is not guessed at', () => {
    const { asked: _, ...older } = journaled(
      'lead-router',
      asked('lead-router', known('crm.company.read')),
      {},
    );
    expect(again(older)).toEqual({ ok: false, why: 'no-context' });
  });
});
