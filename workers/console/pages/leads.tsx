import { Hono } from 'hono';
import type { Child, FC } from 'hono/jsx';
import { correctionReasons } from '../../../shared/lead-errors.ts';
import { mayRevealLeads, type LeadRevealed } from '../../../shared/lead-vault.ts';
import type { Role } from '../../../shared/people.ts';
import { problems, type Problem } from '../../../shared/problems.ts';
import type { LeadDetail } from '../../../shared/rpc.ts';
import { reach } from '../answer.ts';
import type { Ask, Console } from '../asking.ts';
import { Badge, Facts, Form, Refused, Table, When, type Tone } from '../parts/common.tsx';
import { Short } from '../parts/ids.tsx';
import { holds, WhoMay } from '../parts/may.tsx';
import { Text } from '../parts/safe-text.tsx';
import { givenOf, Search, type Field } from '../parts/search.tsx';
import { seeOther } from './kit.ts';
import { show, showRefused } from './show.tsx';

/** The leads of all sites by state; one lead, masked, and what people can do about it. */
export const leads = new Hono<Console>();

const PATH = '/console/leads';
/** As many as the inboxes give at once. */
const MOST = 200;
const head = { title: 'Leads', here: 'leads' } as const;

const mayRecover: readonly Role[] = ['operator'];
const mayCorrect: readonly Role[] = ['operator', 'owner'];

const fields: readonly Field[] = [
  { name: 'site', label: 'Site' },
  { name: 'status', label: 'State', options: ['new', 'routed', 'human-queue', 'quarantined'] },
];

leads.get('/leads', async (c) => {
  const given = givenOf(
    new URL(c.req.url).searchParams,
    fields.map(({ name }) => name),
  );
  const found = await reach(async () => c.env.LEADS.list(c.var.visitor.token, { ...given, limit: 100 }));
  const body = (
    <>
      <h1>Leads</h1>
      <Search action={PATH} fields={fields} given={given} label="Search leads" />
      {found.ok ? (
        <Inbox of={found.value} filtered={Object.keys(given).length > 0} />
      ) : (
        <Refused problem={found.problem} />
      )}
    </>
  );
  return show(c, head, body, found.ok ? 200 : problems[found.problem.code].status);
});

leads.get('/leads/:id', async (c) => page(c));

leads.post('/leads/:id/recovery', async (c) => {
  const id = c.req.param('id');
  const done = await reach(async () => c.env.LEADS.recover(c.var.visitor.token, id));
  return done.ok ? seeOther(`${PATH}/${encodeURIComponent(id)}`) : page(c, { problem: done.problem });
});

leads.post('/leads/:id/correction', async (c) => {
  const id = c.req.param('id');
  const { form, visitor } = c.var;
  const input = { queue: form.get('queue') ?? '', reason: form.get('reason') ?? '' };
  const done = await reach(async () => c.env.LEADS.correct(visitor.token, id, input));
  return done.ok ? seeOther(`${PATH}/${encodeURIComponent(id)}`) : page(c, { problem: done.problem });
});

// Answered with the page itself: what is shown stands in no address, and a reload asks again.
leads.post('/leads/:id/reveal', async (c) => {
  const { form, visitor } = c.var;
  const input = { field: form.get('field') ?? '', reason: form.get('reason') ?? '' };
  const done = await reach(async () => c.env.LEADS.reveal(visitor.token, c.req.param('id'), input));
  return page(c, done.ok ? { revealed: done.value } : { problem: done.problem });
});

async function page(
  c: Ask,
  { problem = null, revealed }: { problem?: Problem | null; revealed?: LeadRevealed } = {},
): Promise<Response> {
  const id = c.req.param('id') ?? '';
  const found = await reach(async () => c.env.LEADS.list(c.var.visitor.token, { limit: MOST }));
  if (!found.ok) return showRefused(c, head, found.problem);
  const lead = found.value.find((one) => one.id === id);
  const detail = `It is none of the newest ${MOST}: search its site and state.`;
  if (!lead) return showRefused(c, head, problem ?? { code: 'not-found', detail });
  const body = (
    <>
      <div class="row">
        <h1>Lead</h1>
        <Short of={lead.id} />
      </div>
      {problem === null ? null : <Refused problem={problem} />}
      <Lead lead={lead} />
      {revealed === undefined ? null : <Shown of={revealed} />}
      <Reveal lead={lead} c={c} />
      <Acts lead={lead} c={c} />
    </>
  );
  return show(c, head, body, problem === null ? 200 : problems[problem.code].status);
}

const tones: Readonly<Record<LeadDetail['status'], Tone>> = {
  new: 'calm',
  routed: 'good',
  'human-queue': 'warn',
  quarantined: 'bad',
};

