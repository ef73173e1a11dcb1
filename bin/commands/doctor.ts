import {
  checkGate,
  checkGovernance,
  checkLease,
  checkLedger,
  checkLocalFile,
  checkNode,
  checkOptional,
  checkRotations,
  checkSecrets,
  checkVault,
  type Check,
} from '../lib/checks.ts';
import type { Command } from '../lib/command.ts';
import { readLocalFile, root } from '../lib/local.ts';
import { printable, type Exit } from '../lib/output.ts';

export const doctor: Command = {
  name: 'doctor',
  summary: 'Check this machine and its gate; a remedy for each fault',
  usage: '',
  examples: ['toolgate doctor', 'toolgate doctor --json'],
  options: {},
  takes: 0,
  person: null,
  run: async ({ access, now }) => {
    const local = readLocalFile(root);
    const checks = [
      checkNode(process.version),
      checkSecrets(root),
      checkRotations(root, now),
      checkOptional(root),
      checkLocalFile(root, local, now),
    ];
    const gate = await checkGate(access.gate);
    checks.push(gate);
    // What lies behind the gate can be asked only of a gate that answers, and only by this machine's own people.
    if (gate.state === 'ok' && local?.gate === access.gate) {
      checks.push(
        await checkGovernance(root, local),
        await checkLease(local),
        await checkLedger(local, now),
        await checkVault(local),
      );
    }
    return { text: show(checks), json: { checks }, exit: exitOf(checks, gate) };
  },
};

function show(checks: readonly Check[]): string {
  const width = Math.max(...checks.map(({ name }) => name.length));
  const lines = checks.map(({ name, state, found, remedy }) => {
    const line = `${state.padEnd(7)}  ${name.padEnd(width)}  ${printable(found)}`;
    return remedy === undefined ? line : `${line}\n${' '.repeat(width + 11)}-> ${remedy}`;
  });
  return lines.join('\n');
}

function exitOf(checks: readonly Check[], gate: Check): Exit {
  if (gate.state === 'failed') return 3;
  return checks.some(({ state }) => state === 'failed') ? 1 : 0;
}
