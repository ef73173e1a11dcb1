import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  contactNames,
  signatories,
  type ContactAnswer,
  type ContactTest,
  type Readiness,
  type SignOff,
} from '../../shared/rpc.ts';
import { askOps } from '../lib/client.ts';
import { misuse, option, report, unanswered, type Command, type Invocation } from '../lib/command.ts';
import { writePrivate } from '../lib/dev-vars.ts';
import { localPaths, root } from '../lib/local.ts';
import { facts, inline, printable, table, type Report } from '../lib/output.ts';

export const readiness: Command = {
  name: 'readiness',
  summary: 'The checklist before an agent may execute in production; tests its contacts and signs it off',
  usage: '<agent> [--contact <who> | --answer <code> | --sign <as> --reason <text>]',
  examples: [
    'toolgate readiness lead-router',
    'toolgate readiness lead-router --contact business',
    'toolgate readiness lead-router --answer 0f3a9c21b7d4 --as commander',
    'toolgate readiness lead-router --sign legal --reason "reads no free text" --as auditor',
  ],
  details: [
    '--contact   business, technical or incident: makes a one-time code that this contact answers with',
    '--answer    the code, by the person who has that address; holds for 90 days',
    '--sign      legal (role auditor), security (role incident-commander), business (role owner); by different people',
    '--reason    what was looked at, for the journal',
    '--out       the folder of the sandbox’s mailbox (.toolgate/mailbox)',
    '',
    'Without these it changes nothing; exit code 1 when the agent is not ready.',
    'No Worker sends mail yet: in the sandbox the code lies in .toolgate/mailbox, elsewhere you send it yourself.',
  ],
  options: {
    contact: { type: 'string' },
    answer: { type: 'string' },
    sign: { type: 'string' },
    reason: { type: 'string' },
    out: { type: 'string' },
  },
  takes: 1,
  person: 'owner',
  run,
};

async function run(call: Invocation): Promise<Report> {
  const agent = call.args[0] ?? '';
  if (!/^[a-z][a-z0-9-]{1,62}$/.test(agent))
    return misuse(`"${inline(agent)}" is no agent. toolgate autonomy lists them.`);
  const [contact, code, as] = ['contact', 'answer', 'sign'].map((name) => option(call.values, name));
  if ([contact, code, as].filter((given) => given !== undefined).length > 1)
    return misuse('One of --contact, --answer and --sign at a time.');
  const path = `/agents/${agent}`;
  if (contact !== undefined) return testContact(call, path, contact);
  if (code !== undefined)
    return report(call, ['POST', `${path}/contact-answers`, { code }], showAnswer, 'A code is used once.');
  if (as !== undefined) return sign(call, path, as);
  return checklist(call, path);
}

async function checklist(call: Invocation, path: string): Promise<Report> {
  const shown = await report(
    call,
    ['GET', `${path}/readiness`],
    showChecks,
    'toolgate autonomy lists the agents.',
  );
  const ready = shown.exit === 0 && (shown.json as Readiness).ready;
  return { ...shown, exit: shown.exit === 0 && !ready ? 1 : shown.exit };
}

async function testContact(call: Invocation, path: string, who: string): Promise<Report> {
  const contact = contactNames.find((name) => name === who);
  if (!contact) return misuse(`--contact is one of ${contactNames.join(', ')}.`);
  const answer = await askOps<ContactTest>(call.access, 'POST', `${path}/contact-tests`, { contact });
  if (answer.kind !== 'ok') return unanswered(answer, call.access.gate);
  const test = answer.value;
  const command = `toolgate readiness ${test.agent} --answer <code>`;
  const folder = option(call.values, 'out') ?? join(localPaths(root).folder, 'mailbox');
  const place = test.delivery === 'sandbox-mailbox' ? keptIn(folder, test) : null;
  const text = facts([
    ['contact', `${test.contact}, ${test.address}`],
    // Whoever has to send it must see it; in the sandbox it is read where mail would be.
    ['code', place === null ? test.code : null],
    ['delivered', place === null ? `no: send the code to ${test.address} yourself` : `to ${place}`],
    ['good until', test.until],
    ['they answer', command],
  ]);
  return { text, json: { ...test, file: place }, exit: 0 };
}

/** The sandbox's stand-in for the contact's mailbox. */
function keptIn(folder: string, { agent, contact, address, code, until }: ContactTest): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, `${agent}-${contact}.txt`);
  const command = `toolgate readiness ${agent} --answer ${code}`;
  const lines = [`To: ${address}`, `Are you still who answers for ${agent}? Then, until ${until}:`, command];
  writePrivate(file, `${printable(lines.join('\n'))}\n`);
  return file;
}

async function sign(call: Invocation, path: string, as: string): Promise<Report> {
  if (!signatories.some((name) => name === as)) return misuse(`--sign is one of ${signatories.join(', ')}.`);
  const reason = option(call.values, 'reason');
  if (!reason?.trim()) return misuse('Say what you looked at: --reason "…".');
  return report(call, ['POST', `${path}/sign-offs`, { as, reason }], showSigned);
}

function showChecks({ agent, environment, ready, changed, checks, policyVersion }: Readiness): string {
  const head = facts([
    ['agent', agent],
    ['environment', environment],
    ['policy set', policyVersion],
    ['ready', ready ? 'yes' : 'NO'],
    ['changed since', changed.join(', ')],
  ]);
  const rows = checks.map(({ id, status, criterion, owner, evidence }) => [
    status === 'pass' ? 'pass' : status.toUpperCase(),
    id,
    owner,
    `${criterion}${evidence ? ` [${evidence}]` : ''}`,
  ]);
  const open = checks.filter(({ next }) => next !== null).map(({ id, next }) => `  ${id}: ${next}`);
  const todo = open.length === 0 ? [] : [['To do:', ...open].map((line) => printable(line)).join('\n')];
  const body = table(['STATUS', 'CHECK', 'OWNER', 'CRITERION [FOUND]'], rows, 'No checks.');
  return [head, body, ...todo].join('\n\n');
}

function showAnswer({ agent, contact, address, answeredBy, at }: ContactAnswer): string {
  return facts([
    ['agent', agent],
    ['contact', `${contact}, ${address}`],
    ['answered by', answeredBy],
    ['at', `${at}; good for 90 days`],
  ]);
}

function showSigned({ agent, as, by, at, policyVersion }: SignOff): string {
  return facts([
    ['agent', agent],
    ['signed as', as],
    ['by', by],
    ['at', at],
    ['for', `${policyVersion}; a change that is not surely narrower reopens it`],
  ]);
}