const Inbox: FC<{ of: readonly LeadDetail[]; filtered: boolean }> = ({ of, filtered }) => (
  <Table
    caption="Leads, newest first"
    head={['Received', 'Lead', 'Site', 'State', 'Queue', 'Company', 'Interest']}
    rows={of.map((lead) => [
      <When at={lead.receivedAt} />,
      <Short of={lead.id} href={`${PATH}/${encodeURIComponent(lead.id)}`} />,
      <Text of={lead.site} max={60} />,
      <>
        <Badge tone={tones[lead.status]}>{lead.status}</Badge>
        {lead.test ? ' a test' : ''}
      </>,
      lead.queue === null ? '' : <Text of={lead.queue} max={60} />,
      lead.companyDomain === null ? '' : <Text of={lead.companyDomain} max={60} />,
      lead.interest === null ? '' : <Text of={lead.interest} max={60} />,
    ])}
    empty={
      filtered
        ? 'No lead matches.'
        : 'No lead has come in yet. docs/leads.md says how a site sends its first one.'
    }
  />
);

/** One lead; who wrote it is masked for everybody, until somebody has a field shown. */
const Lead: FC<{ lead: LeadDetail }> = ({ lead }) => {
  const { status, receivedAt, queue, routedBy, reasons, consent, sealed } = lead;
  const known = (value: string | number | null): Child =>
    value === null ? <span class="muted">not said</span> : <Text of={String(value)} />;
  return (
    <section class="card" aria-label="The lead">
      <Facts
        of={[
          ['State', <Badge tone={tones[status]}>{status}</Badge>],
          ['Received', <When at={receivedAt} />],
          ['Site', known(lead.site)],
          ['Queue', known(queue)],
          ['Routed by', known(routedBy)],
          reasons.length === 0 ? null : ['Why it is or was in quarantine', known(reasons.join(', '))],
          ['Name', known(lead.name)],
          ['Mail', known(lead.email)],
          ['Phone', known(lead.phone)],
          ['Company', known(lead.company)],
          ['Domain', known(lead.companyDomain)],
          ['Country', known(lead.country)],
          ['Employees', known(lead.employees)],
          ['Interest', known(lead.interest)],
          ['Message', known(lead.message)],
          ['Consent', `${consent.given ? 'given' : 'not given'}, wording ${consent.version}`],
          ['Sealed', known(sealed.join(', '))],
        ]}
      />
    </section>
  );
};

/** What was just shown to this person. */
const Shown: FC<{ of: LeadRevealed }> = ({ of: { field, values } }) => (
  <section class="card" aria-labelledby="shown">
    <h2 id="shown">{field}</h2>
    {values.map((value) => (
      <p>
        <Text of={value} />
      </p>
    ))}
    <p class="muted">It is recorded that you saw this. Leave the page when you are done.</p>
  </section>
);

const Reveal: FC<{ lead: LeadDetail; c: Ask }> = ({ lead: { id, sealed }, c }) => {
  const { visitor } = c.var;
  if (!holds(visitor, mayRevealLeads))
    return <WhoMay what="Who may have a sealed field shown" allowed={mayRevealLeads} />;
  return (
    <section class="card" aria-labelledby="reveal">
      <h2 id="reveal">Show a sealed field</h2>
      <p>It is recorded that you saw it, and why.</p>
      <Form action={`${PATH}/${encodeURIComponent(id)}/reveal`} csrf={visitor.csrf}>
        <label for="field">Field</label>
        <select id="field" name="field">
          {sealed.map((field) => (
            <option value={field}>{field}</option>
          ))}
        </select>
        <label for="why">Why you have to see it</label>
        <input id="why" name="reason" required minlength={3} maxlength={200} autocomplete="off" />
        <button>Show it</button>
      </Form>
    </section>
  );
};

const Acts: FC<{ lead: LeadDetail; c: Ask }> = ({ lead: { id, status, test }, c }) => {
  const { visitor } = c.var;
  if (status === 'quarantined') {
    if (!holds(visitor, mayRecover))
      return <WhoMay what="Who may take it out of quarantine" allowed={mayRecover} />;
    return (
      <section class="card" aria-labelledby="recover">
        <h2 id="recover">Take it out of quarantine</h2>
        <p>It is then routed as any other.</p>
        <Form action={`${PATH}/${encodeURIComponent(id)}/recovery`} csrf={visitor.csrf}>
          <button class="primary">Recover</button>
        </Form>
      </section>
    );
  }
  if (test) return <p class="muted">A test lead goes nowhere.</p>;
  if (!holds(visitor, mayCorrect)) return <WhoMay what="Who may send it elsewhere" allowed={mayCorrect} />;
  return (
    <section class="card" aria-labelledby="correct">
      <h2 id="correct">Send it elsewhere</h2>
      <Form action={`${PATH}/${encodeURIComponent(id)}/correction`} csrf={visitor.csrf}>
        <label for="queue">Queue</label>
        <input id="queue" name="queue" required maxlength={63} autocomplete="off" />
        <label for="reason">Reason</label>
        <select id="reason" name="reason">
          {correctionReasons.map((reason) => (
            <option value={reason}>{reason}</option>
          ))}
        </select>
        <button class="primary">Send it there</button>
      </Form>
    </section>
  );
};
