/**
 * `npm run bench:policy`: what one decision costs with 10, 100 and 1,000 policies, by our evaluator and by Cedar's
 * WebAssembly in the same workerd; and what 1,000 agents and 1,000 policies add to a whole governed call. See docs/bench.md.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { policyToJson } from '@cedar-policy/cedar-wasm/nodejs';
import { findWorkers } from '../../bin/lib/workers.ts';
import { noClaims } from '../../shared/claims.ts';
import { noOrigins } from '../../shared/origins.ts';
import { noReleases } from '../../shared/releases.ts';
import { forAgent, governanceVersion, type Governance, type Policy } from '../../shared/governance.ts';
import { measure } from '../../shared/measures.ts';
import type { PolicyQuestion } from '../../shared/policy.ts';
import { catalogue } from '../../workers/tools/catalogue.ts';
import { bundleAll } from './lib/bundle.ts';
import { send } from './lib/client.ts';
import { compare, type Comparison } from './lib/compare.ts';
import { agents, benchGovernance, startGate, type Gate } from './lib/gate.ts';
import { quantile } from './lib/stats.ts';
import { startVendor } from './lib/vendor.ts';
import { startWorkerd } from './lib/workerd.ts';

const usage = `npm run bench:policy -- [options]

  --quick          fewer decisions and rounds: does it still run?
  --no-column      only single decisions, not the whole gate
  --json           the report as JSON on stdout; it is always in .toolgate/bench-policy.json
`;

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    column: { type: 'boolean', default: true },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
  allowNegative: true,
});

const root = resolve(import.meta.dirname, '../..');
const folder = join(root, '.toolgate/bench-policy');
const sizes = [10, 100, 1_000] as const;
/** Microseconds for a decision with 100 policies about it; how much dearer the whole column may get. */
const aims = { decisionUs: 20, column: 1.2 };

/** What the policies are about: the action that is asked, or other actions. */
type About = 'this action' | 'other actions';
interface DecisionFigure {
  policies: number;
  about: About;
  /** Microseconds: a whole decision of ours, asked with as many approvals as it takes; one authorisation of Cedar's. */
  oursUs: number;
  cedarUs: number;
}
// ── single decisions ───────────────────────────────────────────────────────────────────────────────────────────────

const asked = 'chat.message.post';

async function decisions(shipped: Governance): Promise<DecisionFigure[]> {
  say('bundling the Worker that decides');
  const bundles = await bundleAll(['test/bench/policy/wrangler.toml'], join(folder, 'bundles'));
  const workerd = await startWorkerd({
    bundles,
    secrets: {},
    vendorPort: 9,
    sockets: { policy: 'toolgate-bench-policy' },
    folder: join(folder, 'policy'),
  });
  try {
    const port = workerd.ports['policy'] ?? 0;
    const figures: DecisionFigure[] = [];
    for (const about of ['this action', 'other actions'] as const) {
      for (const policies of sizes) figures.push(await decisionFigure(port, shipped, policies, about));
    }
    return figures;
  } finally {
    await workerd.stop();
  }
}

async function decisionFigure(
  port: number,
  shipped: Governance,
  policies: number,
  about: About,
): Promise<DecisionFigure> {
  say(`${policies} policies about ${about}`);
  const governance = withPolicies(shipped, policies, about);
  const ask = { governance: forAgent(governance, agents[0]), question: question() };
  const times = flags.quick ? { ours: 2_000, cedar: 20 } : { ours: 50_000, cedar: 300 };
  return {
    policies,
    about,
    oursUs: await timed(port, { ...ask, engine: 'ours' }, times.ours),
    cedarUs: await timed(port, { ...ask, engine: 'cedar' }, times.cedar),
  };
}

/** Microseconds for one: many in one request, less what a request without any takes. The median of some rounds. */
async function timed(port: number, ask: object, times: number): Promise<number> {
  const set = await send({ port, path: '/set', body: JSON.stringify(ask) });
  const { said } = JSON.parse(set.body) as { said: string };
  if (said !== 'allow') throw new Error(`the bench asks for what is allowed, and was told: ${set.body}`);
  const once = async (n: number): Promise<number> => {
    const start = performance.now();
    await send({ port, path: '/run', body: String(n) });
    return performance.now() - start;
  };
  await once(times);
  const rounds: number[] = [];
  for (let n = 0; n < 5; n += 1) rounds.push(((await once(times)) - (await once(0))) / times);
  return (
    quantile(
      rounds.sort((a, b) => a - b),
      0.5,
    ) * 1000
  );
}

function question(): PolicyQuestion {
  const action = catalogue.get(asked);
  if (!action) throw new Error(`no action ${asked}`);
  const input = {
    channel: 'C0BENCH001',
    text: 'A lead from acme.example was routed to the enterprise queue',
  };
  const { groups, sensitivity, clearance, hash } = action;
  return {
    agent: agents[0],
    user: null,
    action: asked,
    groups,
    sensitivity,
    clearance,
    irreversible: false,
    contract: hash,
    mode: 'execute',
    environment: 'sandbox',
    input,
    facts: {},
    measured: measure(action, input, {}),
    explained: true,
    launchWeek: false,
    claims: noClaims,
    releases: noReleases,
    origins: noOrigins,
    confidence: 90,
    now: Date.now(),
  };
}

