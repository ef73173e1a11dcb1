import { isTarget, type Target } from '../../flags/targets.ts';
import { canonical } from '../../shared/canonical.ts';
import { sha256 } from '../../shared/crypto.ts';
import type { DrillRecord, StopsView } from '../../shared/rpc.ts';
import { askOps } from '../lib/client.ts';
import { misuse, option, report, unanswered, type Command, type Invocation } from '../lib/command.ts';
import { analyseDrill, type DrillReport } from '../lib/drill-analysis.ts';
import { streamsOf, type LoadAgents } from '../lib/drill-load.ts';
import { drillMarkdown, type Recorded } from '../lib/drill-report.ts';
import { runDrill, type DrillJob } from '../lib/drill-run.ts';
import type { Left } from '../lib/own-stop.ts';
import { table, type Report } from '../lib/output.ts';
import {
  castOf,
  interruptible,
  keepReport,
  productionFault,
  reportFolder,
  secondPerson,
  stoppedFault,
} from '../lib/rehearsal.ts';
import { vendorRecords } from '../lib/vendor-state.ts';

export const drillStop: Command = {
  name: 'drill stop',
  summary: 'A real stop under synthetic load, proven from the vendors’ own logs, and resumed',
  usage: '--target <target> [--out <folder>]',
  examples: [
    'toolgate drill stop --target all',
    'toolgate drill stop --target tool:crm --json',
    'toolgate drill stop --target agent:lead-router --out drills/2026-11',
  ],
  details: [
    '--target           all, workflow:<name>, agent:<name>, tool:<name> or action:<tool.object.verb>',
    '--out              where the report goes, as JSON and Markdown (.toolgate/drills)',
    '--agents           a file like .toolgate/local.json with the agents’ host and credentials (that one)',
    '--companies        ids of CRM companies to read, where no simulator names them: 1,2,3',
    '--yes-production   yes, in production',
    '',
    'all takes two people to resume: here the two local operators, elsewhere the persons whose tokens',
    'TOOLGATE_TOKEN and TOOLGATE_SECOND_TOKEN hold. Only the sandbox shows its vendors’ request logs;',
    'anywhere else the drill gives the times, and the verdict unproven.',
  ],
  options: {
    target: { type: 'string' },
    out: { type: 'string' },
    agents: { type: 'string' },
    companies: { type: 'string' },
    'yes-production': { type: 'boolean' },
  },
  takes: 0,
  person: 'operator',
  run,
};

export const drillList: Command = {
  name: 'drill list',
  summary: 'The last drills, and what each showed',
  usage: '',
  examples: ['toolgate drill list', 'toolgate drill list --json'],
  options: {},
  takes: 0,
  person: 'operator',
  run: async (call) => report(call, ['GET', '/drills'], list),
};

async function run(call: Invocation): Promise<Report> {
  const target = option(call.values, 'target') ?? '';
  if (!isTarget(target))
    return misuse(`"${target}" is no target. Say --target all, workflow:…, agent:…, tool:… or action:….`);
  const load = castOf(call.values);
  if (!load)
    return misuse('There are no agents to make the load: start the gate with npm start, or say --agents.');
  const status = await askOps<StopsView>(call.access, 'GET', '/status');
  if (status.kind !== 'ok') return unanswered(status, call.access.gate);
  const refused = refusal(call, status.value, target);
  return refused ?? drillNow(call, target, status.value.environment, load);
}

/** What forbids a drill, before anything is done. */
function refusal(call: Invocation, { environment, stops }: StopsView, target: Target): Report | undefined {
  return productionFault(call, environment, 'a drill') ?? stoppedFault({ stops }, `A drill of ${target}`);
}

