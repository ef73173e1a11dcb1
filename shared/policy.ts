import type { Mode } from './contract.ts';
import type { AgentGovernance } from './governance.ts';

/** All that a policy may look at, as facts. */
export interface PolicyQuestion {
  agent: string;
  user: string | null;
  action: string;
  mode: Mode;
  /** Parsed input; Cedar types only reach the policies (see `policyRequest`). */
  input: Record<string, unknown>;
  /** What the tool looked up itself. */
  facts: Record<string, string | number | boolean>;
  explained: boolean;
  /** Percent, or null when the agent gave none. */
  confidence: number | null;
  /** Unix ms. */
  now: number;
}

export interface DecidingPolicy {
  id: string;
  reason: string;
}

export type PolicyDecision =
  | { kind: 'allow'; policies: DecidingPolicy[] }
  | { kind: 'approval'; needs: 1 | 2; policies: DecidingPolicy[] }
  /** No policy permits it (`policies` is empty), a policy forbids it, or an evaluation failed. */
  | { kind: 'deny'; policies: DecidingPolicy[] };

export type Decide = (governance: AgentGovernance, question: PolicyQuestion) => PolicyDecision;
