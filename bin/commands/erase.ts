import { verifyText } from '../../shared/crypto.ts';
import {
  certificateText,
  type Certificate,
  type Erasure,
  type ErasureAsk,
  type OutOfReach,
} from '../../shared/erasure.ts';
import { isId } from '../../shared/ids.ts';
import { isPlaceholder } from '../../shared/placeholder.ts';
import { askOps } from '../lib/client.ts';
import { misuse, option, report, unanswered, type Command, type Invocation } from '../lib/command.ts';
import { facts, table, when, type Report } from '../lib/output.ts';
import { secretLine } from '../lib/secret-line.ts';

const MORE = 'toolgate erase list shows the erasures.';
const LIST = '`toolgate erase list` shows them';

type Told = Erasure & { outOfReach: OutOfReach[] };

export const erase: Command = {
  name: 'erase',
  summary: 'Erase one person from every vault and inbox; says what it cannot reach',
  usage: '[--subject <address, number or placeholder>] [--agent <agent>] --reason <text> [--dry-run]',
  examples: [
    'toolgate erase --reason "request 4711" --dry-run',
    'echo "$ADDRESS" | toolgate erase --reason "request 4711"',
    'toolgate erase --subject "[[email:q7f3k2m9xwa]]" --agent lead-router --reason "request 4711"',
  ],
  details: [
    '--subject   whom: a mail address, a phone number, or with --agent one of its placeholders. Absent or -: read from',
    '            standard input, or asked for, so that it stands in no shell history',
    '--agent     whose placeholder it is',
    '--reason    why, such as the number of the request; not the person',
    '--dry-run   count what would be erased, and erase nothing',
    'Begun again for the same person it goes on where it was. Values that come in afterwards get new placeholders.',
  ],
  options: {
    subject: { type: 'string' },
    agent: { type: 'string' },
    reason: { type: 'string' },
    'dry-run': { type: 'boolean' },
  },
  takes: 0,
  person: 'owner',
  run: async (call) => {
    const reason = option(call.values, 'reason');
    if (reason === undefined) return misuse('Say why: --reason "request 4711"');
    const whom = await whomOf(call);
    if (typeof whom === 'string') return misuse(whom);
    const ask: ErasureAsk = { whom, reason, ...(call.values['dry-run'] === true && { dryRun: true }) };
    return report(call, ['POST', '/erasures', ask], (erasure: Told) => shown(erasure, call.now));
  },
};

export const eraseList: Command = {
  name: 'erase list',
  summary: 'Erasures of people: who had them done, how far they are, when they are complete',
  usage: '',
  examples: ['toolgate erase list', 'toolgate erase list --json'],
  options: {},
  takes: 0,
  person: 'auditor',
  run: async (call) =>
    report(call, ['GET', '/erasures'], ({ erasures }: { erasures: Erasure[] }) =>
      table(
        ['ERASURE', 'STATE', 'AT', 'BY', 'VALUES', 'COMPLETE', 'REASON'],
        erasures.map((one) => [
          one.id,
          one.state,
          when(one.at, call.now),
          one.by,
          String(valuesOf(one)),
          one.completeAt === null ? '' : when(one.completeAt, call.now),
          one.reason,
        ]),
        'Nobody was erased.',
      ),
    ),
};

export const eraseShow: Command = {
  name: 'erase show',
  summary: 'One erasure: what was erased of each agent, and what it does not reach',
  usage: '<erasure>',
  examples: ['toolgate erase show eras_01JD5KZ9V8QW7XN2T4R6M8P0AB'],
  options: {},
  takes: 1,
  person: 'auditor',
  run: async (call) => {
    const id = call.args[0] ?? '';
    if (!isId('eras', id)) return misuse(`"${id}" is no erasure: ${LIST}.`);
    return report(call, ['GET', `/erasures/${id}`], (erasure: Told) => shown(erasure, call.now), MORE);
  },
};

