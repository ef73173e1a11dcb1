import { noClaims } from '../../shared/claims.ts';
import { noOrigins } from '../../shared/origins.ts';
import { noReleases } from '../../shared/releases.ts';
import { isIrreversible, type KnownAction, type Mode } from '../../shared/contract.ts';
import { forAgent, type AgentGovernance, type Governance } from '../../shared/governance.ts';
import { grantOf, withinHours, type Manifest } from '../../shared/manifest.ts';
import { measure } from '../../shared/measures.ts';
import { decide, type PolicyDecision, type PolicyQuestion } from '../../shared/policy.ts';
import { sampleCall, spending, spendLine } from './sample-call.ts';
import { severities, severityOf, type Severity } from './severity.ts';

/** What a kind of call meets: nothing, people, a refusal; or the agent has no such right, or there is no such call. */
export type Cell = 'allow' | '1 person' | '2 people' | 'denied' | 'not granted' | '-';

/** When and how an action is called. */
export interface Situation {
  id: string;
  name: string;
  mode: Mode;
  outside?: boolean;
  confidence?: number;
  overSpend?: boolean;
  launchWeek?: boolean;
}

/** All that is asked; the first of each mode is the plain case, in office hours, of a sure agent. */
export const situations: readonly Situation[] = [
  { id: 'read', name: 'read', mode: 'read' },
  { id: 'read-outside', name: 'read, outside hours', mode: 'read', outside: true },
  { id: 'propose', name: 'propose', mode: 'propose' },
  { id: 'propose-outside', name: 'propose, outside hours', mode: 'propose', outside: true },
  { id: 'execute', name: 'execute', mode: 'execute' },
  { id: 'execute-outside', name: 'execute, outside hours', mode: 'execute', outside: true },
  { id: 'execute-unsure', name: 'execute, low confidence', mode: 'execute', confidence: 0 },
  { id: 'execute-spend', name: 'execute, over the spend line', mode: 'execute', overSpend: true },
  { id: 'execute-launch', name: 'execute, in launch week', mode: 'execute', launchWeek: true },
];

export interface MatrixRow {
  action: string;
  severity: Severity['id'];
  situation: string;
  /** By agent. */
  cells: Record<string, Cell>;
}

export interface Asked {
  set: Governance;
  agents: readonly string[];
  catalogue: ReadonlyMap<string, KnownAction>;
  environment: string;
  /** Unix ms: hours are looked for from here on. */
  now: number;
}

/** Every action in every situation for some agents, mildest class first, as the engine decides it. Pure. */
export function matrix({ set, agents, catalogue, environment, now }: Asked): MatrixRow[] {
  const governances = agents.map((agent) => forAgent(set, agent));
  const actions = [...catalogue.values()].map((action) => ({ action, severity: severityOf(action) }));
  return severities.flatMap(({ id }) =>
    actions
      .filter(({ severity }) => severity === id)
      .flatMap(({ action, severity }) =>
        situationsOf(action).map((situation) => ({
          action: action.name,
          severity,
          situation: situation.id,
          cells: Object.fromEntries(
            governances.map((own, index) => [
              agents[index] ?? '',
              cellOf(own, action, situation, environment, now),
            ]),
          ),
        })),
      ),
  );
}

function situationsOf(action: KnownAction): Situation[] {
  return situations.filter(({ mode }) => (mode === 'read') === (action.mode === 'read'));
}

function cellOf(
  governance: AgentGovernance,
  action: KnownAction,
  situation: Situation,
  environment: string,
  now: number,
): Cell {
  const { manifest } = governance;
  if (!manifest || !grantOf(manifest, action.name)) return 'not granted';
  const question = questionFor({ ...governance, manifest }, action, situation, environment, now);
  return question ? cellFrom(situation.mode, decide(governance, question)) : '-';
}

/** The question of a cell; undefined: there is no such call, because it spends nothing, or those hours never come. */
export function questionFor(
  { policies, manifest }: AgentGovernance & { manifest: Manifest },
  action: KnownAction,
  { mode, outside = false, confidence = 100, overSpend = false, launchWeek = false }: Situation,
  environment: string,
  now: number,
): PolicyQuestion | undefined {
  const line = overSpend ? spendLine(policies) : 0;
  const plain = sampleCall(action, manifest, now);
  const call = overSpend ? line !== undefined && spending(plain, action, line + 1) : plain;
  const at = momentOf(manifest, !outside, now);
  if (!call || at === undefined) return undefined;
  const { input, facts } = call;
  const { name, groups, sensitivity, clearance, hash } = action;
  const measured = measure(action, input, facts);
  return {
    agent: manifest.agent,
    user: null,
    action: name,
    groups,
    sensitivity,
    clearance,
    irreversible: isIrreversible(action),
    contract: hash,
    mode,
    environment,
    input,
    facts,
    measured,
    explained: true,
    launchWeek,
    claims: noClaims,
    releases: noReleases,
    origins: noOrigins,
    confidence,
    now: at,
  };
}

/** The next quarter of an hour within the manifest's hours, or outside them; none in eight days: there are none. */
function momentOf({ hours }: Manifest, within: boolean, now: number): number | undefined {
  const quarter = 15 * 60_000;
  for (let step = 0; step < 8 * 24 * 4; step += 1) {
    const at = now + step * quarter;
    if (withinHours(hours, at) === within) return at;
  }
  return undefined;
}

/** A proposal waits for nobody, since it changes nothing: it is only ever denied. */
export function cellFrom(mode: Mode, decision: PolicyDecision): Cell {
  switch (decision.kind) {
    case 'deny':
      return 'denied';
    case 'allow':
      return 'allow';
    case 'approval':
      if (mode === 'propose') return 'allow';
      return decision.needs === 1 ? '1 person' : '2 people';
  }
}

/** A cell that two sets decide otherwise. */
export interface CellChange {
  action: string;
  agent: string;
  situation: string;
  was: Cell;
  is: Cell;
}

/** The cells that differ between two sets, over the agents of either. Pure. */
export function matrixChanges(
  from: Governance,
  to: Governance,
  rest: Pick<Asked, 'catalogue' | 'environment' | 'now'>,
): CellChange[] {
  const agents = [...new Set([...Object.keys(from.manifests), ...Object.keys(to.manifests)])].sort();
  const [before, after] = [from, to].map((set) => matrix({ ...rest, set, agents }));
  return (after ?? []).flatMap(({ action, situation, cells }, index) =>
    agents.flatMap((agent) => {
      const [was, is] = [before?.[index]?.cells[agent] ?? '-', cells[agent] ?? '-'];
      return was === is ? [] : [{ action, agent, situation, was, is }];
    }),
  );
}
