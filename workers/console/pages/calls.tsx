import { Hono } from 'hono';
import type { FC } from 'hono/jsx';
import { problems } from '../../../shared/problems.ts';
import type { CallQuery } from '../../../shared/rpc.ts';
import { reach } from '../answer.ts';
import type { Console } from '../asking.ts';
import { Badge, Live, Refused, Table, When, type Tone } from '../parts/common.tsx';
import { AgentName, CallId } from '../parts/ids.tsx';
import { Text } from '../parts/safe-text.tsx';
import { givenOf, More, Search, type Field, type Given } from '../parts/search.tsx';
import { show } from './show.tsx';

/** Calls, newest first, as they come in; and a search of them. */
export const calls = new Hono<Console>();

const PATH = '/console/calls';
const PAGE = '50';

const fields: readonly Field[] = [
  { name: 'agent', label: 'Agent', hint: 'lead-router' },
  { name: 'action', label: 'Action', hint: 'crm.contact.update' },
  { name: 'tool', label: 'Tool' },
  {
    name: 'status',
    label: 'State',
    options: ['proposed', 'waiting', 'denied', 'running', 'succeeded', 'failed', 'indeterminate', 'lapsed'],
  },
  { name: 'session', label: 'Session' },
  { name: 'id', label: 'Part of the id' },
  { name: 'since', label: 'Since (UTC)', type: 'datetime-local' },
  { name: 'until', label: 'Until (UTC)', type: 'datetime-local' },
];
const names = [...fields.map(({ name }) => name), 'workflow', 'call', 'after'];

/** What of a call a list shows. */
interface CallLine {
  call: string;
  agent: string | null;
  action: string | null;
  status: string;
  reason: string | null;
  since: string;
  undo: { left?: string } | null;
  undone: unknown;
}

calls.get('/calls', async (c) => {
  const given = givenOf(new URL(c.req.url).searchParams, names);
  const query = { ...given, limit: Number(PAGE) } as CallQuery;
  const found = await reach(async () => c.env.LEDGER.calls(c.var.visitor.token, query));
  const { after, ...asked } = given;
  const head = { title: 'Calls', here: 'calls', live: after === undefined } as const;
  const body = (
    <>
      <h1>Calls</h1>
      <Search action={PATH} fields={fields} given={asked} label="Search calls" />
      <Live id="calls-list">
        {found.ok ? (
          <Lines lines={found.value.calls as CallLine[]} given={asked} next={found.value.next} />
        ) : (
          <Refused problem={found.problem} />
        )}
      </Live>
    </>
  );
  return show(c, head, body, found.ok ? 200 : problems[found.problem.code].status);
});

const Lines: FC<{ lines: readonly CallLine[]; given: Given; next: string | null }> = ({
  lines,
  given,
  next,
}) => (
  <>
    <Table
      caption="Calls, newest first"
      head={['When', 'Call', 'Agent', 'Action', 'State', 'Undo']}
      rows={lines.map((line) => [
        <When at={line.since} />,
        <CallId of={line.call} />,
        <AgentName of={line.agent} />,
        <Text of={line.action ?? 'not known'} max={80} />,
        <Status of={line.status} reason={line.reason} />,
        line.undone === null ? (line.undo?.left ?? '') : 'taken back',
      ])}
      empty={
        Object.keys(given).length > 0
          ? 'No call matches in what was looked through. Ask for less, or look at older ones.'
          : 'No calls yet. An agent makes its first one with: npm run demo'
      }
    />
    <More action={PATH} given={given} next={next} />
  </>
);

/** How a call stands, in its own word, and why where it was refused or failed. */
export const Status: FC<{ of: string; reason: string | null }> = ({ of, reason }) => (
  <>
    <Badge tone={toneOf(of)}>{of}</Badge>
    {reason === null ? null : (
      <>
        {' '}
        <span class="small">
          <Text of={reason} max={80} />
        </span>
      </>
    )}
  </>
);

/** The tone of a call's state. Pure. */
export function toneOf(status: string): Tone {
  switch (status) {
    case 'succeeded':
      return 'good';
    case 'denied':
    case 'failed':
      return 'bad';
    case 'indeterminate':
    case 'lapsed':
    case 'unknown':
      return 'warn';
    case 'waiting':
    case 'running':
      return 'calm';
    default:
      return 'plain';
  }
}
