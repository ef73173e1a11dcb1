import { Hono } from 'hono';
import type { FC } from 'hono/jsx';
import type { Role } from '../../../shared/people.ts';
import { problems, type Problem } from '../../../shared/problems.ts';
import type { Delegation, PreApproval, Result } from '../../../shared/rpc.ts';
import { catalogue } from '../../tools/catalogue.ts';
import { reach } from '../answer.ts';
import type { Ask, Console } from '../asking.ts';
import { Form, Refused, Table, When } from '../parts/common.tsx';
import { holds, WhoMay } from '../parts/may.tsx';
import { Reason, reasonWords } from '../parts/reasons.tsx';
import { Text, Value } from '../parts/safe-text.tsx';
import type { Visitor } from '../visitor.ts';
import { seeOther } from './kit.ts';
import { show } from './show.tsx';

/** Decisions given beforehand, for a bounded number of calls and hours, and decisions lent while somebody is away. */
export const lending = new Hono<Console>();

const path = '/console/pre-approvals';
const head = { title: 'Pre-approvals and delegations', here: 'approvals' } as const;
const mayDecide: readonly Role[] = ['approver', 'owner'];

const HOUR_MS = 3_600_000;

lending.get('/pre-approvals', async (c) => page(c, null));

lending.post('/pre-approvals', async (c) => {
  const { form, visitor } = c.var;
  const [pointer, value] = [form.get('pointer')?.trim() ?? '', form.get('value') ?? ''];
  const input = {
    agent: form.get('agent') ?? '',
    action: form.get('action') ?? '',
    ...(pointer !== '' && { where: { [pointer]: value } }),
    count: Number(form.get('count')),
    minutes: Number(form.get('minutes')),
    reason: form.get('reason') ?? '',
    note: form.get('note') ?? '',
  };
  return after(c, await reach(async () => c.env.APPROVALS.preApprove(visitor.token, input)));
});

lending.post('/pre-approvals/:id/end', async (c) =>
  after(c, await reach(async () => c.env.APPROVALS.endPreApproval(c.var.visitor.token, c.req.param('id')))),
);

lending.post('/delegations', async (c) => {
  const { form, visitor } = c.var;
  const until = new Date(Date.now() + Number(form.get('hours')) * HOUR_MS);
  const input = {
    to: form.get('to')?.trim() ?? '',
    until: Number.isNaN(until.getTime()) ? '' : until.toISOString(),
    reason: form.get('reason') ?? '',
  };
  return after(c, await reach(async () => c.env.APPROVALS.delegate(visitor.token, input)));
});

lending.post('/delegations/:id/end', async (c) =>
  after(c, await reach(async () => c.env.APPROVALS.endDelegation(c.var.visitor.token, c.req.param('id')))),
);

async function after(c: Ask, done: Result<unknown>): Promise<Response> {
  return done.ok ? seeOther(path) : page(c, done.problem);
}

async function page(c: Ask, problem: Problem | null): Promise<Response> {
  const { visitor } = c.var;
  const [given, lent] = await Promise.all([
    reach(async () => c.env.APPROVALS.preApprovals(visitor.token)),
    reach(async () => c.env.APPROVALS.delegations(visitor.token)),
  ]);
  const body = (
    <>
      <h1>{head.title}</h1>
      {problem === null ? null : <Refused problem={problem} />}
      <h2>Pre-approvals</h2>
      {given.ok ? <Given of={given.value} csrf={visitor.csrf} /> : <Refused problem={given.problem} />}
      <h2>Delegations</h2>
      {lent.ok ? <Lent of={lent.value} csrf={visitor.csrf} /> : <Refused problem={lent.problem} />}
      {holds(visitor, mayDecide) ? (
        <Forms visitor={visitor} />
      ) : (
        <WhoMay what="Who may give or lend decisions" allowed={mayDecide} />
      )}
    </>
  );
  return show(c, head, body, problem === null ? 200 : problems[problem.code].status);
}

const Given: FC<{ of: readonly PreApproval[]; csrf: string }> = ({ of, csrf }) => (
  <Table
    caption="Pre-approvals"
    head={['Agent and action', 'Only where', 'Used', 'Until', 'By and why', '']}
    rows={of.map((one) => [
      <>
        <Text of={one.agent} /> <code>{one.action}</code>
      </>,
      Object.keys(one.where).length === 0 ? 'every such call' : <Value of={one.where} />,
      `${one.used} of ${one.count}`,
      <When at={one.endedAt ?? one.until} />,
      <>
        <Text of={one.by} />: {reasonWords(one.reason)}
        {one.note === '' ? null : (
          <>
            , “<Text of={one.note} />”
          </>
        )}
      </>,
      one.endedAt === null ? <End action={`${path}/${one.id}/end`} csrf={csrf} /> : 'ended',
    ])}
    empty="None."
  />
);

const Lent: FC<{ of: readonly Delegation[]; csrf: string }> = ({ of, csrf }) => (
  <Table
    caption="Delegations"
    head={['Who is away', 'Who decides', 'Until', 'Why', '']}
    rows={of.map(({ id, from, to, until, reason, endedAt }) => [
      <Text of={from} />,
      <Text of={to} />,
      <When at={endedAt ?? until} />,
      <Text of={reason} />,
      endedAt === null ? <End action={`/console/delegations/${id}/end`} csrf={csrf} /> : 'ended',
    ])}
    empty="None."
  />
);

const End: FC<{ action: string; csrf: string }> = ({ action, csrf }) => (
  <Form action={action} csrf={csrf}>
    <button>End it</button>
  </Form>
);

/** Only what changes something ever waits for a person. */
const changing = [...catalogue]
  .filter(([, { mode }]) => mode === 'execute')
  .map(([name]) => name)
  .sort();

const Forms: FC<{ visitor: Visitor }> = ({ visitor: { csrf } }) => (
  <div class="grid">
    <section class="card" aria-labelledby="give">
      <h2 id="give">Approve calls to come</h2>
      <Form action={path} csrf={csrf}>
        <label for="agent">Agent</label>
        <input id="agent" name="agent" required autocomplete="off" />
        <label for="action">Action</label>
        <select id="action" name="action">
          {changing.map((name) => (
            <option value={name}>{name}</option>
          ))}
        </select>
        <label for="count">How many calls at the most</label>
        <input id="count" name="count" type="number" min={1} max={100} value="5" required />
        <label for="minutes">For how many minutes (480 at the most)</label>
        <input id="minutes" name="minutes" type="number" min={1} max={480} value="60" required />
        <label for="pointer">
          Only where this member <span class="muted">(such as /company, or empty)</span>
        </label>
        <input id="pointer" name="pointer" autocomplete="off" />
        <label for="value">holds exactly</label>
        <input id="value" name="value" autocomplete="off" />
        <Reason decision="approve" id="give" />
        <button class="primary">Pre-approve</button>
      </Form>
    </section>
    <section class="card" aria-labelledby="lend">
      <h2 id="lend">Let somebody decide for you</h2>
      <Form action="/console/delegations" csrf={csrf}>
        <label for="to">Who (mail address)</label>
        <input id="to" name="to" type="email" required autocomplete="off" />
        <label for="hours">For how many hours</label>
        <input id="hours" name="hours" type="number" min={1} max={720} value="8" required />
        <label for="lend-reason">Why</label>
        <input id="lend-reason" name="reason" required maxlength={500} autocomplete="off" />
        <button class="primary">Delegate</button>
      </Form>
    </section>
  </div>
);
