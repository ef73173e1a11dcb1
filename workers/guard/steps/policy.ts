import type { AgentGovernance } from '../../../shared/governance.ts';
import { decide, type DecidingPolicy } from '../../../shared/policy.ts';
import type { AskedCall } from '../call.ts';
import { deny, go, type Step } from './step.ts';

export interface Ruling {
  /** How many people must approve. */
  needs: 0 | 1 | 2;
  policies: DecidingPolicy[];
}

/** Step 5: allow, deny or require approval, with the deciding policies. A proposal is judged as the execute it proposes. */
export function policy(
  call: AskedCall,
  governance: AgentGovernance,
  facts: Record<string, string | number | boolean>,
  environment: string,
  now: number,
): Step<Ruling> {
  const { caller, action, input, because, confidence } = call;
  const decision = decide(governance, {
    agent: caller.agent,
    user: caller.user,
    action: action.name,
    groups: action.groups,
    sensitivity: action.sensitivity,
    environment,
    contract: action.hash,
    mode: call.mode === 'propose' ? 'execute' : call.mode,
    input,
    facts,
    explained: because !== null,
    confidence,
    now,
  });
  switch (decision.kind) {
    case 'allow':
      return go({ needs: 0, policies: decision.policies });
    case 'approval':
      return go({ needs: decision.needs, policies: decision.policies });
    case 'deny':
      return deny({ kind: 'policy', why: decision.why, policies: decision.policies });
  }
}
