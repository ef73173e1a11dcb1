import { Hono } from 'hono';
import { z } from 'zod';
import { handoffStates, type Handoff } from '../../../shared/handoffs.ts';
import { samePerson, type Role } from '../../../shared/people.ts';
import { problems, type Problem } from '../../../shared/problems.ts';
import type { Review } from '../../../shared/reviews.ts';
import type { Result } from '../../../shared/rpc.ts';
import { reach } from '../answer.ts';
import type { Ask, Console } from '../asking.ts';
import { Form, Live, Refused } from '../parts/common.tsx';
import { holds, WhoMay } from '../parts/may.tsx';
import { Text } from '../parts/safe-text.tsx';
import { CaseActs, CaseBadge, CaseFacts, Cases, Judge, ReviewFacts, Reviews } from '../parts/triage.tsx';
import { readQuery } from '../request.ts';
import { reportCall } from '../triage.ts';
import { seeOther } from './kit.ts';
import { show, showRefused } from './show.tsx';

/** Cases that agents handed over, calls that somebody reported, and calls to look at after they ran. */
export const triage = new Hono<Console>();

const path = '/console/triage';
const head = { title: 'Triage', here: 'triage', live: true } as const;
const reviewers: readonly Role[] = ['approver', 'owner'];
const query = z.strictObject({ state: z.enum(['', ...handoffStates, 'all']).optional() });

triage.get('/triage', async (c) => {
  const asked = readQuery(c.req.url, query);
  if (!asked.ok) return showRefused(c, head, asked.problem);
  const { state = '' } = asked.value;
  const { token } = c.var.visitor;
  const [cases, reviews] = await Promise.all([
    reach(async () => c.env.TRIAGE.list(token, state === '' || state === 'all' ? {} : { state })),
    reach(async () => c.env.REVIEWS.list(token, state === 'all' ? {} : { state: 'open' })),
  ]);
  // What is over is not in the way unless somebody asks for it.
  const shown = (found: Handoff[]): Handoff[] =>
    state === '' ? found.filter((one) => one.state !== 'resolved') : found;
  const body = (
    <>
      <h1>{head.title}</h1>
      <Filter state={state} />
      <Live id="triage-cases">
        <h2>Cases</h2>
        {cases.ok ? <Cases of={shown(cases.value)} now={Date.now()} /> : <Refused problem={cases.problem} />}
      </Live>
      <Live id="triage-reviews">
        <h2>Calls to look at after they ran</h2>
        {reviews.ok ? <Reviews of={reviews.value} /> : <Refused problem={reviews.problem} />}
      </Live>
    </>
  );
  return show(c, head, body);
});

function Filter({ state }: { state: string }) {
  return (
    <form class="filter" action={path} method="get">
      <label>
        State
        <select name="state">
          {['', ...handoffStates, 'all'].map((one) => (
            <option value={one} selected={one === state}>
              {one === '' ? 'not resolved' : one}
            </option>
          ))}
        </select>
      </label>
      <button>Show</button>
    </form>
  );
}

triage.get('/triage/cases/:id', async (c) => onePage(c, await caseOf(c), caseBody));
triage.post('/triage/cases/:id', async (c) => {
  const { form, visitor } = c.var;
  const id = c.req.param('id');
  const input = { do: form.get('do') ?? '', note: form.get('note') ?? '' };
  const acted = await reach(async () => c.env.TRIAGE.act(visitor.token, id, input));
  return acted.ok ? seeOther(`${path}/cases/${id}`) : onePage(c, await caseOf(c), caseBody, acted.problem);
});

triage.get('/triage/reviews/:call', async (c) => onePage(c, await reviewOf(c), reviewBody));
triage.post('/triage/reviews/:call', async (c) => {
  const { form, visitor } = c.var;
  const call = c.req.param('call');
  const input = { verdict: form.get('verdict') ?? '', note: form.get('note') ?? '' };
  const recorded = await reach(async () => c.env.REVIEWS.record(visitor.token, call, input));
  if (recorded.ok) return seeOther(`${path}/reviews/${call}`);
  return onePage(c, await reviewOf(c), reviewBody, recorded.problem);
});

