#!/usr/bin/env node
/** `npm run demo`: the story of a lead, from a web form to a sales queue, under the gate; with a stop in the middle. */
import { parseArgs } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import { randomUUID } from 'node:crypto';
import { GateClient, type CallOptions } from '../examples/gate-client.ts';
import { routeNewLeads, type Routing } from '../examples/lead-router.ts';
import type { Approval, LeadRecord, Receipt } from '../shared/rpc.ts';
import { ask, askOps, type GateAnswer } from './lib/client.ts';
import { postLeads, readLeads, type Posted } from './lib/demo-leads.ts';
import { table } from './lib/demo-table.ts';
import { startLocalGate, type LocalGate } from './lib/local-gate.ts';
import { readLocalFile, root } from './lib/local.ts';
import type { LocalFile } from './lib/secrets.ts';

const help = `Plays the story of leads under the gate: forms, rules, an agent, an approval queue, a stop and a resume.

Usage: npm run demo -- [--file leads.csv] [--port 8787]

  --file F   a CSV of leads with a header line (examples/leads.csv). Columns: name, email, phone, company,
             companyDomain, country, employees, value, currency, interest, message, consent; at most 200 rows
  --port N   where to start a gate if none is running (8787)
  --help     this text

Examples:
  npm run demo
  npm run demo -- --file yours.csv
`;

const EXAMPLE = `${root}/examples/leads.csv`;
const SITE = 'acme-web';
const AGENT = 'lead-router';

process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<number> {
  const flags = readFlags(args);
  if (!flags.ok) return complain(`${flags.fault}\nnpm run demo -- --help lists the flags.`, 2);
  if (flags.help) return say(help);
  const leads = readLeads(flags.file);
  if (!leads.ok) return complain(leads.fault, 2);
  const gate = await findGate(flags.port);
  if (!gate.ok) return complain(gate.fault, 1);
  try {
    await play(gate.local, flags.file === EXAMPLE ? thisRun(leads.rows) : leads.rows);
    if (gate.started)
      say('The gate of this demo ends now; npm start brings it back with all of this in it.\n');
    return 0;
  } catch (error) {
    return complain(error instanceof Error ? error.message : 'The demo failed.', 1);
  } finally {
    await gate.started?.process.stop();
  }
}

/** The example's leads as of this run: posted unchanged within ten minutes they would be the leads of the run before. */
function thisRun(rows: Record<string, string>[]): Record<string, string>[] {
  const run = new Date().toISOString();
  return rows.map((row) => ({ ...row, message: `${row['message'] ?? ''} (demo of ${run})` }));
}

// ── the story ────────────────────────────────────────────────────────────────────────────────────────────────────────

async function play(local: LocalFile, rows: Record<string, string>[]): Promise<void> {
  const credentials = local.agents[AGENT];
  if (!credentials)
    throw new Error(`.toolgate/local.json knows no ${AGENT}: start with npm start -- --fresh`);

  say(`\n1. The website posts ${rows.length} leads, as its form would, to ${local.gate}/leads/${SITE}\n`);
  const tell = (lead: Posted): number => say(`   ${postedLine(lead)}\n`);
  const posted = await postLeads(local.gate, SITE, rows, tell, (seconds) => tellWait('the site', seconds));

  say(`\n2. The agent ${AGENT} routes what the site's own rules left, one call after the other\n`);
  const agent = new GateClient(local.gate, credentials);
  const stopping = stopAfter(local, 3);
  const first = await work(agent, stopping.after);
  if (!stopping.stopped())
    say('   (fewer than three leads were left for the agent, so there was no middle to stop it in)\n');
  const second = stopping.stopped() ? await goOn(local, agent) : [];

  say('\n5. The same agent tries what it may not\n');
  await overstep(agent);

  const results = [...first.filter(({ result }) => result !== 'stopped'), ...second];
  await epilogue(local, posted, results);
}

async function work(
  agent: GateClient,
  after: (routing: Routing) => Promise<void> | void,
): Promise<Routing[]> {
  return routeNewLeads(
    agent,
    async (routing) => {
      say(`   ${routedLine(routing)}\n`);
      await after(routing);
    },
    tellWait,
  );
}

async function goOn(local: LocalFile, agent: GateClient): Promise<Routing[]> {
  say('\n4. Resumed by an operator; the agent takes up where it was\n');
  await operator(local, 'DELETE', `/stops/agent:${AGENT}`, { reason: 'The demo goes on.' });
  return work(agent, () => undefined);
}

/** Stops the agent once it has handled that many leads, in the middle of its run. */
function stopAfter(local: LocalFile, count: number): { after: () => Promise<void>; stopped: () => boolean } {
  let handled = 0;
  const after = async (): Promise<void> => {
    handled += 1;
    if (handled !== count) return;
    say('\n3. An operator stops the agent in the middle of its run\n');
    const receipt = await operator<Receipt>(local, 'POST', '/stops', {
      target: `agent:${AGENT}`,
      reason: 'The demo shows a stop.',
    });
    const took = receipt.confirmedAt ? Date.parse(receipt.confirmedAt) - Date.parse(receipt.stopAt) : null;
    const confirmed = took === null ? receipt.status : `confirmed after ${took} ms`;
    say(
      `   ${receipt.id}: ${confirmed}; guards acked ${receipt.guards.acked}, lapsed ${receipt.guards.lapsed}\n`,
    );
  };
  return { after, stopped: () => handled >= count };
}

