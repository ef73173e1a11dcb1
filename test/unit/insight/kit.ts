import { noOrigins } from '../../../shared/origins.ts';
import { compileFiles } from '../../../bin/lib/governance.ts';
import type { KnownAction } from '../../../shared/contract.ts';
import { forAgent, governanceVersion, type Governance, type Policy } from '../../../shared/governance.ts';
import type { Entry, EntryData } from '../../../shared/journal.ts';
import type { AskedCall } from '../../../workers/guard/call.ts';
import { refusedEntry, ruledEntry } from '../../../workers/guard/entries.ts';
import { policy } from '../../../workers/guard/steps/policy.ts';
import { known, times } from '../policy/ask.ts';

type Facts = Record<string, string | number | boolean>;

export interface Made {
  agent?: string;
  action?: string;
  input?: Record<string, unknown>;
  facts?: Facts;
  confidence?: number | null;
  explained?: boolean;
  at?: number;
  call?: string;
}

/** The entry that a guard journals of a call under a set. */
export function entryOf(set: Governance, made: Made = {}): Entry {
  const { agent = 'lead-router', action: name = 'crm.contact.update', facts = {}, at = times.office } = made;
  const call = askedCall(set, agent, known(name), made);
  const ruled = policy(call, facts, {
    governance: forAgent(set, agent),
    environment: 'sandbox',
    launchWeek: false,
    origins: noOrigins,
    now: at,
  });
  const id = made.call ?? 'call_01';
  if (!ruled.ok) return entry('call.denied', refusedEntry(id, call, ruled.denial), at);
  return entry(ruled.value.needs > 0 ? 'call.waiting' : 'call.intent', ruledEntry(id, call, ruled.value), at);
}

export function entry(kind: string, data: EntryData, at: number): Entry {
  const plain = JSON.parse(JSON.stringify(data)) as EntryData;
  return { source: 'guard:x', seq: 1, at: new Date(at).toISOString(), kind, data: plain, prev: '', hash: '' };
}

function askedCall(set: Governance, agent: string, action: KnownAction, made: Made): AskedCall {
  const examples = action.input.meta()?.['examples'] as Record<string, unknown>[] | undefined;
  return {
    caller: { agent, user: null, scopes: [] },
    action,
    grant: { action: action.name, mode: action.mode },
    workflow: 'a-workflow',
    policyVersion: set.version,
    mode: action.mode,
    input: made.input ?? examples?.[0] ?? {},
    inputText: '',
    because: made.explained === false ? null : { goal: 'test', explanation: 'a test', sources: [] },
    confidence: made.confidence ?? null,
    model: null,
    session: null,
    placeholders: [],
    releases: [],
  };
}

/** Policies out of Cedar text, checked like any other. */
export function policies(text: string): Policy[] {
  const manifest = { path: 'governance/manifests/a-b.yaml', text: manifestText };
  const compiled = compileFiles([manifest], [{ path: 'governance/policies/test.cedar', text }]);
  if (!compiled.ok) throw new Error(compiled.errors.join('\n'));
  return compiled.governance.policies;
}

/** A set with other policies added, or some taken away. */
export function changedSet(
  set: Governance,
  more: readonly Policy[],
  without: readonly string[] = [],
): Governance {
  const { version: _, ...content } = set;
  const kept = content.policies.filter(({ id }) => !without.includes(id));
  const next = { ...content, policies: [...kept, ...more].sort((a, b) => (a.id < b.id ? -1 : 1)) };
  return { version: governanceVersion(next), ...next };
}

export async function* stream<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

const manifestText = `agent: a-b
version: 1
mission: Stands here so that policies alone can be compiled.
workflow: none-at-all
owners: { business: { name: A, email: a@acme.example }, technical: { name: B, email: b@acme.example } }
contacts: { incident: i@acme.example }
risk: low
sensitivity: restricted
hours: { zone: Europe/Berlin, days: [mon], from: '08:00', to: '18:00' }
grants: [{ action: crm.company.read, mode: read }]
approvals: { deadlineSeconds: 600 }
model: { provider: none, name: rules, region: none, promptsKept: false, why: none }
retentionDays: 1
approved: {}
`;
