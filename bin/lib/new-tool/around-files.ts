/** The files of a new tool outside its own folder: its simulator, its rows of tests, its grants. Pure. */
import { key, literal } from './code.ts';
import type { ActionPlan, ToolPlan } from './plan.ts';
import { pathFields } from './records.ts';
import { sampleFor, sampleOf, samplesOf } from './sample.ts';
import { exampleOf } from './tool-files.ts';

/** The vendor's simulator: its routes, over one record of each kind. */
export function simulatorFile(plan: ToolPlan): string {
  const { vendor, origin, credential, actions } = plan;
  const objects = [...new Set(actions.map(({ object }) => object))];
  return `import { plainVendor } from './plain-vendor.ts';

/**
 * ${plan.source.replaceAll('*/', '* /')}. Made by \`toolgate new tool\` from the description alone: look the limits, the errors and
 * the rules up, and give it awkward data.
 */
export const ${vendor.toLowerCase()} = plainVendor({
  origin: ${literal(origin)},
  secret: '${credential.setting}_SHA256',
  header: ${literal(credential.header)},
  prefix: ${literal(credential.prefix)},
  ${credential.basic ? 'basic: true,' : ''}
  first: {
${objects.map((object) => firstText(object, actions)).join('\n')}
  },
  routes: [
${actions.map(routeText).join('\n')}
  ],
});
`;
}

/** The record that the examples are about, with every field that any action on it shows. */
function firstText(object: string, actions: readonly ActionPlan[]): string {
  const own = actions.filter((action) => action.object === object);
  const fields = own.flatMap(({ answer }) => (answer.kind === 'nothing' ? [] : answer.fields));
  const id = own.map((action) => pathFields(action).at(-1)).find((field) => field !== undefined);
  const at = id ? String(sampleOf(id.type)) : '1';
  const record = Object.entries(samplesOf(fields, 'wire'));
  return `    ${object}: { ${key(at)}: { ${record.map(([name, value]) => `${key(name)}: ${literal(value)}`).join(', ')} } },`;
}

function routeText(action: ActionPlan): string {
  const { method, path, object, status, answer, around } = action;
  const wrapped = answer.kind !== 'nothing' && answer.in !== undefined ? ` in: ${literal(answer.in)},` : '';
  const beside = Object.keys(around).length > 0 ? ` beside: ${JSON.stringify(around)},` : '';
  return `    { method: ${literal(method)}, path: ${literal(path)}, does: ${literal(doesOf(action))}, type: ${literal(object)}, status: ${status},${wrapped}${beside} },`;
}

function doesOf(action: ActionPlan): string {
  if (action.answer.kind === 'list' && action.mode === 'read') return 'list';
  if (action.mode === 'read') return 'read';
  if (action.method === 'DELETE' && pathFields(action).length > 0) return 'remove';
  return action.method === 'POST' && !action.path.endsWith('}') && action.name.includes('.create')
    ? 'create'
    : 'change';
}

/** Rows for `governance/tests/granted.yaml`, as lines: nobody may use the tool until a manifest says so. */
export function policyRows({ tool, actions }: ToolPlan, agent: string): string[] {
  return actions.flatMap((action) => {
    const input = Object.fromEntries(exampleOf(action).map((field) => [field.name, sampleFor(field)]));
    return [
      `- says: Nobody uses ${tool}.${action.name} until a manifest grants it`,
      `  agent: ${agent}`,
      `  action: ${tool}.${action.name}`,
      `  mode: ${action.mode}`,
      `  input: ${JSON.stringify(input)}`,
      '  expect: deny',
      '  by: []',
      '',
    ];
  });
}

/** The vendor's entry in the register: nothing is known until somebody has looked it up. */
export function registerLines({ tool, vendor }: ToolPlan): string[] {
  return [
    `${tool}:`,
    `  residency: { unverified: Where ${vendor} keeps its customers' data. }`,
    `  subprocessors: { unverified: Whom ${vendor} engages. }`,
    `  logging: { unverified: What ${vendor} logs of requests and for how long. }`,
    `  memory: { unverified: Whether ${vendor} trains models with what it is sent. }`,
  ];
}

/** What to put into a manifest: reads and proposals only. */
export function grantLines({ tool, actions }: ToolPlan): string {
  const grants = actions.map(
    ({ name, mode }) => `  - action: ${tool}.${name}\n    mode: ${mode === 'read' ? 'read' : 'propose'}`,
  );
  return `# For an agent's manifest (governance/manifests), under \`grants\`: the safest rights there are. Narrow them further with
# \`fields\` and \`returns\`, name the tool under \`sources\` and, for proposals and executes, under \`destinations\`, and raise the version.
grants:
${grants.join('\n')}
`;
}
