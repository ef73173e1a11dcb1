import { Hono } from 'hono';
import type { Child, FC } from 'hono/jsx';
import { isId } from '../../../shared/ids.ts';
import type { Conflict } from '../../../shared/image.ts';
import { problems, type Problem } from '../../../shared/problems.ts';
import { operatorKinds, type OperatorAct } from '../../../shared/rpc.ts';
import type { Look } from '../../../shared/taking-back.ts';
import { reach } from '../answer.ts';
import type { Ask, Console } from '../asking.ts';
import { callSheet, type CallSheet } from '../call-sheet.ts';
import { look, operate } from '../operate.ts';
import { Facts, Form, Live, Refused, Table, When } from '../parts/common.tsx';
import { AgentName, CallId, SetVersion, Short } from '../parts/ids.tsx';
import { holds, mayStop as mayOperate, WhoMay } from '../parts/may.tsx';
import { Text, Value } from '../parts/safe-text.tsx';
import { reportCall } from '../triage.ts';
import { Timeline } from '../parts/timeline.tsx';
import { Status } from './calls.tsx';
import { seeOther } from './kit.ts';
import { show, showRefused } from './show.tsx';

/** One call from request to outcome, and what people can still do about it. */
export const call = new Hono<Console>();

call.get('/calls/:id', async (c) => page(c, null));

call.get('/calls/:id/look', async (c) => {
  const id = c.req.param('id');
  const seen = await reach(async () => look(c.env, c.var.visitor.token, id, undefined));
  if (!seen.ok) return page(c, <Refused problem={seen.problem} />, seen.problem);
  return page(c, <Seen look={seen.value} csrf={c.var.visitor.csrf} />);
});

call.post('/calls/:id/report', async (c) => {
  const { form, visitor } = c.var;
  const id = c.req.param('id');
  const reported = await reportCall(c.env, visitor.token, id, { reason: form.get('reason') ?? '' });
  if (reported.ok) return seeOther(`/console/calls/${encodeURIComponent(id)}?act=reported`);
  return page(c, <Refused problem={reported.problem} />, reported.problem);
});

for (const kind of operatorKinds) {
  call.post(`/calls/:id/${kind}`, async (c) => {
    const { form, visitor } = c.var;
    const id = c.req.param('id');
    const force = form.get('force') ?? '';
    const input = { reason: form.get('reason') ?? '', ...(force !== '' && { force }) };
    const acted = await reach(async () => operate(c.env, visitor.token, kind, id, input));
    if (acted.ok) return seeOther(`/console/calls/${encodeURIComponent(id)}?act=${acted.value.outcome}`);
    return page(c, <RefusedAct id={id} csrf={visitor.csrf} problem={acted.problem} />, acted.problem);
  });
}

