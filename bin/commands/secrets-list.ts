import { nextSetting } from '../../shared/tool/credentials.ts';
import type { DatedSecret, ToolsView } from '../../workers/console/tool-sheets.ts';
import { askOps } from '../lib/client.ts';
import { misuse, option, type Command, type Invocation } from '../lib/command.ts';
import { root } from '../lib/local.ts';
import { table, when, type Report } from '../lib/output.ts';
import { deployed } from '../lib/rotation/account.ts';
import { holders, type Holder } from '../lib/rotation/choice.ts';
import { heldBy } from '../lib/rotation/local.ts';
import { useText } from './tools.ts';

export const secretsList: Command = {
  name: 'secrets list',
  summary: "Tools' credentials by name: set or not, how old, last used, and which are being replaced",
  usage: '[tool] [--env <env>]',
  examples: [
    'toolgate secrets list',
    'toolgate secrets list crm',
    'toolgate secrets list crm --env production',
  ],
  details: [
    '--env   what the Cloudflare account says, by wrangler; without it: what this machine and its gate say',
    'Secrets of the other Workers: toolgate tools. No value is shown, here or there.',
  ],
  options: { env: { type: 'string' } },
  takes: 0,
  mayTake: 1,
  person: 'auditor',
  offline: ({ env }) => env !== undefined,
  run,
};

interface Row {
  worker: string;
  secret: string;
  state: DatedSecret['state'];
  /** Whether a rotation was begun and not ended, and which side of it this is. */
  rotation: DatedSecret['rotation'];
  setAt: string | null;
  /** Null: not known, or not this month. */
  use: Pick<DatedSecret, 'usedAt' | 'refusedAt'> | null;
}

async function run(call: Invocation): Promise<Report> {
  const [tool] = call.args;
  const chosen = holders(root).filter(({ worker }) => tool === undefined || worker.name === tool);
  if (chosen.length === 0) {
    const names = holders(root).map(({ worker }) => worker.name);
    return misuse(`No such tool has credentials at a vendor. There are: ${names.join(', ')}.`);
  }
  const environment = option(call.values, 'env');
  return environment === undefined ? onMachine(call, chosen) : inAccount(call, chosen, environment);
}

async function onMachine({ access, now }: Invocation, chosen: readonly Holder[]): Promise<Report> {
  const answer = await askOps<ToolsView>(access, 'GET', '/tools');
  const sheets = answer.kind === 'ok' ? answer.value.tools : [];
  const rows = chosen.flatMap((holder) => {
    const sheet = sheets.find((one) => one.tool === holder.worker.name);
    return sheet ? sheet.secrets.map((secret) => rowOf(holder, secret)) : unaskedRows(holder);
  });
  const note =
    answer.kind === 'ok' ? '' : '\n\nThe gate does not answer, so ages and uses are not known here.';
  return { text: `${show(rows, now)}${note}`, json: { secrets: rows }, exit: 0 };
}

function rowOf({ worker }: Holder, { name, state, rotation, setAt, usedAt, refusedAt }: DatedSecret): Row {
  return { worker: worker.name, secret: name, state, rotation, setAt, use: { usedAt, refusedAt } };
}

function unaskedRows(holder: Holder): Row[] {
  const held = heldBy(root, holder.worker.name);
  const state = (name: string): Row['state'] =>
    held[name] === undefined ? 'absent' : held[name] === '' ? 'empty' : 'set';
  return rowsBy(holder, state);
}

/** Rows of what is only known by whether it is there. */
function rowsBy({ worker, secrets }: Holder, state: (name: string) => Row['state']): Row[] {
  return secrets.flatMap((secret) => {
    const next = nextSetting(secret);
    const begun = state(next) === 'set';
    const row = { worker: worker.name, setAt: null, use: null };
    const current: Row = { ...row, secret, state: state(secret), rotation: begun ? 'replaced' : null };
    return begun
      ? [current, { ...row, secret: next, state: 'set' as const, rotation: 'next' as const }]
      : [current];
  });
}

async function inAccount(
  { now }: Invocation,
  chosen: readonly Holder[],
  environment: string,
): Promise<Report> {
  const rows: Row[] = [];
  for (const holder of chosen) {
    const found = await deployed(root, environment, holder.worker.name);
    if (!found.ok)
      return { text: found.fault, json: { error: 'account-unknown', detail: found.fault }, exit: 1 };
    rows.push(...rowsBy(holder, (name) => (found.secrets.includes(name) ? 'set' : 'absent')));
  }
  return { text: show(rows, now), json: { environment, secrets: rows }, exit: 0 };
}

function show(rows: readonly Row[], now: number): string {
  const cells = rows.map((row) => [
    row.worker,
    row.secret,
    row.rotation === null
      ? row.state
      : `${row.state}, ${row.rotation === 'next' ? 'next: tried first' : 'being replaced'}`,
    row.setAt === null ? 'not known' : when(row.setAt, now),
    row.use === null ? 'not known' : useText(row.use, now),
  ]);
  return table(['TOOL', 'SECRET', '', 'SET', 'LAST USED'], cells, 'No tool has a credential.');
}
