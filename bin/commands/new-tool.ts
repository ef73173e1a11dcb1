import { basename } from 'node:path';
import { contracts } from '../../workers/tools/catalogue.ts';
import { misuse, option, type Command, type Invocation } from '../lib/command.ts';
import { localManifests } from '../lib/manifest-files.ts';
import { root } from '../lib/local.ts';
import { readDescription } from '../lib/new-tool/description.ts';
import { personalOf, planFrom } from '../lib/new-tool/from-description.ts';
import type { Planned, ToolPlan } from '../lib/new-tool/plan.ts';
import { smallestPlan } from '../lib/new-tool/smallest.ts';
import { generators, prepare, write, type Writing } from '../lib/new-tool/write.ts';
import { printable, type Report } from '../lib/output.ts';

export const newTool: Command = {
  name: 'new tool',
  summary:
    'Write a new tool: Worker, contract, simulator, tests and entries, from an OpenAPI file if there is one',
  usage: '<name> [--openapi <file> --operations <id,id>] [--dry-run]',
  examples: [
    'toolgate new tool deals --openapi pipedrive.yml --operations getDeals,getDeal,updateDeal',
    'toolgate new tool deals --openapi pipedrive.yml          lists the operations',
    'toolgate new tool mail --vendor Postbox --origin https://api.postbox.example',
  ],
  details: [
    '--openapi      an OpenAPI file, JSON or YAML; without it: one read and one execute to begin with',
    '--operations   the operations that become actions, by operationId (or "get /path")',
    '--vendor       the vendor in one word (the first word of the file’s title)',
    '--origin       where requests go (the file’s first server)',
    '--dry-run      only list what would be written',
    '',
    'The name is in a-z. Nothing is overwritten, and a failure leaves nothing behind.',
  ],
  options: {
    openapi: { type: 'string' },
    operations: { type: 'string' },
    vendor: { type: 'string' },
    origin: { type: 'string' },
    'dry-run': { type: 'boolean' },
  },
  takes: 1,
  person: null,
  run: async (call) => run(call),
};

async function run({ args, values }: Invocation): Promise<Report> {
  const [tool = ''] = args;
  const fault = nameFault(tool);
  if (fault !== undefined) return misuse(fault);
  const planned = planOf(tool, values);
  if (!planned.ok) return refused(planned.faults);
  const prepared = prepare(root, planned.plan, someAgent());
  if (!prepared.ok) return refused(prepared.faults);
  const dry = values['dry-run'] === true;
  if (!dry) {
    try {
      write(root, prepared.writing);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return refused([`Nothing was kept, because a step failed: ${why}`]);
    }
  }
  return told(planned.plan, prepared.writing, dry);
}

/** An agent that no policy keeps away for the class of its data alone, so that rows of tests show the missing grant. */
function someAgent(): string {
  const manifests = Object.values(localManifests(root).manifests);
  const may = manifests.filter(({ sensitivity }) => sensitivity !== 'public' && sensitivity !== 'internal');
  return (may[0] ?? manifests[0])?.agent ?? '';
}

function nameFault(tool: string): string | undefined {
  if (!/^[a-z]{2,20}$/.test(tool))
    return `"${printable(tool)}" is no name of a tool: 2 to 20 letters, a-z only.`;
  if (contracts.some((contract) => contract.tool === tool))
    return `There is a tool "${tool}" already. To add an action to it, edit workers/tools/${tool}.`;
  return undefined;
}

function planOf(tool: string, values: Invocation['values']): Planned {
  const [file, vendor, origin] = ['openapi', 'vendor', 'origin'].map((name) => option(values, name));
  if (file === undefined) return smallestPlan(tool, { vendor, origin });
  const read = readDescription(file);
  if (!read.ok) return { ok: false, faults: [read.fault] };
  const operations = (option(values, 'operations') ?? '').split(',').map((id) => id.trim());
  return planFrom(read.spec, {
    tool,
    vendor,
    origin,
    operations: operations.filter((id) => id !== ''),
    file: basename(file),
  });
}

function refused(faults: readonly string[]): Report {
  const text = ['No tool was written.', ...faults.map((fault) => `  ${printable(fault)}`)].join('\n');
  return { text, json: { error: 'refused', faults }, exit: 1 };
}

function told(plan: ToolPlan, { created, changed }: Writing, dry: boolean): Report {
  const review = reviewOf(plan);
  const files = { created: [...created.keys()], changed: [...changed.keys()], generated: [...generators] };
  const next = [
    'npm run check && npx vitest run --project worker test/worker/tools.test.ts',
    `workers/tools/${plan.tool}/contract.ts: look through what is listed above; docs/adding-a-tool.md says what each field means`,
    `examples/grants/${plan.tool}.yaml: the grants for the manifest of the agent that shall use it`,
  ];
  const text = [
    `${dry ? 'Would write' : 'Wrote'} the tool ${plan.tool} (${plan.vendor}) with ${plan.actions.map(({ name }) => name).join(', ')}.`,
    ...files.created.map((path) => `  new      ${path}`),
    ...files.changed.map((path) => `  changed  ${path}`),
    ...files.generated.map((path) => `  made     what node ${path} makes`),
    'To review:',
    ...review.map((line) => `  ${line}`),
    ...(dry ? [] : ['Next:', ...next.map((line) => `  ${line}`)]),
  ].join('\n');
  return { text: printable(text), json: { dryRun: dry, plan, files, review, next }, exit: 0 };
}

function reviewOf(plan: ToolPlan): string[] {
  const personal = personalOf(plan);
  const executes = plan.actions.filter(({ mode }) => mode === 'execute');
  return [
    ...executes.map(
      ({ name, groups }) =>
        `${name}: say why it is irreversible, or write its undo; its groups are ${groups.join(', ') || 'none, so that no policy holds it'}`,
    ),
    personal.length > 0
      ? `Classed as personal by name or format: ${personal.join(', ')}`
      : 'No field looks personal by its name: are there any?',
    ...plan.review,
  ];
}
