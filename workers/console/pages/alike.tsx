import { Hono } from 'hono';
import type { FC } from 'hono/jsx';
import type { Approval, ApprovalSheet, DecidedOne } from '../../../shared/rpc.ts';
import { problems } from '../../../shared/problems.ts';
import { reach } from '../answer.ts';
import type { Console } from '../asking.ts';
import { leavesOf, textOf, type Leaf } from '../edits.ts';
import { ApprovalBadge, costs, Diff, Input, Sentence, touched } from '../parts/approval.tsx';
import { Badge, Form } from '../parts/common.tsx';
import { plainOf } from '../parts/odd.ts';
import { Reason } from '../parts/reasons.tsx';
import { show, showRefused } from './show.tsx';

/** Like requests, looked at and decided together: each is bound to its own digest all the same. */
export const alike = new Hono<Console>();

const head = { title: 'Alike', here: 'approvals' } as const;

/** As many as the desk takes at once, and more than anybody looks at. */
const MOST = 100;

alike.get('/approvals/alike/:id', async (c) => {
  const { token, csrf } = c.var.visitor;
  const first = await reach(async () => c.env.APPROVALS.get(token, c.req.param('id')));
  if (!first.ok) return showRefused(c, head, first.problem);
  const { workflow } = first.value;
  const found = await reach(async () =>
    c.env.APPROVALS.list(token, { workflow, status: 'waiting', limit: MOST }),
  );
  if (!found.ok) return showRefused(c, head, found.problem);
  return show(
    c,
    head,
    <Together first={first.value} all={likeOf(first.value, found.value.approvals)} csrf={csrf} />,
  );
});

alike.post('/approvals/alike', async (c) => {
  const { form, visitor } = c.var;
  const decisions = form.getAll('pick').map((picked) => {
    const [id = '', digest = ''] = picked.split(' ');
    return {
      id,
      digest,
      decision: form.get('decision') ?? '',
      reason: form.get('reason') ?? '',
      note: form.get('note') ?? '',
    };
  });
  if (decisions.length === 0)
    return showRefused(c, head, {
      code: 'invalid',
      detail: 'Nothing was picked. Go back and pick what you decide on.',
    });
  const decided = await reach(async () => c.env.APPROVALS.decideAll(visitor.token, { decisions }));
  return decided.ok ? show(c, head, <Outcomes of={decided.value} />) : showRefused(c, head, decided.problem);
});

/** Those that the same agent asks for, with the same action. Pure. */
function likeOf({ agent, action }: Approval, all: readonly Approval[]): Approval[] {
  return all.filter((one) => one.agent === agent && one.action === action);
}

const Together: FC<{ first: ApprovalSheet; all: readonly Approval[]; csrf: string }> = ({
  first,
  all,
  csrf,
}) => (
  <>
    <p class="small">
      <a href="/console/approvals">All approvals</a>
    </p>
    <h1 class="sentence">
      {all.length} alike. <Sentence approval={first} />
    </h1>
    <Form action="/console/approvals/alike" csrf={csrf} class="screen">
      <div>
        {all.map((one, index) => (
          <section class="card" aria-label={`Request ${index + 1} of ${all.length}`}>
            <label class="choice">
              <input type="checkbox" name="pick" value={`${one.id} ${one.digest}`} data-item="" />
              <span>
                {index + 1} of {all.length}: decide on this one, too
              </span>
            </label>
            <InShort approval={one} />
            {one.preview ? <Diff approval={one} /> : <Input approval={one} reveal={() => null} />}
            <p class="small">
              <a href={`/console/approvals/${one.id}`}>Everything about it</a>
            </p>
          </section>
        ))}
      </div>
      <aside aria-label="Your decision">
        <div class="card decide">
          {first.mayDecide.ok ? (
            <>
              <p>Decides on all that you picked, each by itself.</p>
              <Reason decision="either" id="alike" />
              <div class="row">
                <button class="primary" name="decision" value="approve">
                  <span aria-hidden="true">✓ </span>Approve picked
                </button>
                <button class="stop" name="decision" value="reject">
                  <span aria-hidden="true">✕ </span>Reject picked
                </button>
              </div>
            </>
          ) : (
            <p>You may not decide on these.</p>
          )}
        </div>
      </aside>
    </Form>
  </>
);

/** The first things that it sends and that are no change: which record it is about. Pure. */
export function unchangedOf({ preview, input }: Pick<Approval, 'preview' | 'input'>): Leaf[] {
  const changed = new Set(preview?.changes.map(({ field }) => field));
  return preview
    ? leavesOf(input)
        .filter(({ name }) => !changed.has(name))
        .slice(0, 2)
    : [];
}

/** What weighs most, in a line: like requests differ elsewhere. */
const InShort: FC<{ approval: Approval }> = ({ approval }) => (
  <p class="small muted in-short">
    {unchangedOf(approval).map(({ name, value }) => (
      <>
        {plainOf(name, 40)} {plainOf(textOf(value), 60)} ·{' '}
      </>
    ))}
    Touches {touched(approval)} · costs {costs(approval)} ·{' '}
    {approval.irreversible ? <Badge tone="bad">irreversible</Badge> : 'can be undone'} ·{' '}
    {approval.sensitivity} data
  </p>
);

const Outcomes: FC<{ of: readonly DecidedOne[] }> = ({ of }) => (
  <>
    <h1>Decided together</h1>
    <ul class="plain card">
      {of.map(({ id, outcome }) => (
        <li>
          {outcome.ok ? (
            <ApprovalBadge status={outcome.value.status} />
          ) : (
            <Badge tone="bad">{problems[outcome.problem.code].title}</Badge>
          )}{' '}
          <a href={`/console/approvals/${encodeURIComponent(id)}`}>
            <code>{id}</code>
          </a>
        </li>
      ))}
    </ul>
    <a class="button" href="/console/approvals">
      On to what still waits
    </a>
  </>
);
