import type { FC, PropsWithChildren } from 'hono/jsx';
import { decisionsInForce, type Approval, type ApprovalSheet } from '../../../shared/rpc.ts';
import { leavesOf, textOf, type Leaf } from '../edits.ts';
import { Form, Live, When } from './common.tsx';
import { Decisions } from './approval.tsx';
import { piecesOf } from './odd.ts';
import { Reason, type reasonsOf } from './reasons.tsx';
import { Text } from './safe-text.tsx';

/** How long is left, how many people are needed, and the three decisions; in their place, why this person may not decide. */
export const Decide: FC<{ sheet: ApprovalSheet; csrf: string }> = ({ sheet, csrf }) => (
  <div class="card decide">
    <Live id="approval-clock">
      <Clock sheet={sheet} />
    </Live>
    {sheet.status !== 'waiting' ? (
      <>
        <Decisions of={sheet.decisions} />
        <a class="button" href="/console/approvals" data-item="">
          On to what still waits
        </a>
      </>
    ) : sheet.mayDecide.ok ? (
      <>
        {sheet.mayDecide.onBehalfOf === null ? null : (
          <p class="notice warn">
            You decide for <Text of={sheet.mayDecide.onBehalfOf} />, who is away.
          </p>
        )}
        <Forms sheet={sheet} csrf={csrf} />
      </>
    ) : (
      <p class="notice warn">
        You may not decide this: <Text of={sheet.mayDecide.why} />
      </p>
    )}
  </div>
);

/** How many approved what is in force now: what was decided before an edit counts no more. Pure. */
export function givenTo(sheet: Approval): number {
  return decisionsInForce(sheet).filter(({ decision }) => decision === 'approve').length;
}

const Clock: FC<{ sheet: ApprovalSheet }> = ({ sheet }) => {
  const { status, deadline, needs, group, escalation, escalated } = sheet;
  const asked = [group, ...escalation.slice(0, escalated)].join(', then ');
  return (
    <>
      {status === 'waiting' ? (
        <p>
          Denied{' '}
          <strong>
            <When at={deadline} />
          </strong>{' '}
          if nobody decides.
        </p>
      ) : null}
      <p class="small muted">
        {givenTo(sheet)} of {needs} {needs === 1 ? 'approval' : 'approvals by different people'} given. Asked:{' '}
        {asked}.
      </p>
    </>
  );
};

const Forms: FC<{ sheet: ApprovalSheet; csrf: string }> = ({ sheet, csrf }) => (
  <>
    <Decision sheet={sheet} csrf={csrf} decision="approve">
      <button class="primary big" data-act="a" name="decision" value="approve">
        <span aria-hidden="true">✓ </span>Approve
      </button>
    </Decision>
    <details class="other" name="decision">
      <summary class="button" data-act="r">
        <span aria-hidden="true">✕ </span>Reject
      </summary>
      <Decision sheet={sheet} csrf={csrf} decision="reject">
        <button class="stop" name="decision" value="reject">
          Reject
        </button>
      </Decision>
    </details>
    <details class="other" name="decision">
      <summary class="button" data-act="m">
        <span aria-hidden="true">✎ </span>Modify and approve
      </summary>
      <Decision sheet={sheet} csrf={csrf} decision="modify">
        <Fields leaves={leavesOf(sheet.input)} />
        <p class="small muted">
          The changed call goes through every check again.{' '}
          {sheet.needs > 1 ? 'Who edits it does not count as one of its approvers.' : ''}
        </p>
        <button class="primary" name="decision" value="modify">
          Modify and approve
        </button>
      </Decision>
    </details>
  </>
);

const Decision: FC<
  PropsWithChildren<{ sheet: ApprovalSheet; csrf: string; decision: keyof typeof reasonsOf }>
> = ({ sheet, csrf, decision, children }) => (
  <Form action={`/console/approvals/${sheet.id}/decision`} csrf={csrf} id={`form-${decision}`}>
    <input type="hidden" name="digest" value={sheet.digest} />
    <Reason decision={decision} id={decision} />
    {children}
  </Form>
);

/** One field for each value of the input. A masked one is replaced whole, or left as it is. */
const Fields: FC<{ leaves: readonly Leaf[] }> = ({ leaves }) => (
  <fieldset class="fields">
    <legend>Change</legend>
    {leaves.map((leaf) => {
      const text = textOf(leaf.value);
      const id = `edit${leaf.pointer}`;
      return (
        <div>
          <label for={id}>
            <Text of={leaf.name} max={120} />
            {leaf.masked.length > 0 ? (
              <span class="muted"> (holds what is masked: write over it, or leave it)</span>
            ) : null}
          </label>
          {piecesOf(text).some((piece) => 'code' in piece) ? (
            // A browser would change such characters without a word.
            <p class="small">
              <Text of={text} />{' '}
              <span class="muted">holds characters that a form cannot keep: leave it out, or reject</span>
            </p>
          ) : text.length > 60 || text.includes('\n') ? (
            <textarea id={id} name={`edit:${leaf.pointer}`} rows={4}>
              {`\n${text}`}
            </textarea>
          ) : (
            <input id={id} name={`edit:${leaf.pointer}`} value={text} autocomplete="off" />
          )}
          <label class="small">
            <input type="checkbox" name={`drop:${leaf.pointer}`} value="yes" /> leave it out
          </label>
        </div>
      );
    })}
  </fieldset>
);
