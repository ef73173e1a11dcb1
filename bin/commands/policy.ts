import type { Governance } from '../../shared/governance.ts';
import type { Applied, WaitingGovernance } from '../../shared/rpc.ts';
import { misuse, option, report, type Command, type Invocation } from '../lib/command.ts';
import { sawApplied } from '../lib/seen-sets.ts';
import { root } from '../lib/local.ts';
import { facts, inline, printable, type Report } from '../lib/output.ts';

export const policyCheck: Command = {
  name: 'policy check',
  summary: 'Check governance/ with real Cedar; changes nothing and needs no gate',
  usage: '',
  examples: ['toolgate policy check', 'toolgate policy check --json'],
  options: {},
  takes: 0,
  person: null,
  run: async () =>
    compiled(async ({ version, policies, manifests }) => {
      const json = { version, policies: policies.map(({ id }) => id), agents: Object.keys(manifests) };
      return { text: show(version, json.policies, json.agents), json, exit: 0 };
    }),
};

export const policyApprove: Command = {
  name: 'policy approve',
  summary: 'Put an applied policy set that widens in force, as a second person',
  usage: '<version> --reason <text>',
  examples: [
    'toolgate policy approve ps_0123456789abcdef0123456789abcdef --reason "agreed with the business owner"',
  ],
  details: [
    '<version>   as toolgate status shows it, with what it widens',
    '--reason    why it is right that more is allowed',
  ],
  options: { reason: { type: 'string' } },
  takes: 1,
  person: 'commander',
  run: async (call) => {
    const version = call.args[0] ?? '';
    const reason = option(call.values, 'reason');
    if (!isSetVersion(version))
      return misuse(`"${version}" is no version of a policy set. toolgate status shows the one that waits.`);
    if (!reason?.trim()) return misuse('Say why: --reason "…".');
    return changing(call, ['POST', `/governance/${version}/approval`, { reason }]);
  },
};

export function isSetVersion(text: string): boolean {
  return /^ps_[0-9a-f]{32}$/.test(text);
}

/** Asks for a change of what is in force, shows what came of it and remembers it as seen by this checkout. */
export async function changing(
  call: Invocation,
  asked: readonly [method: string, path: string, body?: unknown],
  look = 'toolgate policy history shows what is in force, and since when.',
): Promise<Report> {
  return report(
    call,
    asked,
    (applied: Applied) => {
      sawApplied(root, call.access.gate, applied);
      return showApplied(applied);
    },
    look,
  );
}

function showApplied({ version, epoch, changed, waits, by, withdrew }: Applied): string {
  const gone = withdrew
    ? `\n\nThis withdrew ${withdrew.version}, which ${inline(withdrew.by, 100)} had applied and which waited for a second person.`
    : '';
  if (waits) return waitsForApproval(waits) + gone;
  const lines = facts([
    ['in force', version],
    ['by', by],
    ['epoch', epoch],
    ['changed', changed ? 'yes' : 'no, it was in force already'],
  ]);
  return lines + gone;
}

/** What a person must know before they put a wider set in force. */
export function waitsForApproval({ version, by, until, reason, widens, rights }: WaitingGovernance): string {
  const head = facts([
    ['policy set', `${version}, NOT in force yet`],
    ['applied by', by],
    ['because', reason],
    ['waits until', until],
    ...rights.map(({ decision, holders }) => [`right to ${decision}`, holders.join(', ')] as const),
  ]);
  const lines = widens.map((line) => `  ${inline(line, 200)}`);
  return `${head}\n\nIt widens what agents may do:\n${lines.join('\n')}\n\nSomebody else puts it in force: toolgate policy approve ${version} --reason "…"`;
}

/** Compiles `governance/` and goes on with it, or tells all that is wrong with it. */
export async function compiled(next: (governance: Governance) => Promise<Report>): Promise<Report> {
  // Loaded here, because Cedar's WebAssembly would slow down every other command, a stop among them.
  const { compileGovernance } = await import('../lib/governance.ts');
  const result = await compileGovernance(root);
  if (result.ok) return next(result.governance);
  const text = `governance/ does not hold:\n${result.errors.map((error) => `  ${printable(error)}`).join('\n')}`;
  return { text, json: { error: 'invalid', errors: result.errors }, exit: 1 };
}

function show(version: string, policies: readonly string[], agents: readonly string[]): string {
  return facts([
    ['holds', version],
    ['policies', policies.join(', ')],
    ['agents', agents.join(', ')],
  ]);
}
