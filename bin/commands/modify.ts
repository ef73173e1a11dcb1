import { isId } from '../../shared/ids.ts';
import {
  reasonCodes,
  type Approval,
  type ApprovalSheet,
  type Edit,
  type Revealed,
} from '../../shared/rpc.ts';
import { decidedFacts } from '../lib/approval-sheet.ts';
import { askOps } from '../lib/client.ts';
import { misuse, option, options, report, unanswered, type Command } from '../lib/command.ts';
import { facts } from '../lib/output.ts';

const MORE = 'toolgate approvals --all lists what waits and what is decided.';

export const modify: Command = {
  name: 'modify',
  summary: 'Edit a waiting call: it goes through every check again, and waits or runs as edited',
  usage: '<id> [--set /path=value]… [--unset /path]… --reason <code> [--digest <text>] [--note <text>]',
  examples: [
    'toolgate modify appr_01JD0000000000000000000000 --set /text="Dear customer" --reason tone',
    'toolgate modify appr_01JD0000000000000000000000 --set /amount=1500 --unset /note --reason wrong-data',
  ],
  details: [
    '--set      a place (JSON Pointer) and its new value: JSON where it is readable as JSON, else text',
    '--unset    a place that is taken away',
    `--reason   ${reasonCodes.join(', ')}`,
    '--digest   what you looked at, or its beginning: needed once somebody edited the call',
    'Where one person is enough, your edit approves the call; where two are needed, two others must.',
  ],
  options: {
    set: { type: 'string', multiple: true },
    unset: { type: 'string', multiple: true },
    reason: { type: 'string' },
    digest: { type: 'string' },
    note: { type: 'string' },
  },
  takes: 1,
  person: 'approver',
  run: async (call) => {
    const id = call.args[0] ?? '';
    if (!isId('appr', id)) return misuse(`"${id}" is no approval. toolgate approvals lists those that wait.`);
    const reason = reasonCodes.find((code) => code === option(call.values, 'reason'));
    if (!reason) return misuse(`Say why with a code: --reason ${reasonCodes.join(' | ')}`);
    const edits = editsOf(options(call.values, 'set'), options(call.values, 'unset'));
    if (!edits) return misuse('Say what to change: --set /path=value or --unset /path.');
    const shown = await askOps<ApprovalSheet>(call.access, 'GET', `/approvals/${id}`);
    if (shown.kind !== 'ok') return unanswered(shown, call.access.gate, MORE);
    const seen = option(call.values, 'digest');
    const { digest, revision } = shown.value;
    if (seen === undefined ? revision > 0 : seen.length < 8 || !digest.startsWith(seen))
      return misuse(`Look at it with toolgate approval ${id}, and name its --digest.`);
    const note = option(call.values, 'note');
    const body = { decision: 'modify', edits, reason, digest, ...(note !== undefined && { note }) };
    return report(
      call,
      ['POST', `/approvals/${id}/decision`, body],
      (approval: Approval) => decidedFacts(approval),
      MORE,
    );
  },
};

export const reveal: Command = {
  name: 'reveal',
  summary: 'Show one masked value of a waiting call; who saw it and why is journaled first',
  usage: '<id> --field /path --reason <text>',
  examples: [
    'toolgate reveal appr_01JD0000000000000000000000 --field /email --reason "does it match the ticket?"',
  ],
  details: [
    '--field    the place (JSON Pointer) of the value in the input',
    '--reason   why you have to see it',
  ],
  options: { field: { type: 'string' }, reason: { type: 'string' } },
  takes: 1,
  person: 'approver',
  run: async (call) => {
    const id = call.args[0] ?? '';
    if (!isId('appr', id)) return misuse(`"${id}" is no approval. toolgate approvals lists those that wait.`);
    const [pointer, reason] = [option(call.values, 'field'), option(call.values, 'reason')];
    if (pointer === undefined || !pointer.startsWith('/'))
      return misuse('Name the place: --field /email. toolgate approval shows the input.');
    if (reason === undefined) return misuse('Say why you have to see it: --reason "…"');
    const shown = await askOps<ApprovalSheet>(call.access, 'GET', `/approvals/${id}`);
    if (shown.kind !== 'ok') return unanswered(shown, call.access.gate, MORE);
    const body = { pointer, reason, digest: shown.value.digest };
    return report(
      call,
      ['POST', `/approvals/${id}/reveal`, body],
      ({ value }: Revealed) => facts([[pointer, value]]),
      MORE,
    );
  },
};

/** Null: nothing is changed, or not readable. */
function editsOf(set: readonly string[], unset: readonly string[]): Edit[] | null {
  const edits: Edit[] = unset.map((pointer) => ({ pointer }));
  for (const one of set) {
    const at = one.indexOf('=');
    if (at < 1) return null;
    edits.push({ pointer: one.slice(0, at), value: valueOf(one.slice(at + 1)) });
  }
  return edits.length > 0 && edits.every(({ pointer }) => pointer.startsWith('/')) ? edits : null;
}

/** `1500` and `true` are what they look like; a text that looks like one is put in quotes. */
function valueOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
