import { faultInput, faults as kinds, type Fault } from '../../workers/sandbox/faults.ts';
import type { LogEntry } from '../../workers/sandbox/request-log.ts';
import { misuse, option, type Command, type Invocation, type Values } from '../lib/command.ts';
import { printable, table, type Report } from '../lib/output.ts';
import { askEach, simulator, toolOf, vendorsNamed, type Found, type Summary } from '../lib/sandbox.ts';

const which = '<vendor>   hubspot or crm: the vendor, or the tool that reaches it; none: all of them';

export const sandboxList: Command = {
  name: 'sandbox list',
  summary: 'Every simulated vendor: whose API it looks like, what it holds, its faults',
  usage: '',
  examples: ['toolgate sandbox list', 'toolgate sandbox list --json'],
  options: {},
  takes: 0,
  person: null,
  run: async (call) => shown(await askEach<Summary>(call, undefined, 'GET', '')),
};

export const sandboxSeed: Command = {
  name: 'sandbox seed',
  summary: 'Bring the first invented data of simulated vendors back; faults and logs stay',
  usage: '[<vendor>]',
  examples: ['toolgate sandbox seed', 'toolgate sandbox seed crm'],
  details: [which],
  options: {},
  takes: 0,
  mayTake: 1,
  person: null,
  run: async (call) => shown(await askEach<Summary>(call, call.args[0], 'POST', '/seed')),
};

export const sandboxReset: Command = {
  name: 'sandbox reset',
  summary: 'Make simulated vendors as on the first day: data, faults, log, clock and limits',
  usage: '[<vendor>]',
  examples: ['toolgate sandbox reset', 'toolgate sandbox reset intercom'],
  details: [which],
  options: {},
  takes: 0,
  mayTake: 1,
  person: null,
  run: async (call) => shown(await askEach<Summary>(call, call.args[0], 'POST', '/reset')),
};

export const sandboxFault: Command = {
  name: 'sandbox fault',
  summary: 'Make a simulated vendor go wrong, show how it does, or make it well again',
  usage:
    '<vendor> [--kind <kind> [--times <n>] [--path <path>] [--method <method>] [--delay <ms>] | --clear]',
  examples: [
    'toolgate sandbox fault crm --kind 500 --times 3',
    'toolgate sandbox fault slack --kind slow --delay 3000 --method POST',
    'toolgate sandbox fault crm --clear',
    'toolgate sandbox fault crm',
  ],
  details: [
    `--kind     ${kinds.join(', ')}`,
    '--times    for so many requests; without it, until it is taken away',
    '--path     only requests whose path begins so',
    '--method   only requests of this method',
    '--delay    of slow and drip, in milliseconds (10000)',
    '--clear    take all faults of this vendor away',
  ],
  options: {
    kind: { type: 'string' },
    times: { type: 'string' },
    path: { type: 'string' },
    method: { type: 'string' },
    delay: { type: 'string' },
    clear: { type: 'boolean' },
  },
  takes: 1,
  person: null,
  run: fault,
};

export const sandboxLog: Command = {
  name: 'sandbox log',
  summary: 'The requests that reached a simulated vendor, without what they held',
  usage: '<vendor> [--changes] [--limit <n>]',
  examples: ['toolgate sandbox log crm', 'toolgate sandbox log support --changes --limit 5 --json'],
  details: [
    '--changes  only those that changed something',
    '--limit    the newest so many (50)',
    '',
    'No header, query or body is kept; mail addresses, numbers and words in a path are masked.',
  ],
  options: { changes: { type: 'boolean' }, limit: { type: 'string' } },
  takes: 1,
  person: null,
  run: log,
};

function shown(answer: Found<[string, Summary][]>): Report {
  if (!answer.ok) return answer.report;
  const rows = answer.value.map(([vendor, { origin, records, faults, requests }]) => [
    vendor,
    toolOf(vendor),
    origin,
    String(requests),
    faults.map(inWords).join('; '),
    Object.entries(records)
      .map(([type, count]) => `${count} ${type}`)
      .join(', '),
  ]);
  const titles = ['VENDOR', 'TOOL', 'LOOKS LIKE', 'REQUESTS', 'FAULTS', 'RECORDS'];
  const json = answer.value.map(([vendor, summary]) => ({
    vendor,
    tool: toolOf(vendor) || null,
    ...summary,
  }));
  return { text: table(titles, rows, 'No vendor is simulated.'), json, exit: 0 };
}

