import type { HaltProbe } from '../../shared/rpc.ts';
import { askOps } from '../lib/client.ts';
import { unanswered, type Command } from '../lib/command.ts';
import { facts, table } from '../lib/output.ts';

export const probe: Command = {
  name: 'probe',
  summary: 'Whether a stop would work now, by a round trip to every live guard',
  usage: '',
  examples: ['toolgate probe', 'toolgate probe --json'],
  options: {},
  takes: 0,
  person: 'operator',
  run: async (call) => {
    // That it cannot halt is an answer, too.
    const answer = await askOps<HaltProbe>(call.access, 'GET', '/halt-probe', undefined, isProbe);
    if (answer.kind !== 'ok') return unanswered(answer, call.access.gate);
    return { text: show(answer.value), json: answer.value, exit: answer.value.canHalt ? 0 : 1 };
  },
};

function isProbe(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'canHalt' in value;
}

function show({
  at,
  canHalt,
  reasons,
  milliseconds,
  storage,
  guards,
  unknownUntil,
  assumption,
}: HaltProbe): string {
  const head = facts([
    ['a stop', canHalt ? 'would work now' : 'WOULD NOT WORK AT ONCE'],
    ...reasons.map((reason) => ['because', reason] as const),
    ['probed at', `${at}, in ${milliseconds} ms`],
    ['control', `${storage.ok ? 'wrote' : 'DID NOT WRITE'}, in ${storage.milliseconds} ms`],
    [
      'began anew',
      unknownUntil && `until ${unknownUntil} guards may hold leases that control does not know of`,
    ],
    ['in any case', assumption],
  ]);
  const rows = guards.map((guard) => [guard.agent, guard.found, `${guard.milliseconds} ms`]);
  return `${head}\n\n${table(['LIVE GUARD OF', 'FOUND', 'IN'], rows, 'No guard holds a lease.')}`;
}
