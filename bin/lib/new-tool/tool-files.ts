/** The files of a new tool's own folder, as text. Pure. */
import { nextSetting } from '../../../shared/tool/credentials.ts';
import { answerSchema, inputSchema, key, literal, member, outputSchema } from './code.ts';
import type { ActionPlan, Field, ToolPlan } from './plan.ts';
import { pathFields, recordOf, recordsOf, type RecordPlan } from './records.ts';
import { sampleFor } from './sample.ts';
import { saidBy } from './sinks.ts';

/** `contract.ts`: what agents, policies and people know of the tool. */
export function contractFile(plan: ToolPlan): string {
  const records = recordsOf(plan);
  const body = `
${records.map(shownRecord).join('\n\n')}

/** ${commentText(plan.source)}. Made by \`toolgate new tool\`: yours to review and change. */
export const contract = defineContract({
  tool: ${literal(plan.tool)},
  vendor: ${literal(plan.vendor)},
  summary: ${literal(plan.summary)},
  actions: {
${plan.actions.map((action) => contractAction(action, plan.tool, records)).join('\n')}
  },
});
`;
  const usesText = /\btext\b/.test(body.replaceAll(/'(\\.|[^'\\])*'/g, ''));
  const text = usesText
    ? `
/** Anything but what a record is known by may be missing. Untrusted until somebody knows that only colleagues write it. */
const text = untrusted(z.string().nullable());
`
    : '';
  const imports = ['defineContract', 'personal', 'sink', 'untrusted'].filter((name) =>
    new RegExp(`\\b${name}\\(`).test(text + body),
  );
  return `import { z } from 'zod';
import { ${imports.join(', ')} } from '../../../shared/contract.ts';
${text}${body}`;
}

/** Text in a block comment. */
function commentText(text: string): string {
  return text.replaceAll('*/', '* /');
}

function shownRecord({ name, fields }: RecordPlan): string {
  const lines = fields.map((field, n) => `  ${key(field.name)}: ${outputSchema(field, n === 0)},`);
  return `const ${name} = {\n${lines.join('\n')}\n};`;
}

function contractAction(action: ActionPlan, tool: string, records: readonly RecordPlan[]): string {
  const { name, summary, mode, groups, sensitivity, input } = action;
  const fields = input.map((field) => `${key(field.name)}: ${inputSchema(field)}`).join(', ');
  return `    ${literal(name)}: {
      summary: ${literal(summary)},
      mode: ${literal(mode)},
      groups: [${groups.map(literal).join(', ')}],
      sensitivity: ${literal(sensitivity)},
      input: z.strictObject({ ${fields} }).meta({ examples: [${exampleText(action)}] }),
      output: ${outputText(action, records)},
${mode === 'execute' ? executeText(action, tool) : ''}    },`;
}

function executeText(action: ActionPlan, tool: string): string {
  const instead =
    action.instead === undefined
      ? ''
      : `, instead: ${literal(action.instead.replace(/with /, `with ${tool}.`))}`;
  const why =
    'To fill in: why nothing takes this back. Until an undo with its image is written, nothing does.';
  const said = saidBy(action).map(literal).join(', ');
  return `      measures: { records: 1 },
${said === '' ? '' : `      says: [${said}],\n`}      about: { record: ${literal(action.object)}, id: ${literal(aboutOf(action))} },
      undo: { irreversible: ${literal(why)}${instead} },
`;
}

/** Which field says which record an execute changes. */
function aboutOf(action: ActionPlan): string {
  const last = pathFields(action).at(-1);
  if (last) return `input.${last.name}`;
  const { answer, input } = action;
  if (answer.kind === 'record') return `output.${answer.fields[0]?.name ?? ''}`;
  return input[0] && answer.kind === 'nothing' ? `input.${input[0].name}` : 'output.done';
}

function outputText(action: ActionPlan, records: readonly RecordPlan[]): string {
  const { answer } = action;
  const record = recordOf(action, records)?.name ?? '';
  switch (answer.kind) {
    case 'record':
      return `z.strictObject(${record})`;
    case 'list':
      return `z.strictObject({ ${key(answer.as)}: z.array(z.strictObject(${record})) })`;
    case 'nothing': {
      const echoed = pathFields(action).map(
        (field) => `${key(field.name)}: ${outputSchema({ ...field }, true)}`,
      );
      return `z.strictObject({ ${echoed.join(', ') || 'done: z.literal(true)'} })`;
    }
  }
}

