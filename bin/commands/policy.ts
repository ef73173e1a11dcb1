import type { Governance } from '../../shared/governance.ts';
import type { Applied } from '../../shared/rpc.ts';
import { report, type Command, type Invocation } from '../lib/command.ts';
import { root } from '../lib/local.ts';
import { facts, printable, type Report } from '../lib/output.ts';

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

export const policyApply: Command = {
  name: 'policy apply',
  summary: 'Check governance/ and put it in force',
  usage: '',
  examples: ['toolgate policy apply', 'toolgate policy apply --as owner'],
  options: {},
  takes: 0,
  person: 'owner',
  run: async (call: Invocation) =>
    compiled(async (governance) =>
      report(call, ['PUT', '/governance', governance], ({ version, epoch, changed }: Applied) =>
        facts([
          ['in force', version],
          ['epoch', epoch],
          ['changed', changed ? 'yes' : 'no, it was in force already'],
        ]),
      ),
    ),
};

async function compiled(next: (governance: Governance) => Promise<Report>): Promise<Report> {
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
