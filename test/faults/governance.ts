import { compileFiles } from '../../bin/lib/governance.ts';
import type { Governance } from '../../shared/governance.ts';
import type { RigAgent } from '../rig/gate.ts';

/** What agents of the rig are allowed: each may execute all of these actions, under these policies. */
export function rigGovernance(
  agents: readonly RigAgent[],
  actions: readonly string[],
  policies: string,
): Governance {
  const compiled = compileFiles(
    agents.map((agent) => ({
      path: `governance/manifests/${agent.name}.yaml`,
      text: manifest(agent, actions),
    })),
    [{ path: 'governance/policies/all.cedar', text: policies }],
  );
  if (!compiled.ok) throw new Error(compiled.errors.join('\n'));
  return compiled.governance;
}

function manifest({ name, workflow }: RigAgent, actions: readonly string[]): string {
  return `agent: ${name}
version: 1
mission: Executes keyed calls while its gate is killed.
workflow: ${workflow}
owners:
  business: { name: Rig Owner, email: rig-owner@toolgate.example }
  technical: { name: Rig Engineer, email: rig-engineer@toolgate.example }
contacts: { incident: rig-incidents@toolgate.example }
risk: low
sensitivity: restricted
environments: [sandbox]
hours: { zone: UTC, days: [mon, tue, wed, thu, fri, sat, sun], from: '00:00', to: '23:59' }
grants:
${actions.map((action) => `  - { action: ${action}, mode: execute }`).join('\n')}
limits:
  - { action: '*', max: 100000, per: 60 }
${actions.map((action) => `  - { action: ${action}, max: 100000, per: 60 }`).join('\n')}
approvals: { deadlineSeconds: 3600 }
model: { provider: none, name: none, region: none, promptsKept: false, why: The rig runs no model. }
retentionDays: 1
approved: { channels: [C0LEADS001], queues: [] }
`;
}