async function fault(call: Invocation): Promise<Report> {
  const { values } = call;
  const wanted = option(values, 'kind') === undefined ? undefined : faultWanted(values);
  if (wanted && !wanted.success) return misuse(wanted.error.issues.map(({ message }) => message).join('\n'));
  const clear = values['clear'] === true;
  const narrowed = ['times', 'path', 'method', 'delay'].some((name) => values[name] !== undefined);
  if (clear && (wanted || narrowed)) return misuse('--clear takes all faults away: say it alone.');
  if (!wanted && narrowed) return misuse(`Say what goes wrong: --kind ${kinds.join(', ')}.`);
  const found = await vendorsNamed(call, call.args[0]);
  if (!found.ok) return found.report;
  const vendor = found.value[0]?.vendor ?? '';
  const method = clear ? 'DELETE' : wanted ? 'POST' : 'GET';
  const answer = await simulator<Fault[]>(call, method, `/${vendor}/faults`, wanted?.data);
  if (!answer.ok) return answer.report;
  const lines = answer.value.map((one) => `  ${printable(inWords(one))}`);
  const text = lines.length > 0 ? [`${vendor} goes wrong:`, ...lines].join('\n') : `${vendor} is well.`;
  return { text, json: answer.value, exit: 0 };
}

function faultWanted(values: Values): ReturnType<typeof faultInput.safeParse> {
  const number = (name: string): number | undefined => {
    const text = option(values, name);
    return text === undefined ? undefined : Number(text);
  };
  return faultInput.safeParse(
    {
      fault: option(values, 'kind'),
      times: number('times'),
      path: option(values, 'path'),
      method: option(values, 'method')?.toUpperCase(),
      delayMs: number('delay'),
    },
    { error: ({ path }) => hints[String(path?.[0])] },
  );
}

/** What an option takes, by the field that it becomes. */
const hints: Readonly<Record<string, string>> = {
  fault: `--kind is one of ${kinds.join(', ')}.`,
  times: '--times is a whole number from 1 to 100000.',
  path: '--path is the beginning of a path, such as /crm/v3.',
  method: '--method is GET, POST, PATCH, PUT or DELETE.',
  delayMs: '--delay is a whole number of milliseconds, up to 60000.',
};

/** `500, 3 times, GET /crm/v3`. */
function inWords({ fault: kind, times, method, path, delayMs }: Fault): string {
  const often = times === null ? 'until it is taken away' : times === 1 ? 'once' : `${times} times`;
  const where = method === null && path === '/' ? '' : `${method ?? 'any'} ${path}`;
  const late = kind === 'slow' || kind === 'drip' ? `${delayMs} ms late` : '';
  return [kind, late, often, where].filter((part) => part !== '').join(', ');
}

async function log(call: Invocation): Promise<Report> {
  const limit = Number(option(call.values, 'limit') ?? 50);
  if (!Number.isInteger(limit) || limit < 1)
    return misuse('--limit is a whole number of requests, 1 or more.');
  const answer = await askEach<LogEntry[]>(call, call.args[0], 'GET', '/log');
  if (!answer.ok) return answer.report;
  const entries = answer.value.flatMap(([, list]) => list);
  const wanted = call.values['changes'] === true ? entries.filter(({ changed }) => changed) : entries;
  const newest = wanted.slice(-limit);
  const rows = newest.map(({ at, method, path, status, changed, fault: hit }) => [
    new Date(at).toISOString(),
    method,
    path,
    status === null ? 'broken off' : String(status),
    changed ? 'yes' : '',
    hit ?? '',
  ]);
  const text = table(['AT', 'METHOD', 'PATH', 'STATUS', 'CHANGED', 'FAULT'], rows, 'No such request came.');
  const left = wanted.length - newest.length;
  const json = newest.map((entry) => ({ ...entry, at: new Date(entry.at).toISOString() }));
  return {
    text: left > 0 ? `${text}\n\n${left} came before these: --limit shows more.` : text,
    json,
    exit: 0,
  };
}
