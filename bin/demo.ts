#!/usr/bin/env node
/** `npm run demo`: a workflow's whole story under the gate, as its agents and people would play it. */
import { parseArgs } from 'node:util';
import { ask } from './lib/client.ts';
import { playContent } from './lib/demo/content.ts';
import { playLeads } from './lib/demo/leads.ts';
import { Stage } from './lib/demo/stage.ts';
import { playSupport } from './lib/demo/support.ts';
import { readLeads } from './lib/demo/post-leads.ts';
import { startLocalGate, type LocalGate } from './lib/local-gate.ts';
import { readLocalFile, root } from './lib/local.ts';
import type { LocalFile } from './lib/secrets.ts';

const help = `Plays a workflow's story under the gate. People's parts are played with the local people's tokens, and it says so.

Usage: npm run demo -- [--workflow leads|content|support] [--file leads.csv] [--port 8787]

  --workflow  leads: forms, rules, an agent, an approval queue, a stop and a resume (this one, if you do not say)
              content: a brief, the scan for claims, two editors, a correction and the way back
              support: an inbox sorted, special matters unread to their queue, a refund, a security issue
  --file F    of leads: a CSV with a header line (examples/leads.csv). Columns: name, email, phone, company,
              companyDomain, country, employees, value, currency, interest, message, consent; at most 200 rows
  --port N    where to start a gate if none is running (8787)
  --help      this text

Examples:
  npm run demo
  npm run demo -- --workflow content
  npm run demo -- --file yours.csv
`;

const EXAMPLE = `${root}/examples/leads.csv`;
const workflows = ['leads', 'content', 'support'] as const;
type Workflow = (typeof workflows)[number];

process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<number> {
  const flags = readFlags(args);
  if (!flags.ok) return complain(`${flags.fault}\nnpm run demo -- --help lists the flags.`, 2);
  if (flags.help) return say(help);
  const story = storyOf(flags);
  if (!story.ok) return complain(story.fault, 2);
  const gate = await findGate(flags.port);
  if (!gate.ok) return complain(gate.fault, 1);
  try {
    await story.play(new Stage(gate.local, say));
    if (gate.started)
      say('The gate of this demo ends now; npm start brings it back with all of this in it.\n');
    return 0;
  } catch (error) {
    return complain(error instanceof Error ? error.message : 'The demo failed.', 1);
  } finally {
    await gate.started?.process.stop();
  }
}

type Story = { ok: true; play: (stage: Stage) => Promise<void> } | { ok: false; fault: string };

function storyOf({ workflow, file }: Flags & { ok: true }): Story {
  switch (workflow) {
    case 'content':
      return { ok: true, play: playContent };
    case 'support':
      return { ok: true, play: playSupport };
    case 'leads': {
      const leads = readLeads(file);
      if (!leads.ok) return leads;
      const rows = file === EXAMPLE ? thisRun(leads.rows) : leads.rows;
      return { ok: true, play: async (stage) => playLeads(stage, rows) };
    }
  }
}

/** The example's leads as of this run: posted unchanged within ten minutes they would be the leads of the run before. */
function thisRun(rows: Record<string, string>[]): Record<string, string>[] {
  const run = new Date().toISOString();
  return rows.map((row) => ({ ...row, message: `${row['message'] ?? ''} (demo of ${run})` }));
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

type Flags =
  | { ok: true; workflow: Workflow; file: string; port: number; help: boolean }
  | { ok: false; fault: string };

function readFlags(args: string[]): Flags {
  try {
    const { values } = parseArgs({
      args,
      options: {
        workflow: { type: 'string', default: 'leads' },
        file: { type: 'string', default: EXAMPLE },
        port: { type: 'string', default: '8787' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    const workflow = workflows.find((one) => one === values.workflow);
    if (!workflow) return { ok: false, fault: `--workflow is one of ${workflows.join(', ')}.` };
    if (workflow !== 'leads' && values.file !== EXAMPLE)
      return { ok: false, fault: `--file is for leads; ${workflow} has its own data.` };
    return { ok: true, workflow, file: values.file, port: Number(values.port), help: values.help };
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