export const eraseCertificate: Command = {
  name: 'erase certificate',
  summary: 'The signed certificate of an erasure, its signature checked',
  usage: '<erasure>',
  examples: [
    'toolgate erase certificate eras_01JD5KZ9V8QW7XN2T4R6M8P0AB',
    'toolgate erase certificate eras_01JD5KZ9V8QW7XN2T4R6M8P0AB --json > certificate.json',
  ],
  details: [
    'It says "erased" until the platform’s own copies are gone, 30 days later, and "complete" from then on: get it again then.',
    'The signature is Ed25519 over the canonical JSON (RFC 8785) of `certified`; toolgate vault status shows the key.',
  ],
  options: {},
  takes: 1,
  person: 'auditor',
  run: async (call) => {
    const id = call.args[0] ?? '';
    if (!isId('eras', id)) return misuse(`"${id}" is no erasure: ${LIST}.`);
    const answer = await askOps<Certificate>(call.access, 'GET', `/erasures/${id}/certificate`);
    return answer.kind === 'ok'
      ? certificateReport(answer.value)
      : unanswered(answer, call.access.gate, MORE);
  },
};

/** The person, or what is wrong with how they were named. */
async function whomOf({ values, stderr }: Invocation): Promise<ErasureAsk['whom'] | string> {
  const [given, agent] = [option(values, 'subject'), option(values, 'agent')];
  const subject =
    given === undefined || given === '-'
      ? await secretLine('Mail address, phone number or placeholder: ', process.stdin, stderr)
      : given.trim();
  if (subject === '') return 'Say whom, on standard input: a mail address, a phone number or a placeholder.';
  if (!isPlaceholder(subject))
    return agent === undefined
      ? { person: subject }
      : '--agent belongs to a placeholder; a person is erased everywhere.';
  return agent === undefined
    ? 'A placeholder is one agent’s: say whose with --agent.'
    : { placeholder: subject, agent };
}

function shown(erasure: Told, now: number): string {
  const { id, state, at, by, reason, agents, leads, erasedAt, completeAt, outOfReach } = erasure;
  const head = facts([
    ['erasure', state === 'dry-run' ? 'none: this was a dry run' : id],
    ['state', stateWords[state]],
    ['at', when(at, now)],
    ['by', by],
    ['reason', reason],
    ['erased', erasedAt],
    ['complete', completeAt],
    ['leads', leads === null ? 'not all reached yet' : leads],
  ]);
  const rows = agents.map(({ agent, counts }) => [
    agent,
    counts === null ? 'not reached yet' : countWords(counts),
  ]);
  const where = outOfReach.map((one) => [one.where, one.how]);
  return [
    head,
    table(['AGENT', state === 'dry-run' ? 'WOULD BE ERASED' : 'ERASED'], rows, 'No agent has a vault.'),
    table(['NOT REACHED', 'HOW'], where, ''),
  ].join('\n\n');
}

const stateWords = {
  running: 'running: what has not answered is asked again; toolgate erase show tells how far it is',
  erased: 'erased; complete when the platform’s own copies are gone',
  complete: 'complete',
  'dry-run': 'counted only',
} as const satisfies Record<Erasure['state'], string>;

function countWords(counts: Readonly<Record<string, number>>): string {
  const said = Object.entries(counts).map(([cls, n]) => `${cls} ${n}`);
  return said.length === 0 ? 'nothing' : said.join(', ');
}

function valuesOf({ agents }: Erasure): number {
  return agents.flatMap(({ counts }) => Object.values(counts ?? {})).reduce((sum, n) => sum + n, 0);
}

function certificateReport(certificate: Certificate): Report {
  const { certified, signature, key } = certificate;
  const good = verifyText(key, certificateText(certified), signature);
  const text = facts([
    ['erasure', certified.erasure],
    ['state', certified.state],
    ['person', certified.person],
    ['asked', certified.at],
    ['erased', certified.erasedAt],
    ['complete', certified.completeAt],
    ['certified', certified.certifiedAt],
    ...certified.agents.map(({ agent, counts }) => [agent, countWords(counts)] as const),
    ['leads', certified.leads],
    ['signature', good ? `good, by ${key}` : 'NOT GOOD: this certificate was altered'],
  ]);
  return { text, json: certificate, exit: good ? 0 : 1 };
}
