import { covers, type Coverage, type Target } from '../../../../flags/targets.ts';
import { compileFiles } from '../../../../bin/lib/governance.ts';
import { forAgent, type AgentGovernance } from '../../../../shared/governance.ts';
import type { Covering, LeaseGrant, Leasing } from '../../../../shared/rpc.ts';

export const AGENT = 'model-agent';
export const ACTION = 'crm.contact.update';
export const DEADLINE_MS = 600_000;

/** How many people policy wants: none, one, two; 3: nobody may at all. */
export type Level = 0 | 1 | 2 | 3;

const manifest = `agent: ${AGENT}
version: 1
mission: Changes contacts while people and policies change their minds.
workflow: model
owners:
  business: { name: Model Owner, email: owner@toolgate.example }
  technical: { name: Model Engineer, email: engineer@toolgate.example }
contacts: { incident: incidents@toolgate.example }
risk: low
sensitivity: restricted
environments: [sandbox]
hours: { zone: UTC, days: [mon, tue, wed, thu, fri, sat, sun], from: '00:00', to: '23:59' }
grants:
  - { action: ${ACTION}, mode: execute }
approvals: { deadlineSeconds: ${DEADLINE_MS / 1000} }
model: { provider: none, name: none, region: none, promptsKept: false, why: It runs no model. }
retentionDays: 1
approved: { channels: [], queues: [] }
`;

const unless = ['', ' unless { context.approvals >= 1 }', ' unless { context.approvals >= 2 }', ''];

function setOf(level: Level): AgentGovernance {
  const permit =
    '@id("all") @reason("granted") permit (principal, action, resource) when { context.granted };';
  const forbid = `@id("held") @reason("held") forbid (principal, action, resource) when { context.mode == "execute" }${unless[level]};`;
  const compiled = compileFiles(
    [{ path: `governance/manifests/${AGENT}.yaml`, text: manifest }],
    [{ path: 'governance/policies/all.cedar', text: level === 0 ? permit : `${permit}\n${forbid}` }],
  );
  if (!compiled.ok) throw new Error(compiled.errors.join('\n'));
  return forAgent(compiled.governance, AGENT);
}

const sets = new Map<Level, AgentGovernance>();

/** The policy set of a level; compiled once. */
function policySet(level: Level): AgentGovernance {
  const known = sets.get(level) ?? setOf(level);
  sets.set(level, known);
  return known;
}

interface Stopping {
  target: Target;
  begun: number;
  /** Epoch at which it was lifted; null: it stands. */
  lifted: number | null;
}

/** Control as a model: one epoch over the policy set in force and the stops. */
export class ModelControl implements Leasing {
  epoch = 1;
  level: Level = 1;
  stoppings: Stopping[] = [];

  async ask(_agent: string, _incarnation: string, have: string | null): Promise<LeaseGrant | null> {
    const governance = policySet(this.level);
    return Promise.resolve({
      epoch: this.epoch,
      duration: 5_000,
      stops: this.inForce().map((target) => ({
        target,
        source: 'people' as const,
        since: '2026-11-22T12:00:00.000Z',
        by: 'a test',
        reason: 'a test',
        held: false,
      })),
      closed: [],
      goesOnFor: { read: 60_000, propose: 60_000, execute: 60_000 },
      autonomy: { mode: 'execute', why: 'start', since: null, executeSince: null },
      governanceVersion: governance.version,
      ...(have !== governance.version && { governance }),
      shadowVersion: null,
    });
  }

  async stoppedSince(call: Coverage, epoch: number): Promise<Covering> {
    const stoppedBy = this.stoppings
      .filter(({ target, lifted }) => covers(target, call) && (lifted === null || lifted > epoch))
      .map(({ target }) => target);
    return Promise.resolve({ epoch: this.epoch, stoppedBy });
  }

  inForce(): Target[] {
    return this.stoppings.filter(({ lifted }) => lifted === null).map(({ target }) => target);
  }

  stop(target: Target): void {
    this.epoch += 1;
    this.stoppings.push({ target, begun: this.epoch, lifted: null });
  }

  resume(): void {
    this.epoch += 1;
    for (const one of this.stoppings) one.lifted ??= this.epoch;
  }

  govern(level: Level): void {
    this.epoch += 1;
    this.level = level;
  }
}
