import { misuse, type Command } from '../lib/command.ts';
import { root } from '../lib/local.ts';
import { facts, inline, printable, table, type Report } from '../lib/output.ts';
import { factText, vendorRegister } from '../lib/vendor-docs.ts';
import { questions, type VendorEntry } from '../lib/vendor-register.ts';
import type { ActionView } from '../lib/vendor-view.ts';
import { suggestion } from '../../shared/nearest.ts';

export const vendors: Command = {
  name: 'vendors',
  summary: 'What stands behind each tool: actions, undo, residency, sub-processors, logging, training',
  usage: '[<tool>]',
  examples: ['toolgate vendors', 'toolgate vendors email', 'toolgate vendors --json'],
  details: [
    'From the contracts and governance/vendors.yaml of this checkout; docs/vendors.md has all of it.',
  ],
  options: {},
  takes: 0,
  mayTake: 1,
  person: null,
  run: async ({ args }) => show(args[0]),
};

type Entry = ReturnType<typeof vendorRegister>[number];

function show(tool: string | undefined): Report {
  let register: Entry[];
  try {
    register = vendorRegister(root);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return { text: printable(detail), json: { error: 'invalid', detail }, exit: 1 };
  }
  if (tool === undefined) return { text: overview(register), json: { vendors: register }, exit: 0 };
  const found = register.find((one) => one.tool === tool);
  const names = register.map((one) => one.tool);
  if (!found) return misuse(`There is no tool "${inline(tool)}": ${suggestion(tool, names)}.`);
  return { text: detailOf(found), json: found, exit: 0 };
}

function overview(register: readonly Entry[]): string {
  const rows = register.map(({ tool, vendor, actions, register: known }) => [
    tool,
    vendor,
    String(actions.length),
    String(actions.filter(({ undo }) => undo?.startsWith('Irreversible')).length),
    `${Object.values(known).filter((fact) => !('unverified' in fact)).length} of ${Object.keys(questions).length}`,
  ]);
  return table(['TOOL', 'VENDOR', 'ACTIONS', 'IRREVERSIBLE', 'VERIFIED'], rows, 'There is no tool.');
}

function detailOf({ tool, vendor, summary, actions, register }: Entry): string {
  const known = Object.entries(questions).map(
    ([question, title]) => [title, factText(register[question as keyof VendorEntry])] as const,
  );
  return [`${tool}: ${vendor}. ${summary}`, facts(known), ...actions.map(actionLines)].join('\n\n');
}

function actionLines({ action, mode, groups, sensitivity, summary, ...rest }: ActionView): string {
  const head = `${action}  (${[mode, ...groups, sensitivity].join(', ')})\n${summary}`;
  const pairs = [
    ['  preview', rest.preview],
    ['  look-up', rest.find],
    ['  key', rest.idempotency],
    ['  later', rest.deferred],
    ['  undo', rest.undo],
  ] as const;
  const lines = facts(pairs);
  return lines === '' ? head : `${head}\n${lines}`;
}
