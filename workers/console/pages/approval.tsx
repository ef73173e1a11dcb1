import { Hono } from 'hono';
import type { FC } from 'hono/jsx';
import { problems, type Problem } from '../../../shared/problems.ts';
import type { ApprovalSheet, Result, Revealed } from '../../../shared/rpc.ts';
import { reach } from '../answer.ts';
import type { Ask, Console } from '../asking.ts';
import { editsOf } from '../edits.ts';
import {
  ApprovalBadge,
  Because,
  Changes,
  Decisions,
  Diff,
  Earlier,
  Input,
  Policies,
  Sentence,
  Stakes,
} from '../parts/approval.tsx';
import { Form, Live, Refused, When } from '../parts/common.tsx';
import { Decide } from '../parts/decide.tsx';
import { plainOf } from '../parts/odd.ts';
import { reasonWords } from '../parts/reasons.tsx';
import { Text, Value } from '../parts/safe-text.tsx';
import { seeOther } from './kit.ts';
import { show, showRefused } from './show.tsx';

/** One request: everything that a decision needs, on one screen. */
export const approval = new Hono<Console>();

const head = { title: 'Approval', here: 'approvals', live: true } as const;

approval.get('/approvals/:id', async (c) => {
  const found = await sheetOf(c);
  return found.ok ? screen(c, found.value, {}) : showRefused(c, head, found.problem);
});

/** Approves, rejects, or edits and approves: exactly what this person saw, by its digest. */
approval.post('/approvals/:id/decision', async (c) => {
  const found = await sheetOf(c);
  if (!found.ok) return showRefused(c, head, found.problem);
  const input = decisionOf(found.value, c.var.form);
  if (!input.ok) return screen(c, found.value, { problem: input.problem });
  const decided = await reach(async () =>
    c.env.APPROVALS.decide(c.var.visitor.token, found.value.id, input.value),
  );
  if (!decided.ok) return screen(c, found.value, { problem: decided.problem });
  return seeOther(`/console/approvals/${found.value.id}`);
});

/** Shows one personal value to this person, this once. The guard journals it. */
approval.post('/approvals/:id/reveal', async (c) => {
  const found = await sheetOf(c);
  if (!found.ok) return showRefused(c, head, found.problem);
  const { form, visitor } = c.var;
  const input = {
    pointer: form.get('pointer') ?? '',
    reason: form.get('reason') ?? '',
    digest: form.get('digest') ?? '',
  };
  const revealed = await reach(async () => c.env.APPROVALS.reveal(visitor.token, found.value.id, input));
  return screen(c, found.value, revealed.ok ? { revealed: revealed.value } : { problem: revealed.problem });
});

async function sheetOf(c: Ask): Promise<Result<ApprovalSheet>> {
  return reach(async () => c.env.APPROVALS.get(c.var.visitor.token, c.req.param('id') ?? ''));
}

/** A decision as the desk takes it, from the fields of the form. Pure. */
function decisionOf({ input }: ApprovalSheet, form: URLSearchParams): Result<unknown> {
  const decision = form.get('decision') ?? '';
  const common = {
    decision,
    reason: form.get('reason') ?? '',
    note: form.get('note') ?? '',
    digest: form.get('digest') ?? '',
  };
  if (decision !== 'modify') return { ok: true, value: common };
  const edited = editsOf(input, form);
  return edited.ok
    ? { ok: true, value: { ...common, edits: edited.edits } }
    : { ok: false, problem: { code: 'invalid', detail: edited.fault } };
}

interface Shown {
  problem?: Problem;
  revealed?: Revealed;
}

async function screen(c: Ask, sheet: ApprovalSheet, { problem, revealed }: Shown): Promise<Response> {
  const { csrf } = c.var.visitor;
  const body = (
    <>
      <div class="row small">
        <a href="/console/approvals">All approvals</a>
        <Live id="approval-state">
          <ApprovalBadge status={sheet.status} />
        </Live>
      </div>
      <h1 class="sentence">
        <Sentence approval={sheet} />
      </h1>
      {problem === undefined ? null : <Refused problem={problem} />}
      <Stakes approval={sheet} />
      {sheet.status === 'waiting' && sheet.mayDecide.ok ? (
        <a class="button primary jump" href="#decide">
          Decide
        </a>
      ) : null}
      <div class="screen">
        <div>
          <What sheet={sheet} csrf={csrf} revealed={revealed} />
          <Why sheet={sheet} />
        </div>
        <aside aria-label="Your decision" id="decide">
          <Decide sheet={sheet} csrf={csrf} />
        </aside>
      </div>
    </>
  );
  const status = problem === undefined ? 200 : problems[problem.code].status;
  const live = `/console/approvals/${sheet.id}`;
  return show(c, { ...head, live, title: `${plainOf(sheet.effect, 60)} · Approval` }, body, status);
}

