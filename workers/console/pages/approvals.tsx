import { Hono } from 'hono';
import type { FC } from 'hono/jsx';
import { z } from 'zod';
import { approvalStatuses, type Approval, type ApprovalPage } from '../../../shared/rpc.ts';
import { reach } from '../answer.ts';
import type { Console } from '../asking.ts';
import { readQuery } from '../request.ts';
import { ApprovalBadge, costs, Gist, Sentence, touched } from '../parts/approval.tsx';
import { Badge, Live, When } from '../parts/common.tsx';
import { Text } from '../parts/safe-text.tsx';
import { show, showRefused } from './show.tsx';

/** What waits for people, most urgent first. */
export const approvals = new Hono<Console>();

const head = { title: 'Approvals', here: 'approvals', live: true } as const;

const PAGE = 50;

const word = z.string().max(200);
const query = z.strictObject({
  workflow: word.optional(),
  status: z.enum([...approvalStatuses, 'all']).optional(),
  mine: z.literal('yes').optional(),
  after: word.optional(),
});
type Query = z.infer<typeof query>;

approvals.get('/approvals', async (c) => {
  const asked = readQuery(c.req.url, query);
  if (!asked.ok) return showRefused(c, head, asked.problem);
  const { workflow = '', status = 'waiting', mine, after } = asked.value;
  const filter = {
    ...(workflow !== '' && { workflow }),
    ...(status !== 'all' && { status }),
    ...(mine === 'yes' && { mine: true }),
    ...(after !== undefined && { after }),
    limit: PAGE,
  };
  const found = await reach(async () => c.env.APPROVALS.list(c.var.visitor.token, filter));
  if (!found.ok) return showRefused(c, head, found.problem);
  return show(c, head, <Inbox page={found.value} asked={asked.value} now={Date.now()} />);
});

const Inbox: FC<{ page: ApprovalPage; asked: Query; now: number }> = ({ page, asked, now }) => (
  <>
    <div class="row apart">
      <h1>Approvals</h1>
      <a class="button" href="/console/pre-approvals">
        Pre-approvals and delegations
      </a>
    </div>
    <Filter asked={asked} />
    <Live id="approvals-list">
      {page.approvals.length === 0 ? (
        <p class="card muted">
          {(asked.status ?? 'waiting') === 'waiting' ? 'Nothing waits for people here.' : 'There are none.'}
        </p>
      ) : (
        <ul class="inbox" aria-label="Requests">
          {page.approvals.map((approval) => (
            <Request approval={approval} alike={alike(approval, page.approvals)} now={now} />
          ))}
        </ul>
      )}
    </Live>
    {page.next === null ? null : (
      <a
        class="button"
        href={`/console/approvals?${new URLSearchParams({ ...given(asked), after: page.next }).toString()}`}
      >
        More
      </a>
    )}
  </>
);

const Filter: FC<{ asked: Query }> = ({ asked: { workflow = '', status = 'waiting', mine } }) => (
  <form class="filter" action="/console/approvals" method="get">
    <label>
      State
      <select name="status">
        {[...approvalStatuses, 'all'].map((one) => (
          <option value={one} selected={one === status}>
            {one}
          </option>
        ))}
      </select>
    </label>
    <label>
      Workflow
      <input name="workflow" value={workflow} placeholder="every one" autocomplete="off" />
    </label>
    <label class="choice">
      <input type="checkbox" name="mine" value="yes" checked={mine === 'yes'} />
      Mine to decide
    </label>
    <button>Show</button>
  </form>
);

const Request: FC<{ approval: Approval; alike: number; now: number }> = ({ approval, alike, now }) => (
  <li class={`request ${urgency(approval, now)}`}>
    <a href={`/console/approvals/${approval.id}`} data-item="">
      <span class="what">
        <Sentence approval={approval} />
      </span>
      <Gist approval={approval} />
      <span class="muted small">
        <code>{approval.action}</code> · <Text of={approval.workflow} max={70} /> · touches{' '}
        {touched(approval)}
        {approval.usage.spend > 0 ? ` · costs ${costs(approval)}` : ''}
      </span>
    </a>
    <span class="marks">
      {approval.irreversible ? <Badge tone="bad">irreversible</Badge> : null}
      {approval.revision > 0 ? <Badge tone="plain">edited</Badge> : null}
      {approval.needs > 1 ? (
        <Badge tone="plain">
          {approval.decisions.length} of {approval.needs} people
        </Badge>
      ) : null}
      {approval.escalated > 0 ? <Badge tone="warn">escalated</Badge> : null}
      {approval.status === 'waiting' ? (
        <span class="due small">
          ends <When at={approval.deadline} />
        </span>
      ) : (
        <ApprovalBadge status={approval.status} />
      )}
      {alike > 1 && approval.status === 'waiting' ? (
        <a class="small" href={`/console/approvals/alike/${approval.id}`}>
          {alike} alike: decide together
        </a>
      ) : null}
    </span>
  </li>
);

/** How many of a page ask for the same action by the same agent. Pure. */
function alike({ agent, action, status }: Approval, all: readonly Approval[]): number {
  return all.filter((one) => one.agent === agent && one.action === action && one.status === status).length;
}

/** Pure: late once the first group should have decided; close when less than a fifth of its time is left. */
export function urgency(
  { status, requestedAt, respondBy, deadline }: Approval,
  now: number,
): 'late' | 'close' | '' {
  if (status !== 'waiting') return '';
  const [asked, end] = [Date.parse(requestedAt), Date.parse(deadline)];
  if (end - now < (end - asked) / 5) return 'close';
  return Date.parse(respondBy) < now ? 'late' : '';
}

function given(asked: Query): Record<string, string> {
  return Object.fromEntries(
    Object.entries(asked).filter((pair): pair is [string, string] => pair[1] !== undefined),
  );
}
