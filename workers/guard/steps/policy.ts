import type { AgentGovernance } from '../../../shared/governance.ts';
import { measure } from '../../../shared/measures.ts';
import {
  decide,
  type Decide,
  type DecidingPolicy,
  type PolicyDecision,
  type PolicyQuestion,
} from '../../../shared/policy.ts';
import type { Origins } from '../../../shared/origins.ts';
import { isIrreversible } from '../../../shared/contract.ts';
import { releaseSets } from '../../../shared/releases.ts';
import type { AskedCall } from '../call.ts';
import { claims } from './claims.ts';
import { deny, go, type Step } from './step.ts';

export interface Ruling {
  /** How many people must approve. */
  needs: 0 | 1 | 2;
  policies: DecidingPolicy[];
  /** What was asked, for the record. */
  question: PolicyQuestion;
}

/** Where and when policies are asked. */
export interface Setting {
  governance: AgentGovernance;
  environment: string;
  /** On the leash: just let execute in production. */
  launchWeek: boolean;
  now: number;
  /** Where the call's arguments come from, and what its agent has read. */
  origins: Origins;
  /** Who decides; the evaluator by itself when absent. A guard's samples what it decided. */
  decide?: Decide;
}

type Facts = Record<string, string | number | boolean>;

/** What of a call policies are asked about. */
type Asked = Pick<AskedCall, 'caller' | 'action' | 'mode' | 'input' | 'because' | 'confidence' | 'releases'>;

/** Step 5: allow, deny or require approval, with the deciding policies. */
export function policy(call: AskedCall, facts: Facts, at: Setting): Step<Ruling> {
  const question = questionOf(call, facts, at);
  return ruling((at.decide ?? decide)(at.governance, question), question);
}

/** What policies would say of executing what is only proposed. Denied is an answer here, not the end of the call. */
export function foresee(call: Asked, facts: Facts, at: Setting): PolicyDecision {
  return (at.decide ?? decide)(at.governance, { ...questionOf(call, facts, at), mode: 'execute' });
}

function questionOf(
  call: Asked,
  facts: Facts,
  { governance, environment, launchWeek, now, origins }: Setting,
): PolicyQuestion {
  const { caller, action, mode, input, because, confidence, releases } = call;
  return {
    agent: caller.agent,
    user: caller.user,
    action: action.name,
    groups: action.groups,
    sensitivity: action.sensitivity,
    clearance: action.clearance,
    irreversible: isIrreversible(action),
    environment,
    contract: action.hash,
    mode,
    input,
    facts,
    measured: measure(action, input, facts),
    launchWeek,
    claims: claims(call, facts, governance.manifest),
    releases: releaseSets(releases),
    origins,
    explained: because !== null,
    confidence,
    now,
  };
}

function ruling(decision: PolicyDecision, question: PolicyQuestion): Step<Ruling> {
  switch (decision.kind) {
    case 'allow':
      return go({ needs: 0, policies: decision.policies, question });
    case 'approval':
      return go({ needs: decision.needs, policies: decision.policies, question });
    case 'deny':
      return deny({ kind: 'policy', why: decision.why, policies: decision.policies, question });
  }
}