async function drillNow(
  call: Invocation,
  target: Target,
  environment: string,
  load: LoadAgents,
): Promise<Report> {
  const sandbox = environment === 'sandbox';
  const companies = sandbox
    ? await simulatedCompanies(load.gate)
    : (option(call.values, 'companies') ?? '').split(',');
  if (companies.filter(Boolean).length === 0)
    return misuse('Say which CRM companies the load may read: --companies 1,2,3.');
  const streams = await streamsOf(load, target, companies.filter(Boolean), sandbox);
  if (!streams.some(({ covered }) => covered)) {
    const known = [...new Set(streams.map(({ agent, action }) => `${agent} ${action}`))].join(', ');
    return misuse(
      `${target} covers no call of the load, so a drill of it would show nothing. The load is: ${known}.`,
    );
  }
  return conduct(call, {
    target,
    environment,
    access: call.access,
    second: secondPerson(call),
    load,
    streams,
  });
}

/** Records that the simulated vendor has; none when it does not say. */
async function simulatedCompanies(gate: string): Promise<string[]> {
  return ((await vendorRecords(gate, 'hubspot', 'companies')) ?? []).map(({ id }) => id);
}

async function conduct(call: Invocation, job: Omit<DrillJob, 'interrupted' | 'say'>): Promise<Report> {
  return interruptible(async (interrupted) => {
    const say = (line: string): void => {
      if (call.values['json'] !== true) call.stdout.write(`${line} …\n`);
    };
    const end = await runDrill({ ...job, interrupted, say });
    const left = end.left === 'nothing' ? null : stillStopped(job.target, end.left);
    if (end.state === 'broken') {
      const text = [end.fault, left].filter((line) => line !== null).join('\n');
      return { text, json: { error: 'broken', detail: text }, exit: 1 };
    }
    return filed(call, analyseDrill(end.events), left);
  });
}

function stillStopped(target: Target, left: Exclude<Left, 'nothing'>): string {
  const resume = `toolgate resume ${target} --reason "…"${target === 'all' ? ', by two people' : ''}`;
  return left === 'own'
    ? `${target} IS STILL STOPPED by this drill, which could not resume it: ${resume}`
    : `${target} IS STILL STOPPED: somebody else stopped it during the drill, or the gate does not say; whoever deals with that resumes it: ${resume}`;
}

/** Records the report, keeps it, and shows it. */
async function filed(call: Invocation, drill: DrillReport, left: string | null): Promise<Report> {
  const text = canonical(drill);
  const hash = sha256(text);
  const { receipt, verdict, violations, times } = drill;
  const { detect, decide, stop, restore } = times;
  const answer = await askOps<DrillRecord>(call.access, 'POST', '/drills', {
    receipt,
    verdict,
    violations: violations.length,
    report: hash,
    times: { detect, decide, stop, restore },
  });
  const fault = answer.kind === 'ok' ? null : unanswered(answer, call.access.gate).text;
  const recorded: Recorded = {
    id: answer.kind === 'ok' ? answer.value.id : null,
    sha256: hash,
    note: [fault, left].filter((line) => line !== null).join(' ') || null,
  };
  const markdown = drillMarkdown(drill, recorded);
  const name = `drill-${drill.startedAt.replaceAll(/[:.]/g, '-')}`;
  const file = keepReport(reportFolder(call.values, 'drills'), name, text, markdown);
  const json = { report: drill, ...recorded, file };
  const good = verdict === 'held' && recorded.id !== null && left === null;
  return { text: `${markdown}\n- Kept as ${file} and .md`, json, exit: good ? 0 : 1 };
}

function list(drills: readonly DrillRecord[]): string {
  const rows = drills.map(({ at, target, environment, verdict, times, by, id, rollback }) => [
    at,
    target,
    environment,
    verdict,
    rollback ? 'rollback' : 'stop',
    times.confirm === null ? '' : `${times.confirm} ms`,
    times.restore === null ? '' : `${times.restore} ms`,
    by,
    id,
  ]);
  const none = 'None yet: toolgate drill stop --target all';
  return table(
    ['AT', 'TARGET', 'ENVIRONMENT', 'VERDICT', 'OF', 'CONFIRMED', 'RESTORED', 'BY', 'DRILL'],
    rows,
    none,
  );
}
