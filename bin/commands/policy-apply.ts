import type { SetPage, SetRecord } from '../../shared/rpc.ts';
import { askOps } from '../lib/client.ts';
import { misuse, option, query, unanswered, type Command, type Invocation } from '../lib/command.ts';
import { root } from '../lib/local.ts';
import { printable, type Report } from '../lib/output.ts';
import { overOf, seenSets } from '../lib/seen-sets.ts';
import { changing, compiled, isSetVersion } from './policy.ts';

export const policyApply: Command = {
  name: 'policy apply',
  summary: 'Check governance/ and put it in force, at once or, if it widens, once a second person approves',
  usage: '--reason <text> [--over <version>]',
  examples: [
    'toolgate policy apply --reason "leads from Austria go to the DACH queue"',
    'toolgate policy apply --reason "merged with the change of legal" --over ps_0123456789abcdef0123456789abcdef',
  ],
  details: [
    '--reason   why; recorded with the set. The first set of all needs none',
    '--over     the version in force that these files were made over. Without it: the one that this checkout applied or saw',
    '           last. When another is in force by now, nothing is applied, so that nobody’s change is lost',
  ],
  options: { reason: { type: 'string' }, over: { type: 'string' } },
  takes: 0,
  person: 'owner',
  run: async (call) => {
    const over = option(call.values, 'over');
    if (over !== undefined && over !== 'none' && !isSetVersion(over))
      return misuse(`"${over}" is no version of a policy set. toolgate policy history shows them.`);
    return compiled(async (governance) => {
      const terms = await termsOf(call, governance.version);
      if ('exit' in terms) return terms;
      return changing(call, ['PUT', `/governance${query(terms)}`, governance], afterConflict);
    });
  },
};

const afterConflict =
  'toolgate policy diff shows how your files differ from what is in force. Take that in, then: toolgate policy apply --over <version in force> --reason "…"';

/** `over` and `reason` as the gate wants them, or what is missing. */
async function termsOf(
  call: Invocation,
  version: string,
): Promise<{ over: string; reason: string | undefined } | Report> {
  const reason = option(call.values, 'reason')?.trim();
  const now = await askOps<SetPage>(call.access, 'GET', '/governance?limit=1');
  if (now.kind !== 'ok') return unanswered(now, call.access.gate);
  const record = now.value.sets[0] ?? null;
  // Nothing would change, so there is nothing to be sorry for.
  if (record && record.version !== version && !reason) return misuse('Say why: --reason "…".');
  const known = overOf(seenSets(root, call.access.gate), record?.version ?? null);
  const over = option(call.values, 'over') ?? (known === null ? 'none' : known);
  if (over !== undefined) return { over, reason };
  return record && record.version !== version ? unseen(record) : { over: version, reason };
}

function unseen({ version, by, at }: SetRecord): Report {
  const detail = `This checkout has not seen what is in force: ${version}, applied by ${by} at ${at}.`;
  return {
    text: printable(`${detail}\n${afterConflict}`),
    json: { error: 'unseen', detail, inForce: version, next: afterConflict },
    exit: 1,
  };
}