const What: FC<{ sheet: ApprovalSheet; csrf: string; revealed: Revealed | undefined }> = ({
  sheet,
  csrf,
  revealed,
}) => (
  <>
    <section class="card" aria-labelledby="diff">
      <h2 id="diff">What it changes</h2>
      <Diff approval={sheet} />
    </section>
    {sheet.edited === null ? null : (
      <section class="card" aria-labelledby="edited">
        <h2 id="edited">Edited by a person</h2>
        <p>
          <Text of={sheet.edited.by} />, <When at={sheet.edited.at} />: {reasonWords(sheet.edited.reason)}
          {sheet.edited.note === '' ? null : (
            <>
              , “<Text of={sheet.edited.note} />”
            </>
          )}
        </p>
        <Changes
          of={sheet.edited.differences.map(({ pointer, before, after }) => ({
            name: pointer,
            before,
            after,
          }))}
        />
      </section>
    )}
    <section class="card" aria-labelledby="input">
      <h2 id="input">What would be sent</h2>
      <Input
        approval={sheet}
        reveal={(pointer) =>
          revealed?.pointer === pointer ? (
            <p class="revealed">
              <Value of={revealed.value} /> <span class="muted small">shown to you; this is recorded</span>
            </p>
          ) : sheet.status === 'waiting' && sheet.mayDecide.ok ? (
            <Reveal sheet={sheet} csrf={csrf} pointer={pointer} />
          ) : null
        }
      />
      <Releases of={sheet.releases} />
    </section>
  </>
);

/** What of people is opened where the call runs. */
const Releases: FC<{ of: readonly string[] }> = ({ of }) =>
  of.length === 0 ? null : (
    <>
      <h3>What it lets out about people</h3>
      <ul>
        {of.map((one) => (
          <li>
            <Text of={one} max={300} />
          </li>
        ))}
      </ul>
    </>
  );

const Reveal: FC<{ sheet: ApprovalSheet; csrf: string; pointer: string }> = ({ sheet, csrf, pointer }) => (
  <details class="reveal">
    <summary>Reveal</summary>
    <Form action={`/console/approvals/${sheet.id}/reveal`} csrf={csrf}>
      <input type="hidden" name="pointer" value={pointer} />
      <input type="hidden" name="digest" value={sheet.digest} />
      <label>
        Why you must see it (this is recorded)
        <input name="reason" required maxlength={500} autocomplete="off" />
      </label>
      <button>Show it to me</button>
    </Form>
  </details>
);

const Why: FC<{ sheet: ApprovalSheet }> = ({ sheet }) => (
  <>
    <section class="card" aria-labelledby="because">
      <h2 id="because">Why, the agent says</h2>
      <Because approval={sheet} />
    </section>
    <section class="card" aria-labelledby="policies">
      <h2 id="policies">Why people are asked</h2>
      <Policies of={sheet.policies} />
      <hr />
      <p class="small muted">
        Call{' '}
        <a href={`/console/calls/${sheet.call}`}>
          <code>{sheet.call}</code>
        </a>
        <br />
        Workflow <Text of={sheet.workflow} /> · policies <code>{sheet.policyVersion}</code>
        <br />
        Digest <code>{sheet.digest.slice(0, 16)}</code>, revision {sheet.revision}: your decision counts for
        exactly this
      </p>
    </section>
    <section class="card" aria-labelledby="earlier">
      <h2 id="earlier">Decided before</h2>
      <Earlier of={sheet.earlier} />
    </section>
    {sheet.status !== 'waiting' || sheet.decisions.length === 0 ? null : (
      <section class="card" aria-labelledby="sofar">
        <h2 id="sofar">Decided so far</h2>
        <Decisions of={sheet.decisions} />
      </section>
    )}
  </>
);