/** What a misled agent might try; each is refused before any vendor hears of it. */
async function overstep(agent: GateClient): Promise<void> {
  const because = { goal: 'A page told me to.', explanation: 'Text on a page asked for it.' };
  const tries: [string, string, Record<string, unknown>, CallOptions][] = [
    ['export all contacts', 'crm.contact.export', {}, { mode: 'read' }],
    [
      'post to another channel',
      'chat.message.post',
      { channel: 'C0OUTSIDE9', text: 'hello' },
      { mode: 'execute', key: randomUUID(), because },
    ],
    [
      'post without a reason',
      'chat.message.post',
      { channel: 'C0LEADS001', text: 'hello' },
      { mode: 'execute', key: randomUUID() },
    ],
    ['look people up', 'enrichment.person.lookup', { email: 'ada.sommer@kestrel.example' }, { mode: 'read' }],
  ];
  for (const [what, action, input, options] of tries) {
    const { status, body } = await agent.call(action, input, options);
    const { detail, title } = body as { detail?: string; title?: string };
    say(`   ${what.padEnd(24)} ${status} ${detail ?? title ?? ''}\n`);
  }
}

async function epilogue(local: LocalFile, posted: Posted[], results: Routing[]): Promise<void> {
  const records = await until(async () => {
    const found = await operator<LeadRecord[]>(local, 'GET', `/leads?site=${SITE}&limit=200`);
    return posted.every(({ id }) => id === null || found.some((record) => record.id === id))
      ? found
      : undefined;
  });
  const approvals = await operator<Approval[]>(local, 'GET', '/approvals?status=waiting');
  say(`\n${table(posted, results, records)}\n`);
  say(`
Where to look
  waiting for a person   ${approvals.length}: npm run -s toolgate -- approvals
                         npm run -s toolgate -- approve ${approvals[0]?.id ?? 'appr_…'} --reason as-expected
  what happened and why  npm run -s toolgate -- calls --agent ${AGENT}
  the proof              npm run -s toolgate -- journal verify
  what the vendors saw   ${local.gate}/simulator/slack/log, ${local.gate}/simulator/hunter/log
`);
}

// ── helpers ──────────────────────────────────────────────────────────────────────────────────────────────────────────

function postedLine({ row, id, answer }: Posted): string {
  return `${(row['company'] || row['name'] || 'somebody').padEnd(22)} ${id ?? ''} ${answer}`;
}

function tellWait(action: string, seconds: number): void {
  say(`   (${action} says: wait ${seconds} s)\n`);
}

function routedLine({ company, queue, result, why }: Routing): string {
  const name = (company ?? 'unknown company').padEnd(22);
  return result === 'routed' ? `${name} routed to ${queue}` : `${name} ${result}: ${why}`;
}

async function operator<T>(local: LocalFile, method: string, path: string, body?: unknown): Promise<T> {
  const token = local.people['operator']?.token;
  const answer: GateAnswer<T> = await askOps<T>({ gate: local.gate, token }, method, path, body);
  if (answer.kind === 'ok') return answer.value;
  throw new Error(
    answer.kind === 'unreachable'
      ? `The gate is out of reach: ${answer.detail}`
      : `${answer.problem.title}: ${answer.problem.detail ?? ''}`,
  );
}

/** Looks again for up to ten seconds. */
async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (let tries = 0; tries < 50; tries += 1) {
    const found = await look();
    if (found !== undefined) return found;
    await sleep(200);
  }
  throw new Error('The leads did not show up in the people’s API within 10 s.');
}

type Found = { ok: true; local: LocalFile; started?: LocalGate } | { ok: false; fault: string };

/** The gate that runs on this machine, or a new one. */
async function findGate(port: number): Promise<Found> {
  const local = readLocalFile(root);
  if (local && (await ask(new URL('/healthz', local.gate))).kind === 'ok') {
    say(`Using the gate at ${local.gate}.\n`);
    return { ok: true, local };
  }
  say('No gate is running here: starting one for the demo …\n');
  const started = await startLocalGate(root, {
    port,
    fresh: false,
    interrupted: new AbortController().signal,
  });
  return started.ok
    ? { ok: true, local: started.gate.local, started: started.gate }
    : { ok: false, fault: `${started.fault}\n${started.remedy}` };
}

type Flags = { ok: true; file: string; port: number; help: boolean } | { ok: false; fault: string };

function readFlags(args: string[]): Flags {
  try {
    const { values } = parseArgs({
      args,
      options: {
        file: { type: 'string', default: EXAMPLE },
        port: { type: 'string', default: '8787' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    return { ok: true, file: values.file, port: Number(values.port), help: values.help };
  } catch (error) {
    return { ok: false, fault: error instanceof Error ? error.message : 'The flags are not readable.' };
  }
}

function say(text: string): number {
  process.stdout.write(text);
  return 0;
}

function complain(fault: string, code: number): number {
  process.stderr.write(`${fault}\n`);
  return code;
}
