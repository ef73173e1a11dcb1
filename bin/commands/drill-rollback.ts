import { canonical } from '../../shared/canonical.ts';
import { sha256 } from '../../shared/crypto.ts';
import type { DrillRecord, StopsView } from '../../shared/rpc.ts';
import { askOps, type Access } from '../lib/client.ts';
import { misuse, option, unanswered, type Command, type Invocation } from '../lib/command.ts';
import type { LoadAgents } from '../lib/drill-load.ts';
import type { Recorded } from '../lib/drill-report.ts';
import { readLocalFile, root } from '../lib/local.ts';
import type { Report } from '../lib/output.ts';
import {
  castOf,
  interruptible,
  keepReport,
  productionFault,
  reportFolder,
  stoppedFault,
} from '../lib/rehearsal.ts';
import {
  analyseRollbackDrill,
  rollbackDrillMarkdown,
  type RollbackDrillReport,
} from '../lib/rollback-drill-report.ts';
import { runRollbackDrill } from '../lib/rollback-drill.ts';
import { vendorRecords } from '../lib/vendor-state.ts';

export const drillRollback: Command = {
  name: 'drill rollback',
  summary: 'Calls made to be taken back: stopped, rolled back, proven from the vendors’ own records and logs',
  usage: '[--out <folder>]',
  examples: ['toolgate drill rollback', 'toolgate drill rollback --out drills/2026-11 --json'],
  details: [
    '--out              where the report goes, as JSON and Markdown (.toolgate/drills)',
    '--agents           a file like .toolgate/local.json with the agents’ host and credentials (that one)',
    '--contacts         ids of CRM contacts to change and change back, where no simulator names them: 1,2',
    '--yes-production   yes, in production',
    '',
    'Two others approve what the plan needs: here the local people, elsewhere the persons whose tokens',
    'TOOLGATE_SECOND_TOKEN and TOOLGATE_THIRD_TOKEN hold. Only the sandbox shows its vendors’ records;',
    'anywhere else the drill gives the times, and the verdict unproven.',
  ],
  options: {
    out: { type: 'string' },
    agents: { type: 'string' },
    contacts: { type: 'string' },
    'yes-production': { type: 'boolean' },
  },
  takes: 0,
  person: 'operator',
  run,
};

async function run(call: Invocation): Promise<Report> {
  const load = castOf(call.values);
  if (!load)
    return misuse('There are no agents to make the calls: start the gate with npm start, or say --agents.');
  const status = await askOps<StopsView>(call.access, 'GET', '/status');
  if (status.kind !== 'ok') return unanswered(status, call.access.gate);
  const { environment } = status.value;
  const refused =
    productionFault(call, environment, 'a drill of a rollback writes at real vendors, and') ??
    stoppedFault(status.value, 'A drill of a rollback');
  return refused ?? conduct(call, environment, load);
}

async function conduct(call: Invocation, environment: string, load: LoadAgents): Promise<Report> {
  const contacts = await contactsOf(call, environment, load);
  return interruptible(async (interrupted) => {
    const end = await runRollbackDrill({
      environment,
      access: call.access,
      others: othersOf(call),
      load,
      contacts,
      say: (line) => void call.stderr.write(`${line} …\n`),
      interrupted,
    });
    const left = end.left.map(
      (target) => `${target} IS STILL STOPPED: toolgate resume ${target} --reason "…"`,
    );
    if (end.state === 'done') return filed(call, analyseRollbackDrill(end.events), left);
    const text = [end.fault, ...left].join('\n');
    return { text, json: { error: 'broken', detail: text }, exit: 1 };
  });
}

/** Two contacts of the simulated vendor, or those that were named. */
async function contactsOf(call: Invocation, environment: string, { gate }: LoadAgents): Promise<string[]> {
  const named = (option(call.values, 'contacts') ?? '').split(',').filter(Boolean);
  if (named.length > 0 || environment !== 'sandbox') return named;
  const held = (await vendorRecords(gate, 'hubspot', 'contacts')) ?? [];
  return held.slice(0, 2).map(({ id }) => id);
}

/** Other people at hand, whoever may approve first. */
function othersOf({ access: { gate, token }, env }: Invocation): Access[] {
  const given = [env['TOOLGATE_SECOND_TOKEN'], env['TOOLGATE_THIRD_TOKEN']].filter(
    (one) => one !== undefined,
  );
  if (given.length > 0) return given.map((one) => ({ gate, token: one }));
  const local = readLocalFile(root);
  if (!local || new URL(local.gate).origin !== new URL(gate).origin) return [];
  return ['approver', 'approver2', 'operator2', 'operator']
    .map((name) => local.people[name]?.token)
    .filter((one) => one !== undefined && one !== token)
    .map((one) => ({ gate, token: one }));
}

/** Records the report, keeps it, and shows it. */
async function filed(call: Invocation, drill: RollbackDrillReport, left: readonly string[]): Promise<Report> {
  const text = canonical(drill);
  const hash = sha256(text);
  const { times, verdict, receipts, rollback, reasons } = drill;
  const answer = await askOps<DrillRecord>(call.access, 'POST', '/drills', {
    receipt: receipts[0]?.id,
    verdict,
    violations: verdict === 'violated' ? reasons.length : 0,
    report: hash,
    times: { detect: times.detect, decide: times.decide, stop: times.stop, restore: times.restore },
    rollback: { id: rollback, plan: times.plan, run: times.restore },
  });
  const fault = answer.kind === 'ok' ? null : unanswered(answer, call.access.gate).text;
  const id = answer.kind === 'ok' ? answer.value.id : null;
  const note = [fault, ...left].filter((line) => line !== null).join(' ') || null;
  const recorded: Recorded = { id, sha256: hash, note };
  const markdown = rollbackDrillMarkdown(drill, recorded);
  const name = `drill-${drill.startedAt.replaceAll(/[:.]/g, '-')}`;
  const file = keepReport(reportFolder(call.values, 'drills'), name, text, markdown);
  const good = verdict === 'held' && id !== null && left.length === 0;
  const json = { report: drill, ...recorded, file };
  return { text: `${markdown}\n- Kept as ${file} and .md`, json, exit: good ? 0 : 1 };
}