/** The shipped set with so many policies more, each of which looks at the call and does not hold. */
function withPolicies(shipped: Governance, count: number, about: About): Governance {
  const others = [...catalogue.keys()].filter((name) => name !== asked);
  const made = Array.from({ length: count }, (_, n): Policy => {
    const action = about === 'this action' ? asked : (others[n % others.length] ?? '');
    return policy(`bench-${n}`, action, n);
  });
  const { version: _, ...content } = { ...shipped, policies: [...shipped.policies, ...made] };
  return { version: governanceVersion(content), ...content };
}

function policy(id: string, action: string, n: number): Policy {
  const text = `@id("${id}")
@reason("A rule of the bench.")
forbid (principal, action == Action::"${action}", resource)
when { context.mode == "execute" && context has confidence && context.confidence < ${n % 40} }
unless { context.approvals >= 1 };`;
  const answer = policyToJson(text);
  if (answer.type === 'failure') throw new Error(answer.errors.map(({ message }) => message).join('\n'));
  const { annotations: _, ...json } = answer.json;
  return { id, reason: 'A rule of the bench.', json, text };
}

// ── the whole column ───────────────────────────────────────────────────────────────────────────────────────────────

async function column(usual: Governance): Promise<Comparison[]> {
  say('bundling every Worker');
  const configs = findWorkers(root).map(({ configPath }) => configPath);
  const bundles = await bundleAll(configs, join(folder, 'bundles'));
  const vendor = await startVendor();
  const stops: (() => Promise<unknown>)[] = [vendor.stop];
  const start = async (name: string, governance: Governance): Promise<Gate> => {
    const gate = await startGate({
      bundles,
      vendorPort: vendor.port,
      folder: join(folder, name),
      governance,
    });
    stops.push(gate.stop);
    return gate;
  };
  try {
    const gates = [await start('usual', usual), await start('large', large(usual))] as const;
    const how = { quick: flags.quick, say };
    return [await compare(gates, 1, how), await compare(gates, 50, how)];
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
}

/** 1,000 agents and 1,000 policies: most about other actions, as they would be. */
function large(usual: Governance): Governance {
  const one = usual.manifests[agents[0]];
  if (!one) throw new Error('the bench has no agent');
  const more = Array.from({ length: 1_000 - agents.length }, (_, n) => `bench-more-${n}`);
  const manifests = {
    ...usual.manifests,
    ...Object.fromEntries(more.map((agent) => [agent, { ...one, agent }])),
  };
  const policies = 1_000 - usual.policies.length;
  const { version: _, ...content } = { ...withPolicies(usual, policies, 'other actions'), manifests };
  return { version: governanceVersion(content), ...content };
}

// ── the report ─────────────────────────────────────────────────────────────────────────────────────────────────────

function render(decisionFigures: readonly DecisionFigure[], columnFigures: readonly Comparison[]): string {
  const rows = decisionFigures.map(({ policies, about, oursUs, cedarUs }) => {
    const ratio = `Cedar's WebAssembly ${cedarUs.toFixed(0)} us, ${(cedarUs / oursUs).toFixed(0)} x`;
    return `${String(policies).padStart(5)} more policies about ${about.padEnd(14)} ${oursUs.toFixed(1).padStart(6)} us   ${ratio}`;
  });
  const hundred = decisionFigures.find(({ policies, about }) => policies === 100 && about === 'this action');
  const columns = columnFigures.map(({ concurrency, p50Ms, p50Ratio, rateRatio }) => {
    const text = `column at ${concurrency} with 1,000 agents and 1,000 policies: p50 ${p50Ms.other.toFixed(2)} ms, ${p50Ratio.toFixed(2)} x the usual gate (aim <= ${aims.column}); ${rateRatio.toFixed(2)} x its requests/s`;
    return verdict(p50Ratio <= aims.column, text);
  });
  const decision = `one decision with 100 policies about it: ${hundred?.oursUs.toFixed(1)} us (aim < ${aims.decisionUs})`;
  return [...rows, '', verdict((hundred?.oursUs ?? Infinity) < aims.decisionUs, decision), ...columns].join(
    '\n',
  );
}

function verdict(holds: boolean, line: string): string {
  return `${holds ? 'met   ' : 'missed'} ${line}`;
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

async function main(): Promise<void> {
  process.chdir(root);
  mkdirSync(folder, { recursive: true });
  const governance = await benchGovernance(root, folder);
  const decisionFigures = await decisions(governance);
  const columnFigures = flags.column ? await column(governance) : [];
  const text = `${JSON.stringify({ at: new Date().toISOString(), decisions: decisionFigures, column: columnFigures }, null, 2)}\n`;
  writeFileSync(join(root, '.toolgate/bench-policy.json'), text);
  console.log(flags.json ? text : render(decisionFigures, columnFigures));
}

if (flags.help) console.log(usage);
else await main();
