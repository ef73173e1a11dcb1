import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isApprovalClause } from '../../shared/cedar/check.ts';
import type { Policy } from '../../shared/governance.ts';
import { compileGovernance } from './governance.ts';

export const policyDocs = 'docs/policy.md';
const begin = '<!-- made by `node bin/lib/policy-docs.ts` from governance/policies -->';
const end = '<!-- end of what is made -->';

/** The page with its table of policies as the files under `root` have them. Throws when they do not hold. */
export async function withPolicyTable(page: string, root: string): Promise<string> {
  const compiled = await compileGovernance(root);
  if (!compiled.ok) throw new Error(compiled.errors.join('\n'));
  const [before, after] = [page.indexOf(begin), page.indexOf(end)];
  if (before < 0 || after < before) throw new Error(`${policyDocs} has lost its marks: ${begin} and ${end}`);
  const made = tableOf(compiled.governance.policies, filesOf(root));
  return `${page.slice(0, before)}${begin}\n\n${made}\n\n${page.slice(after)}`;
}

type Files = readonly { name: string; text: string }[];

function filesOf(root: string): Files {
  const folder = join(root, 'governance/policies');
  return readdirSync(folder)
    .sort()
    .map((name) => ({ name, text: readFileSync(join(folder, name), 'utf8') }));
}

/** One row for each policy, in the order of the files, aligned as the formatter would. */
function tableOf(policies: readonly Policy[], files: Files): string {
  const rows = files.flatMap(({ name, text }) => {
    const place = (policy: Policy): number => text.indexOf(`@id("${policy.id}")`);
    const own = policies.filter((policy) => place(policy) >= 0).sort((a, b) => place(a) - place(b));
    return own.map((policy, index) => [
      index === 0 ? `\`${name}\`` : '',
      `\`${policy.id}\``,
      effectOf(policy),
      policy.reason.replaceAll('|', '\\|'),
    ]);
  });
  const all = [['File', 'Policy', 'Effect', 'What the agent is told'], ...rows];
  const widths = all[0]?.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0))) ?? [];
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const [head = [], ...body] = all;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('\n');
}

function effectOf({ json }: Policy): string {
  if (json.effect === 'permit') return 'permits';
  const clause = json.conditions.find(isApprovalClause);
  if (!clause) return 'denies';
  return JSON.stringify(clause.body).includes('{"Value":2}') ? 'two people' : 'one person';
}

if (import.meta.main) {
  const root = join(import.meta.dirname, '../..');
  const path = join(root, policyDocs);
  writeFileSync(path, await withPolicyTable(readFileSync(path, 'utf8'), root));
}