/** The required fields, and one more where nothing else would be changed. */
export function exampleOf({ input, mode }: ActionPlan): Field[] {
  const required = input.filter((field) => field.required);
  const says = required.some((field) => field.place === 'body');
  const more = mode === 'execute' && !says ? input.find((field) => field.place === 'body') : undefined;
  return more ? [...required, more] : required;
}

function exampleText(action: ActionPlan): string {
  const fields = exampleOf(action).map((field) => `${key(field.name)}: ${valueText(sampleFor(field))}`);
  return `{ ${fields.join(', ')} }`;
}

/** A sample as TypeScript. */
function valueText(value: unknown): string {
  return Array.isArray(value) ? `[${value.map(valueText).join(', ')}]` : literal(value);
}

/** `env.ts`: what the Worker holds. */
export function envFile({ credential, vendor }: ToolPlan): string {
  return `import type { ToolEnv } from '../../../shared/tool/define.ts';
import type { HttpVendorEnv } from '../../../shared/tool/http-vendor.ts';

export interface Env extends ToolEnv, HttpVendorEnv {
  /** Of a user or an app at ${vendor} for Toolgate alone, with as few rights as the actions need. */
  ${credential.setting}?: string;
}
`;
}

/** \`<vendor>.ts\`: what is read of the vendor's answers, and how it is shown. */
export function answersFile(plan: ToolPlan): string {
  const records = recordsOf(plan);
  const schemas = records.map(
    ({ name, fields }) =>
      `export const ${name} = z.object({\n${fields.map((field, n) => `  ${key(field.wire)}: ${answerSchema(field, n === 0)},`).join('\n')}\n});`,
  );
  const shown = records.map(
    ({ name, fields }) => `/** In the contract's names; what is missing is null. */
export function ${name}Of(found: z.output<typeof ${name}>): Record<string, unknown> {
  return {
${fields.map((field, n) => `    ${key(field.name)}: ${member('found', field.wire)}${n === 0 ? '' : ' ?? null'},`).join('\n')}
  };
}`,
  );
  const usesText = schemas.some((schema) => / text,/.test(schema));
  return `/** What is read of ${plan.vendor}'s answers. Anything else in them is dropped; what does not fit fails closed. */
import { z } from 'zod';
${usesText ? '\nconst text = z.string().nullish();\n' : ''}
${[...schemas, ...shown].join('\n\n')}
`;
}

/** `index.ts`: the requests. */
export function indexFile(plan: ToolPlan): string {
  const records = recordsOf(plan);
  const names = records.flatMap(({ name }) => [name, `${name}Of`]);
  const { setting, header, prefix, basic } = plan.credential;
  const usesZod = plan.actions.some(({ answer }) => answer.kind !== 'record' || answer.in !== undefined);
  const imported =
    names.length > 0 ? `import { ${names.join(', ')} } from './${plan.vendor.toLowerCase()}.ts';\n` : '';
  return `${usesZod ? "import { z } from 'zod';\n" : ''}import { defineTool } from '../../../shared/tool/define.ts';
import { httpVendor } from '../../../shared/tool/http-vendor.ts';
import { contract } from './contract.ts';
import type { Env } from './env.ts';
${imported}
export default defineTool({
  contract,
  connect: httpVendor<Env>({
    origin: ${literal(plan.origin)},
    credentials: {
      read: ${literal(setting)},
      write: ${literal(setting)},
      header: ${literal(header)},
      ${prefix === '' ? '' : `prefix: ${literal(prefix)},`}
      ${basic ? 'encode: (value) => btoa(value),' : ''}
    },
  }),
  run: {
${plan.actions.map((action) => handler(action, records)).join('\n')}
  },
});
`;
}