triage.get('/triage/report/:call', async (c) => reportForm(c, null));
triage.post('/triage/report/:call', async (c) => {
  const { form, visitor } = c.var;
  const reason = { reason: form.get('reason') ?? '' };
  const reported = await reportCall(c.env, visitor.token, c.req.param('call'), reason);
  return reported.ok ? seeOther(`${path}/cases/${reported.value.id}`) : reportForm(c, reported.problem);
});

async function caseOf(c: Ask): Promise<Result<Handoff>> {
  return reach(async () => c.env.TRIAGE.get(c.var.visitor.token, c.req.param('id') ?? ''));
}

async function reviewOf(c: Ask): Promise<Result<Review>> {
  return reach(async () => c.env.REVIEWS.get(c.var.visitor.token, c.req.param('call') ?? ''));
}

/** One case or review, with what was refused of what was just asked, if anything was. */
async function onePage<T>(
  c: Ask,
  found: Result<T>,
  body: (c: Ask, value: T, refused: ReturnType<typeof Refused> | null) => ReturnType<typeof caseBody>,
  problem?: Problem,
): Promise<Response> {
  if (!found.ok) return showRefused(c, head, problem ?? found.problem);
  const refused = problem === undefined ? null : <Refused problem={problem} />;
  return show(
    c,
    head,
    body(c, found.value, refused),
    problem === undefined ? 200 : problems[problem.code].status,
  );
}

function caseBody(c: Ask, one: Handoff, refused: unknown) {
  const { email, csrf } = c.var.visitor;
  const now = Date.now();
  return (
    <>
      <p class="row small">
        <a href={path}>All cases</a>
        <Live id="case-state">
          <CaseBadge of={one} now={now} />
        </Live>
      </p>
      <h1>
        <Text of={one.agent} max={70} />: {one.kind}
        {one.urgent ? ', urgent' : ''}
      </h1>
      {refused}
      <section class="card" aria-labelledby="case">
        <h2 id="case">What it is</h2>
        <p>
          <Text of={one.summary} />
        </p>
        <CaseFacts of={one} />
      </section>
      <section class="card" aria-labelledby="act">
        <h2 id="act">What you do</h2>
        <CaseActs of={one} mine={one.owner !== null && samePerson(one.owner, email)} csrf={csrf} now={now} />
      </section>
    </>
  );
}

function reviewBody(c: Ask, review: Review, refused: unknown) {
  const { visitor } = c.var;
  const may = holds(visitor, reviewers);
  return (
    <>
      <p class="small">
        <a href={path}>All reviews</a>
      </p>
      <h1>Review of a call</h1>
      {refused}
      <section class="card" aria-labelledby="review">
        <h2 id="review">What ran</h2>
        <ReviewFacts of={review} />
      </section>
      {review.state === 'done' ? null : (
        <section class="card" aria-labelledby="verdict">
          <h2 id="verdict">Your verdict</h2>
          {may ? (
            <Judge call={review.call} csrf={visitor.csrf} />
          ) : (
            <WhoMay what="Who may review" allowed={reviewers} />
          )}
        </section>
      )}
    </>
  );
}

async function reportForm(c: Ask, problem: Problem | null): Promise<Response> {
  const call = c.req.param('call') ?? '';
  const body = (
    <>
      <h1>Report a call</h1>
      {problem === null ? null : <Refused problem={problem} />}
      <p>
        Whoever answers for the agent is asked about{' '}
        <code>
          <Text of={call} max={60} />
        </code>
        .
      </p>
      <Form action={`${path}/report/${encodeURIComponent(call)}`} csrf={c.var.visitor.csrf} class="card">
        <label>
          What is wrong with it (names nobody)
          <textarea name="reason" rows={3} maxlength={1000} required></textarea>
        </label>
        <button class="primary">Report</button>
      </Form>
    </>
  );
  return show(c, { ...head, live: false }, body, problem === null ? 200 : problems[problem.code].status);
}
