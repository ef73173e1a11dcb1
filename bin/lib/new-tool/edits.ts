/** Lines that a new tool adds to files that are there: each right below a line that says so. Pure. */
import { policyRows, registerLines } from './around-files.ts';
import type { ToolPlan } from './plan.ts';

export interface Edit {
  /** Relative to the root of the repository. */
  path: string;
  /** The comment that ends the line above: `toolgate new tool: import below`. */
  anchor: string;
  lines: readonly string[];
}

/** Everything that has to know of a new tool. `agent`: one that has a manifest, which does not name the tool. */
export function editsFor(plan: ToolPlan, agent: string): Edit[] {
  const { tool, vendor, credential } = plan;
  const [binding, simulator] = [`TOOL_${tool.toUpperCase()}`, vendor.toLowerCase()];
  const hash = `${credential.setting}_SHA256`;
  const service = (table: string, environment: string): string[] => [
    `[[${table}services]]`,
    `binding = "${binding}"`,
    `service = "toolgate-${tool}${environment}"`,
    '',
  ];
  const at = (path: string, what: string, ...lines: string[]): Edit => ({
    path,
    anchor: `toolgate new tool: ${what} below`,
    lines,
  });
  return [
    at(
      'workers/tools/catalogue.ts',
      'import',
      `import { contract as ${tool} } from './${tool}/contract.ts';`,
    ),
    at('workers/tools/catalogue.ts', 'contract', `  ${tool},`),
    at('workers/guard/env.ts', 'binding', `  ${binding}: ToolApi;`),
    at('workers/guard/wrangler.toml', 'binding', ...service('', '')),
    at('workers/guard/wrangler.toml', 'production binding', ...service('env.production.', '-production')),
    at('workers/sandbox/vendors/index.ts', 'import', `import { ${simulator} } from './${simulator}.ts';`),
    at('workers/sandbox/vendors/index.ts', 'vendor', `  ${simulator},`),
    at('workers/sandbox/vendors/vendor.ts', 'hash', `  | '${hash}'`),
    at(
      'workers/sandbox/index.ts',
      'entrypoint',
      `export class ${vendor}Vendor extends doorTo('${simulator}') {}`,
    ),
    at('workers/sandbox/wrangler.toml', 'hash', `  "${hash}",`),
    at(
      'bin/lib/secrets.ts',
      'credential',
      `  ${credential.setting}: { worker: '${tool}', make: () => randomBytes(24).toString('hex') },`,
    ),
    at(
      'test/flow/least-privilege.test.ts',
      'Worker',
      `  ${tool}: ['DISPATCH_PUBLIC_KEY', '${credential.setting}', 'SETTLEMENT', 'VAULT', 'VENDOR'],`,
    ),
    at('test/flow/least-privilege.test.ts', 'binding', `    '${binding}',`),
    at('test/flow/least-privilege.test.ts', 'hash', `    '${hash}',`),
    at('governance/tests/granted.yaml', 'row', '', ...policyRows(plan, agent).slice(0, -1)),
    at('governance/vendors.yaml', 'vendor', '', ...registerLines(plan)),
    at('test/worker/tool-behaviour.ts', 'tool', `  '${tool}',`),
    at(
      'test/peers/descriptions/exceptions.ts',
      'vendor',
      `  ${simulator}: 'Made by toolgate new tool from ${plan.source.replaceAll(/['\\]/g, '')}, which is not among the descriptions here.',`,
    ),
  ];
}

export type Edited = { ok: true; text: string } | { ok: false; fault: string };

/** A file's text with the lines in it; a file that has lost its mark is left alone, and told with what to add by hand. */
export function edited(text: string, { path, anchor, lines }: Edit): Edited {
  const all = text.split('\n');
  const places = all.flatMap((line, n) => (line.trim().endsWith(anchor) ? [n] : []));
  const [place] = places;
  if (place === undefined || places.length > 1) {
    const many =
      places.length > 1 ? `has "${anchor}" ${places.length} times` : `has lost its line "${anchor}"`;
    return {
      ok: false,
      fault: `${path} ${many}. Put it back once, above where a new tool's line goes:\n    ${lines.join('\n    ')}`,
    };
  }
  return { ok: true, text: all.toSpliced(place + 1, 0, ...lines).join('\n') };
}
