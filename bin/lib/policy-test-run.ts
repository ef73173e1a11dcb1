import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KnownAction } from '../../shared/contract.ts';
import type { Governance } from '../../shared/governance.ts';
import type { SourceFile } from './cedar-policies.ts';
import { policyTestSchema, runRow, undecided, type RowResult } from './policy-tests.ts';
import { linesOf, readYaml } from './yaml-file.ts';

/** A file's rows, each with its place (`file:line`) and what it came to. */
export interface TestedFile {
  path: string;
  rows: { at: string; result: RowResult }[];
}

export interface TestRun {
  files: TestedFile[];
  /** Files that cannot be read, with line and remedy. */
  errors: string[];
  /** Policies that decide no row; asked of all files only. */
  undecided: string[];
}

/** All files of `governance/tests` under `root`, by name. */
export function testFiles(root: string): SourceFile[] {
  const folder = 'governance/tests';
  const full = join(root, folder);
  const names = existsSync(full) ? readdirSync(full).filter((name) => name.endsWith('.yaml')) : [];
  return names
    .sort()
    .map((name) => ({ path: `${folder}/${name}`, text: readFileSync(join(full, name), 'utf8') }));
}

/** Runs the rows of some files against a policy set. `whole`: they are all, so a policy that decides none is told. */
export function runPolicyTests(
  governance: Governance,
  catalogue: ReadonlyMap<string, KnownAction>,
  files: readonly SourceFile[],
  whole: boolean,
): TestRun {
  const errors: string[] = [];
  const tested = files.flatMap((file) => {
    const rows = readYaml(file, policyTestSchema, errors);
    if (!rows) return [];
    const lines = linesOf(file);
    return [
      {
        path: file.path,
        rows: rows.map((row, index) => ({
          at: `${file.path}:${lines([index])?.from ?? 1}`,
          result: runRow(governance, catalogue, row),
        })),
      },
    ];
  });
  const rows = tested.flatMap(({ rows }) => rows.map(({ result }) => result.row));
  return { files: tested, errors, undecided: whole ? undecided(governance, rows) : [] };
}
