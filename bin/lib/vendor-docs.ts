import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { catalogue, contracts } from '../../workers/tools/catalogue.ts';
import {
  questions,
  readRegister,
  registerPath,
  type VendorEntry,
  type VendorFact,
} from './vendor-register.ts';
import { toolView, type ActionView, type FieldView, type ToolView } from './vendor-view.ts';

export const vendorDocs = 'docs/vendors.md';
const begin =
  '<!-- made by `node bin/lib/vendor-docs.ts` from the tools’ contracts and governance/vendors.yaml -->';
const end = '<!-- end of what is made -->';

/** Every tool with what people know of its vendor, as `root` has them. Throws when the register does not hold. */
export function vendorRegister(root: string): (ToolView & { register: VendorEntry })[] {
  const read = readRegister(
    root,
    contracts.map(({ tool }) => tool),
  );
  if (!read.ok) throw new Error(read.errors.join('\n'));
  return contracts.flatMap((contract) => {
    const register = read.register[contract.tool];
    return register ? [{ ...toolView(contract, catalogue, previewsOf(root, contract.tool)), register }] : [];
  });
}

/** The page with what is made of it made anew. */
export function withRegister(page: string, root: string): string {
  const [before, after] = [page.indexOf(begin), page.indexOf(end)];
  if (before < 0 || after < before) throw new Error(`${vendorDocs} has lost its marks: ${begin} and ${end}`);
  const made = vendorRegister(root).map(toolText).join('\n\n');
  return `${page.slice(0, before)}${begin}\n\n${made}\n\n${page.slice(after)}`;
}

/** The actions that a tool's code looks ahead for: the one thing here that a contract does not say. */
function previewsOf(root: string, tool: string): ReadonlySet<string> {
  const code = readFileSync(join(root, 'workers/tools', tool, 'index.ts'), 'utf8');
  const [, block] = /^ {2}preview: \{\n([\s\S]*?)^ {2}\},$/m.exec(code) ?? [];
  if (block === undefined && /^ {2}preview\b/m.test(code))
    throw new Error(
      `workers/tools/${tool}/index.ts: its \`preview\` is not written as this page can read it`,
    );
  return new Set([...(block ?? '').matchAll(/^ {4}'([a-z.]+)':/gm)].map(([, key = '']) => key));
}

function toolText({
  tool,
  vendor,
  summary,
  actions,
  register,
}: ToolView & { register: VendorEntry }): string {
  const rows = Object.entries(questions).map(([question, title]) => [
    title,
    factText(register[question as keyof VendorEntry]),
  ]);
  const parts = [
    `## ${tool}: ${vendor}`,
    summary,
    ...rows.map(([title, text]) => `- **${title}.** ${text}`),
    ...actions.map(actionText),
  ];
  return parts.join('\n\n').replaceAll(/\n\n(?=- \*\*(?!Residency))/g, '\n');
}

/** A fact with where it was found, or what is not known. */
export function factText(fact: VendorFact): string {
  if ('unverified' in fact) return `Not verified: ${fact.unverified}`;
  const link = fact.source.startsWith('docs/')
    ? `[${fact.source}](${fact.source.slice('docs/'.length)})`
    : `<${fact.source}>`;
  return `${fact.says} (${link}, ${fact.read})`;
}

function actionText(action: ActionView): string {
  const { mode, groups, sensitivity, summary } = action;
  const lines = [
    ['Class', [mode, ...groups, sensitivity].join(', ')],
    ['Input', fieldsText(action.input)],
    ['Output', fieldsText(action.output)],
    ['Preview', action.preview],
    ['Look-up', action.find],
    ['Idempotency key', action.idempotency],
    ['Later effect', action.deferred],
    ['Undo', action.undo],
  ].filter((line): line is [string, string] => line[1] !== undefined && line[1] !== '');
  return `### \`${action.action}\`\n\n${summary}\n\n${lines.map(([title, text]) => `- ${title}: ${text}`).join('\n')}`;
}

/** `` `id`, `email`? (email, untrusted) ``. */
function fieldsText(fields: readonly FieldView[]): string {
  return fields
    .map(({ field, optional, class: cls, provenance, resolves, sink }) => {
      const opened = resolves && `resolves ${resolves}`;
      const marks = [cls, provenance, opened, sink && `sink: ${sink}`].filter((mark) => mark !== undefined);
      return `\`${field}\`${optional ? '?' : ''}${marks.length > 0 ? ` (${marks.join(', ')})` : ''}`;
    })
    .join(', ');
}

if (import.meta.main) {
  const root = join(import.meta.dirname, '../..');
  const path = join(root, vendorDocs);
  writeFileSync(path, withRegister(readFileSync(path, 'utf8'), root));
  process.stdout.write(`${vendorDocs} is as the contracts and ${registerPath} say.\n`);
}
