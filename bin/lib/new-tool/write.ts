/** Puts a planned tool into a checkout: everything, or nothing. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { grantLines, simulatorFile } from './around-files.ts';
import { edited, editsFor } from './edits.ts';
import type { ToolPlan } from './plan.ts';
import { answersFile, contractFile, envFile, indexFile, wranglerFile } from './tool-files.ts';

export interface Writing {
  /** New files, by path relative to the root. */
  created: Map<string, string>;
  /** Files that are there, with their new text. */
  changed: Map<string, string>;
}

export type Prepared = { ok: true; writing: Writing } | { ok: false; faults: string[] };

/** The files that a tool needs, and those that need to know of it. `agent`: one that has a manifest. Writes nothing. */
export function prepare(root: string, plan: ToolPlan, agent: string): Prepared {
  const { tool, vendor } = plan;
  const simulator = vendor.toLowerCase();
  const folder = `workers/tools/${tool}`;
  const created = new Map([
    [`${folder}/contract.ts`, contractFile(plan)],
    [`${folder}/index.ts`, indexFile(plan)],
    [`${folder}/env.ts`, envFile(plan)],
    [`${folder}/${simulator}.ts`, answersFile(plan)],
    [`${folder}/wrangler.toml`, wranglerFile(plan)],
    [`workers/sandbox/vendors/${simulator}.ts`, simulatorFile(plan)],
    [`examples/grants/${tool}.yaml`, grantLines(plan)],
  ]);
  const there = [folder, ...created.keys()].filter((path) => existsSync(join(root, path)));
  const faults = there.map(
    (path) =>
      `${path} is there already, and nothing is overwritten: choose another name, or another vendor's with --vendor.`,
  );
  const changed = new Map<string, string>();
  for (const edit of editsFor(plan, agent)) {
    const text = changed.get(edit.path) ?? textOf(root, edit.path);
    const after = edited(text, edit);
    if (after.ok) changed.set(edit.path, after.text);
    else faults.push(after.fault);
  }
  return faults.length > 0 ? { ok: false, faults } : { ok: true, writing: { created, changed } };
}

/** Empty for a file that is not there: then it has lost its mark, too. */
function textOf(root: string, path: string): string {
  return existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : '';
}

/** What is made anew from the contracts, each by its own program: this process has the contracts of before. */
export const generators = [
  'bin/lib/cedar-schema.ts',
  'bin/lib/editor-schemas.ts',
  'bin/lib/vendor-docs.ts',
] as const;

/** Generated files, which are put back with the others when something fails. */
const generated = [
  'governance/schema.cedarschema',
  'governance/manifest.schema.json',
  'governance/rights.schema.json',
  'governance/shared.schema.json',
  'governance/tests.schema.json',
  'examples/suites/suite.schema.json',
  'docs/vendors.md',
];

/** Writes, formats and generates. Throws with everything put back as it was. */
export function write(root: string, { created, changed }: Writing): void {
  const touched = [...changed.keys(), ...generated].filter((path) => existsSync(join(root, path)));
  const before = new Map(touched.map((path) => [path, textOf(root, path)]));
  try {
    for (const [path, text] of [...created, ...changed]) put(root, path, text);
    run(root, [join(root, 'node_modules/oxfmt/bin/oxfmt'), ...created.keys(), ...changed.keys()]);
    for (const generator of generators) run(root, [generator]);
  } catch (error) {
    for (const path of [...created.keys(), ...generated]) remove(root, path);
    for (const [path, text] of before) put(root, path, text);
    throw error;
  }
}

function put(root: string, path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

/** With the folder that was made for it, if nothing else is in it. */
function remove(root: string, path: string): void {
  rmSync(join(root, path), { force: true });
  if (path.startsWith('workers/tools/')) rmSync(dirname(join(root, path)), { recursive: true, force: true });
}

function run(root: string, args: string[]): void {
  execFileSync(process.execPath, args, { cwd: root, stdio: ['ignore', 'ignore', 'pipe'] });
}
