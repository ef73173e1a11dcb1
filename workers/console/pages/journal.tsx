import { Hono } from 'hono';
import type { FC } from 'hono/jsx';
import type { Entry } from '../../../shared/journal.ts';
import { problems } from '../../../shared/problems.ts';
import type { JournalQuery } from '../../../shared/rpc.ts';
import { reach } from '../answer.ts';
import type { Console } from '../asking.ts';
import { checkEntries, type Checked } from '../checked.ts';
import { exportJournal } from '../export.ts';
import { Refused, Table, When } from '../parts/common.tsx';
import { AgentName, Linked } from '../parts/ids.tsx';
import { plainOf } from '../parts/odd.ts';
import { Text, Value } from '../parts/safe-text.tsx';
import { givenOf, More, Search, type Field } from '../parts/search.tsx';
import { show } from './show.tsx';

/** The audit log: a search, a check of what it found, and all of it to take away. */
export const journal = new Hono<Console>();

const PATH = '/console/journal';
const head = { title: 'Journal', here: 'journal' } as const;

const fields: readonly Field[] = [
  { name: 'agent', label: 'Agent' },
  { name: 'call', label: 'Call', hint: 'call_…' },
  { name: 'kind', label: 'Kind', hint: 'approval.decided' },
  { name: 'action', label: 'Action' },
  { name: 'tool', label: 'Tool' },
  { name: 'session', label: 'Session' },
  { name: 'since', label: 'Since (UTC)', type: 'datetime-local' },
  { name: 'until', label: 'Until (UTC)', type: 'datetime-local' },
];
const names = [...fields.map(({ name }) => name), 'workflow', 'after'];

journal.get('/journal', async (c) => {
  const { after, ...asked } = givenOf(new URL(c.req.url).searchParams, names);
  const query: JournalQuery = { ...asked, limit: 50, ...(after !== undefined && { after }) };
  const found = await reach(async () => c.env.LEDGER.query(c.var.visitor.token, query));
  const body = (
    <>
      <h1>Journal</h1>
      <Search action={PATH} fields={fields} given={asked} label="Search the journal" />
      {found.ok ? (
        <>
          <Proof of={checkEntries(found.value.entries as Entry[])} />
          <Entries of={found.value.entries as Entry[]} />
          <More action={PATH} given={asked} next={found.value.next} />
        </>
      ) : (
        <Refused problem={found.problem} />
      )}
      <Whole />
    </>
  );
  return show(c, head, body, found.ok ? 200 : problems[found.problem.code].status);
});

journal.get('/journal/export', async (c) => exportJournal(c.env.LEDGER, c.var.visitor.token));

const Proof: FC<{ of: Checked }> = ({ of: { sound, linked, faults } }) => (
  <div class={`notice ${faults.length === 0 ? 'good' : 'bad'}`} role="status">
    <p>
      {faults.length === 0 ? 'Checked just now: ' : 'NOT AS IT WAS WRITTEN: '}
      {sound} of {sound + faults.filter(({ kind }) => kind === 'altered').length} entries on this page hold to
      their own hash, {linked} follow the entry before them in their chain.
      {faults.map(({ kind, source, seq }) => (
        <>
          {' '}
          {kind}: entry {seq} of <Text of={source} max={80} />.
        </>
      ))}
    </p>
  </div>
);

const Entries: FC<{ of: readonly Entry[] }> = ({ of }) => (
  <Table
    caption="Entries, newest first"
    head={['When', 'Kind', 'About', 'Who', 'Says', 'Chain']}
    rows={of.map(({ at, kind, data, source, seq, hash, prev }) => [
      <When at={at} />,
      <Text of={kind} max={60} />,
      <>
        {data.agent === undefined ? null : <AgentName of={data.agent} />}{' '}
        {data.call === undefined ? null : <Linked of={data.call} />}
      </>,
      data.person === undefined ? '' : <Text of={data.person} max={80} />,
      <details>
        <summary>{Object.keys(data).length} members</summary>
        <Value of={data} />
      </details>,
      <details>
        <summary>
          <Text of={source} max={60} /> {seq}
        </summary>
        <code title={plainOf(hash)}>{plainOf(hash)}</code> after <code>{plainOf(prev)}</code>
      </details>,
    ])}
    empty="Nothing matches in what was looked through. Ask for less, or for an earlier time."
  />
);

const Whole: FC = () => (
  <section class="card" aria-labelledby="whole">
    <h2 id="whole">All of it</h2>
    <p>
      <a class="button" href={`${PATH}/export`} download="toolgate-journal.ndjson">
        Export everything
      </a>
    </p>
    <p>
      An entry a line, and last the signed checkpoint of where every chain ends; a file without it was cut
      off. Whether nothing was changed, left out or cut off is proved outside the gate:{' '}
      <code>toolgate journal verify</code>, or{' '}
      <code>toolgate journal verify --file toolgate-journal.ndjson</code> of an export.
    </p>
  </section>
);