/** The call's page; `said`: what came of what was just asked. */
async function page(c: Ask, said: Child | null, problem?: Problem): Promise<Response> {
  const id = c.req.param('id') ?? '';
  const sheet = await reach(async () => callSheet(c.env, c.var.visitor.token, id));
  const done = c.req.query('act');
  // One that is over changes no more, and what people opened stays open. What was just done stands in the journal some
  // seconds later, so that page follows it.
  const over = sheet.ok && sheet.value.call['endedAt'] !== null;
  const head = {
    title: isId('call', id) ? `Call …${id.slice(-6)}` : 'Call',
    here: 'calls',
    live: said === null && (!over || done !== undefined),
  } as const;
  if (!sheet.ok) return showRefused(c, head, sheet.problem);
  const body = (
    <>
      <div class="row">
        <h1>Call</h1>
        <Short of={id} />
        <a class="button" href={`/console/triage/report/${encodeURIComponent(id)}`}>
          Report it
        </a>
      </div>
      {done === undefined || said !== null ? null : <Done outcome={done} />}
      {said}
      <Live id="call-sheet">
        <Summary call={sheet.value.call} />
        {sheet.value.words === 'known' ? null : (
          <p class="notice warn">Control does not know the words of the policies that decided.</p>
        )}
        <h2>What happened</h2>
        <Timeline items={sheet.value.timeline} version={textOf(sheet.value.call['policyVersion'])} />
      </Live>
      {done === 'succeeded' ? null : <Acts id={id} sheet={sheet.value} c={c} />}
      <section class="card" aria-labelledby="report">
        <h2 id="report">Should it not have been made?</h2>
        <p>Whoever answers for the agent is told, and has to respond.</p>
        <ActForm id={id} csrf={c.var.visitor.csrf} kind="report" title="Report it" />
      </section>
    </>
  );
  return show(c, head, body, problem === undefined ? 200 : problems[problem.code].status);
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

const Summary: FC<{ call: CallSheet['call'] }> = ({ call }) => {
  const undone = call['undone'] as { by?: string; kind?: string; person?: string } | null;
  const undo = call['undo'] as { action?: string; left?: string; until?: string } | null;
  const operator = call['operator'] as {
    kind?: string;
    of?: string;
    person?: string;
    reason?: string;
  } | null;
  const deferred = call['deferred'] as { due?: string; cancelUntil?: string } | null;
  const approval = textOf(call['approval']);
  const user = textOf(call['user']);
  const ended = textOf(call['endedAt']);
  return (
    <section class="card" aria-label="The call">
      <Facts
        of={[
          ['State', <Status of={String(call['status'])} reason={textOf(call['reason'])} />],
          ['Agent', <AgentName of={textOf(call['agent'])} />],
          user === null ? null : ['On behalf of', <Text of={user} />],
          ['Action', <Text of={textOf(call['action']) ?? 'not known'} />],
          ['Mode', textOf(call['mode']) ?? 'not known'],
          ['Workflow', <Text of={textOf(call['workflow']) ?? 'not known'} />],
          ['Since', <When at={String(call['since'])} />],
          ended === null ? null : ['Ended', <When at={ended} />],
          ['Policy set', <SetVersion of={textOf(call['policyVersion'])} />],
          approval === null
            ? null
            : [
                'Approval',
                <Short of={approval} href={`/console/approvals/${encodeURIComponent(approval)}`} />,
              ],
          operator === null
            ? null
            : [
                'Had done by',
                <>
                  <Text of={operator.person ?? 'not known'} />: {operator.kind} of{' '}
                  <CallId of={operator.of ?? ''} />, <Text of={operator.reason ?? ''} />
                </>,
              ],
          deferred === null
            ? null
            : [
                'Takes effect',
                <>
                  <When at={deferred.due ?? ''} />; can be cancelled until{' '}
                  <When at={deferred.cancelUntil ?? ''} />
                </>,
              ],
          undone === null
            ? [
                'Undo',
                undo?.action === undefined ? (
                  'none'
                ) : (
                  <>
                    <Text of={undo.action} max={80} />, {undo.left ?? 'not known until when'}
                  </>
                ),
              ]
            : [
                'Taken back',
                <>
                  by <Text of={undone.person ?? 'somebody'} />, <CallId of={undone.by ?? ''} />
                </>,
              ],
        ]}
      />
    </section>
  );
};

/** What people can do about it: only what can be done to this call, and only by those who may. */
const Acts: FC<{ id: string; sheet: CallSheet; c: Ask }> = ({ id, sheet: { call }, c }) => {
  const acts = actsOf(call, Date.now());
  const { visitor } = c.var;
  if (acts.length === 0) return <p class="muted">Nothing can be done about this call now.</p>;
  if (!holds(visitor, mayOperate)) return <WhoMay what="Who may take calls back" allowed={mayOperate} />;
  return (
    <div class="grid">
      {acts.map(({ kind, title, what }) => (
        <section class="card" aria-labelledby={`act-${kind}`}>
          <h2 id={`act-${kind}`}>{title}</h2>
          <p>{what}</p>
          {kind === 'undo' ? (
            <p>
              <a href={`/console/calls/${id}/look#said`}>Look first what the vendor holds now</a>
            </p>
          ) : null}
          <ActForm id={id} csrf={visitor.csrf} kind={kind} title={title} />
        </section>
      ))}
    </div>
  );
};

const ActForm: FC<{ id: string; csrf: string; kind: string; title: string; force?: string }> = ({
  id,
  csrf,
  kind,
  title,
  force,
}) => (
  <Form action={`/console/calls/${encodeURIComponent(id)}/${kind}`} csrf={csrf}>
    {force === undefined ? null : <input type="hidden" name="force" value={force} />}
    <label for={`reason-${kind}${force === undefined ? '' : '-force'}`}>Reason</label>
    <input
      id={`reason-${kind}${force === undefined ? '' : '-force'}`}
      name="reason"
      required
      maxlength={500}
      autocomplete="off"
    />
    <button class="primary">{title}</button>
  </Form>
);

interface Act {
  kind: (typeof operatorKinds)[number];
  title: string;
  what: string;
}

/** What can be done about a call now (Unix ms). The guard decides; this only spares people a refusal. Pure. */
export function actsOf(call: Record<string, unknown>, now: number): Act[] {
  // A call in the operators' lane is taken back by the agent's own call that it is about.
  if (call['operator'] !== null && call['operator'] !== undefined) return [];
  const { until } = (call['undo'] ?? {}) as { until?: unknown };
  const { cancelUntil } = (call['deferred'] ?? {}) as { cancelUntil?: unknown };
  const open = (time: unknown): boolean => typeof time === 'string' && Date.parse(time) > now;
  const untouched = call['undone'] === null || call['undone'] === undefined;
  const acts: Act[] = [];
  if (untouched && open(cancelUntil))
    acts.push({
      kind: 'cancel',
      title: 'Cancel',
      what: 'It has not taken effect yet, and then it will not.',
    });
  if (untouched && open(until))
    acts.push({
      kind: 'undo',
      title: 'Undo',
      what: 'Puts back what the vendor held before, unless somebody has changed it since.',
    });
  if (call['status'] === 'indeterminate')
    acts.push({
      kind: 'recovery',
      title: 'Ask the vendor',
      what: 'Looks whether it was done. Changes nothing there.',
    });
  return acts;
}

const outcomes: Readonly<Record<OperatorAct['outcome'], string>> = {
  running: 'It is under way. What comes of it stands below in some seconds.',
  waiting: 'It waits for the time from which the vendor can tell.',
  succeeded: 'Done. It stands below in some seconds.',
  failed: 'It failed, and changed nothing. What is known stands below.',
  lapsed: 'Its time to start had passed; nothing was sent. Try again.',
  indeterminate: 'Whether it was done is not known yet.',
  unknown: 'The vendor could not tell.',
};

/** What came of an act, by the word in the address; any other word says nothing. */
const Done: FC<{ outcome: string }> = ({ outcome }) =>
  outcome === 'reported' ? (
    <p class="notice good" role="status">
      Reported. It is in the triage queue of the agent’s owners: toolgate handoffs
    </p>
  ) : Object.hasOwn(outcomes, outcome) ? (
    <p class={`notice ${outcome === 'succeeded' ? 'good' : 'warn'}`} role="status">
      {outcomes[outcome as OperatorAct['outcome']]}
    </p>
  ) : null;

const states: Readonly<Record<Look['state'], string>> = {
  'as-left': 'What the call left: an undo would write.',
  'as-before': 'What it held before the call already: there is nothing to undo.',
  changed:
    'Something that somebody has changed since: an undo is refused unless it is forced over exactly this.',
  unknown: 'Not known: an undo would be refused, or could not be compared.',
};

const Seen: FC<{ look: Look; csrf: string }> = ({
  look: { call, state, conflicts, found, detail },
  csrf,
}) => (
  <section class="card" id="said" aria-labelledby="seen">
    <h2 id="seen">What the vendor holds now</h2>
    <p>{states[state]}</p>
    {detail === null ? null : <Text of={detail} />}
    <Conflicts id={call} csrf={csrf} conflicts={conflicts} found={state === 'changed' ? found : null} />
  </section>
);

const RefusedAct: FC<{ id: string; csrf: string; problem: Problem }> = ({ id, csrf, problem }) => (
  <div id="said">
    <Refused problem={problem} />
    <Conflicts id={id} csrf={csrf} conflicts={problem.conflicts ?? []} found={problem.found ?? null} />
  </div>
);

/** Where the vendor holds something else, and the form that writes over exactly that. */
const Conflicts: FC<{ id: string; csrf: string; conflicts: readonly Conflict[]; found: string | null }> = ({
  id,
  csrf,
  conflicts,
  found,
}) => (
  <>
    {conflicts.length === 0 ? null : (
      <Table
        caption="What somebody has changed since"
        head={['Field', 'The call left', 'Found']}
        rows={conflicts.map(({ field, expected, found: now }) => [
          <Text of={field} max={80} />,
          <Value of={expected} />,
          <Value of={now} />,
        ])}
        empty=""
      />
    )}
    {found === null ? null : (
      <ActForm id={id} csrf={csrf} kind="undo" title="Undo over exactly this" force={found} />
    )}
  </>
);