function handler(action: ActionPlan, records: readonly RecordPlan[]): string {
  const { name, method, mode, input } = action;
  const taken = input.length === 0 ? '_' : `{ ${input.map((field) => field.name).join(', ')} }`;
  const query = input.filter(({ place }) => place === 'query');
  const body = input.filter(({ place }) => place === 'body');
  return `    ${literal(name)}: async (${taken}, vendor) => {
      const answer = await vendor.send({
        method: ${literal(method)},
        path: ${pathText(action)},
        ${query.length > 0 ? `query: { ${query.map(queryText).join(', ')} },` : ''}
        ${body.length > 0 ? `json: { ${body.map(bodyText).join(', ')} },` : ''}
        changes: ${String(mode === 'execute')},
        answer: ${answerText(action, records)},
      });
      return answer.ok ? { kind: 'succeeded', output: ${shownText(action, records)} } : answer.outcome;
    },`;
}

function pathText(action: ActionPlan): string {
  const { path } = action;
  if (!path.includes('{')) return literal(path);
  const filled = path.replaceAll(/\{([^}]*)\}/g, (_, wire: string) => {
    const field = pathFields(action).find((one) => one.wire === wire);
    return `\${encodeURIComponent(${field?.name ?? ''})}`;
  });
  return `\`${filled}\``;
}

function queryText({ wire, name, type }: Field): string {
  switch (type.kind) {
    case 'flag':
      return `${key(wire)}: ${name} === undefined ? undefined : String(${name})`;
    case 'list':
      return `${key(wire)}: ${name}?.join(',')`;
    case 'text':
    case 'choice':
    case 'whole':
    case 'number':
      return wire === name ? name : `${key(wire)}: ${name}`;
  }
}

function bodyText({ wire, name }: Field): string {
  return wire === name ? name : `${key(wire)}: ${name}`;
}

function answerText(action: ActionPlan, records: readonly RecordPlan[]): string {
  const { answer } = action;
  const record = recordOf(action, records)?.name ?? '';
  if (answer.kind === 'nothing') return 'z.null()';
  const inner = answer.kind === 'list' ? `z.array(${record})` : record;
  return answer.in === undefined ? inner : `z.object({ ${key(answer.in)}: ${inner} })`;
}

function shownText(action: ActionPlan, records: readonly RecordPlan[]): string {
  const { answer } = action;
  const record = recordOf(action, records)?.name ?? '';
  if (answer.kind === 'nothing') {
    const echoed = pathFields(action).map(({ name }) => name);
    return `{ ${echoed.join(', ') || 'done: true'} }`;
  }
  const data = answer.in === undefined ? 'answer.data' : member('answer.data', answer.in);
  return answer.kind === 'list' ? `{ ${key(answer.as)}: ${data}.map(${record}Of) }` : `${record}Of(${data})`;
}

/** `wrangler.toml` of the Worker. */
export function wranglerFile({ tool, vendor, origin, credential, source }: ToolPlan): string {
  const secrets = `required = ["DISPATCH_PUBLIC_KEY", "${credential.setting}"]`;
  return `# ${source}.
name = "toolgate-${tool}"
main = "index.ts"
compatibility_date = "2026-10-01"
workers_dev = false
preview_urls = false

[secrets]
${secrets}

# Empty: none is being replaced. Named here because on a laptop nothing else of .dev.vars reaches a Worker.
[vars]
${nextSetting(credential.setting)} = ""

[[services]]
binding = "SETTLEMENT"
service = "toolgate-guard"
entrypoint = "Settlement"

[[services]]
binding = "VAULT"
service = "toolgate-vault"
entrypoint = "ToolVault"

[[services]]
binding = "VENDOR"
service = "toolgate-sandbox"
entrypoint = "${vendor}Vendor"

# Wrangler hands no binding on to an environment, so production names each one again.
[env.production]
name = "toolgate-${tool}-production"

[env.production.vars]
VENDOR_MODE = "live"
VENDOR_ORIGIN = "${origin}"

[[env.production.services]]
binding = "SETTLEMENT"
service = "toolgate-guard-production"
entrypoint = "Settlement"

[[env.production.services]]
binding = "VAULT"
service = "toolgate-vault-production"
entrypoint = "ToolVault"

[env.production.secrets]
${secrets}
`;
}
