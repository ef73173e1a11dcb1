import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { allSwitches, type Switch } from '../../flags/switches.ts';
import { contracts, catalogue } from '../../workers/tools/catalogue.ts';
import { misuse, option, type Command, type Invocation } from '../lib/command.ts';
import { planPush, type PushPlan } from '../lib/flags-push.ts';
import { readManifests } from '../lib/governance-manifests.ts';
import { root } from '../lib/local.ts';
import { printable, type Exit, type Report } from '../lib/output.ts';
import { UnleashAdmin, type AdminAnswer } from '../lib/unleash-admin.ts';

export const flagsPush: Command = {
  name: 'flags push',
  summary: 'Create every switch in an Unleash server, and name flags there that do nothing',
  usage: '[--url <unleash>] [--project <name>] [--environment <name>] [--dry-run]',
  examples: [
    'UNLEASH_ADMIN_TOKEN=… toolgate flags push --url https://unleash.example --environment production',
    'toolgate flags push --dry-run',
  ],
  details: [
    '--url           where Unleash is (UNLEASH_URL)',
    '--project       its project (default)',
    '--environment   where new switches are turned on (development)',
    '--dry-run       say what would be done, and do nothing',
    '',
    'UNLEASH_ADMIN_TOKEN holds a token that may create flags; it is not an option, because others can',
    'read options. New switches are created of the type kill-switch and turned on, so that nothing stops.',
    'A switch that is there is left as it is: nothing here turns one on or off. Push again after each new',
    'agent, workflow or tool: one that the server has never had is closed, and opens when it is there and on.',
  ],
  options: {
    url: { type: 'string' },
    project: { type: 'string' },
    environment: { type: 'string' },
    'dry-run': { type: 'boolean' },
  },
  takes: 0,
  person: null,
  run,
};

/** What constraints can be made over besides what Unleash brings along (userId is the agent). */
const contextFields = {
  workflow: 'Toolgate: the workflow of the agent that calls',
  tool: 'Toolgate: the tool that is called',
  action: 'Toolgate: the action that is called, such as crm.contact.update',
  mode: 'Toolgate: read, propose or execute',
};

interface Push {
  admin: UnleashAdmin;
  project: string;
  environment: string;
}

async function run({ values, env }: Invocation): Promise<Report> {
  const url = option(values, 'url') ?? env['UNLEASH_URL'];
  const token = env['UNLEASH_ADMIN_TOKEN'];
  if (!url) return misuse('Say where Unleash is: --url https://…, or set UNLEASH_URL.');
  if (!token || !/^[\x21-\x7e]+$/.test(token)) {
    return misuse('Set UNLEASH_ADMIN_TOKEN to a token that may create flags.');
  }
  const admin = UnleashAdmin.at({ url, token });
  if (!admin) return misuse(`"${url}" is no https address (http only for this machine).`);
  const push = {
    admin,
    project: option(values, 'project') ?? 'default',
    environment: option(values, 'environment') ?? 'development',
  };
  const switches = switchesHere();
  if (!switches) return misuse('governance/manifests do not hold: toolgate policy check lists the faults.');
  const flags = await admin.flags(push.project);
  if (flags.kind !== 'ok') return failed(flags);
  const plan = planPush(switches, flags.value, push.environment);
  if (values['dry-run'] !== true) return report(push, plan, await carryOut(push, plan), false);
  return report(push, plan, { created: plan.create.map(({ name }) => name), faults: [] }, true);
}

/** Every switch of what this checkout holds: its tools and its manifests. */
function switchesHere(): Switch[] | undefined {
  const folder = 'governance/manifests';
  const files = readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => ({ path: `${folder}/${name}`, text: readFileSync(join(root, folder, name), 'utf8') }));
  const { manifests, errors } = readManifests(files, catalogue);
  if (errors.length > 0) return undefined;
  return allSwitches({
    agents: Object.keys(manifests),
    workflows: Object.values(manifests).map(({ workflow }) => workflow),
    tools: contracts.map(({ tool }) => tool),
    actions: catalogue.keys(),
  });
}

interface Done {
  created: string[];
  faults: string[];
}

/** Creates what is missing, one after another, until Unleash is out of reach. */
async function carryOut({ admin, project, environment }: Push, plan: PushPlan): Promise<Done> {
  const faults = await addContextFields(admin);
  const done: Done = { created: [], faults };
  for (const { name, off, owner } of plan.create) {
    const description = `Toolgate. Off: ${off} Owner: ${owner}.`;
    const created = await admin.create(project, { name, description });
    const on = created.kind === 'ok' ? await admin.turnOnNew(project, name, environment) : created;
    if (on.kind === 'ok') done.created.push(name);
    else done.faults.push(`${name}: ${on.detail}`);
    if (on.kind === 'unreachable') break;
  }
  return done;
}

/** Without them constraints over tool, action, mode and workflow cannot be made in Unleash's own pages. */
async function addContextFields(admin: UnleashAdmin): Promise<string[]> {
  const there = await admin.contextFields();
  if (there.kind !== 'ok') return [`context fields: ${there.detail}`];
  const faults: string[] = [];
  for (const [name, description] of Object.entries(contextFields)) {
    if (there.value.includes(name)) continue;
    const added = await admin.createContextField(name, description);
    if (added.kind !== 'ok') faults.push(`context field ${name}: ${added.detail}`);
  }
  return faults;
}

function report({ project, environment }: Push, plan: PushPlan, done: Done, dry: boolean): Report {
  const { created, faults } = done;
  const verb = dry ? 'would be created, on' : 'created, on';
  const lines = [
    ...created.map((name) => `${verb.padEnd(20)}  ${name}`),
    ...plan.there.map(({ name, on }) => `${`there, ${on ? 'on' : 'OFF'}`.padEnd(20)}  ${name}`),
    ...faults.map((fault) => `${'FAILED'.padEnd(20)}  ${fault}`),
    ...plan.warnings.map((warning) => `WARNING: ${warning}`),
    '',
    summary(plan, done, dry),
  ];
  const json = {
    project,
    environment,
    dryRun: dry,
    created,
    there: plan.there,
    failed: faults,
    warnings: plan.warnings,
  };
  const exit: Exit = faults.length > 0 ? 1 : 0;
  return { text: printable(lines.join('\n')), json, exit };
}

/** How many of what, and what to do next. */
function summary({ there, create }: PushPlan, { created, faults }: Done, dry: boolean): string {
  const off = there.filter(({ on }) => !on).length;
  const made = `${created.length} ${dry ? 'would be created' : 'created'}`;
  const counts = `${made}, ${there.length} there (${off} off), ${faults.length} failed.`;
  if (dry) return `${counts} Nothing was changed: push without --dry-run to do it.`;
  if (faults.length > 0 || created.length < create.length)
    return `${counts} Mend what failed and push again.`;
  return `${counts} toolgate flags list shows how the gate sees them.`;
}

function failed(answer: Exclude<AdminAnswer<unknown>, { kind: 'ok' }>): Report {
  const text = `Unleash: ${answer.detail}`;
  const exit = answer.kind === 'unreachable' ? 3 : 1;
  return { text: printable(text), json: { error: answer.kind, detail: answer.detail }, exit };
}
