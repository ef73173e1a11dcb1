import { Hono } from 'hono';
import type { FC } from 'hono/jsx';
import { newId } from '../../../shared/ids.ts';
import { samePerson } from '../../../shared/people.ts';
import type { Problem } from '../../../shared/problems.ts';
import { problems } from '../../../shared/problems.ts';
import type { Receipt, Stop, StopsView, WaitingResume } from '../../../shared/rpc.ts';
import { reach } from '../answer.ts';
import type { Ask, Console } from '../asking.ts';
import { Form, Live, Refused, Table, When } from '../parts/common.tsx';
import { holds, mayStop, WhoMay } from '../parts/may.tsx';
import { StatusBadge } from '../parts/receipt.tsx';
import { Text } from '../parts/safe-text.tsx';
import type { Visitor } from '../visitor.ts';
import { seeOther } from './kit.ts';
import { show, showRefused } from './show.tsx';

/** What is stopped, by whom, how it is resumed, and the receipts of all stops. */
export const stops = new Hono<Console>();

const head = { title: 'Stops', here: null, live: true } as const;

stops.get('/stops', async (c) => list(c, null));

stops.post('/stops/resume', async (c) => {
  const { form, visitor } = c.var;
  const target = form.get('target') ?? '';
  const input = { reason: form.get('reason') ?? '', ...(form.get('alone') === 'yes' && { alone: true }) };
  const request = newId('req', Date.now());
  const resumed = await reach(async () => c.env.CONTROL.resume(visitor.token, target, input, request));
  return resumed.ok ? seeOther('/console/stops') : list(c, resumed.problem);
});

async function list(c: Ask, problem: Problem | null): Promise<Response> {
  const { token } = c.var.visitor;
  const [view, receipts] = await Promise.all([
    reach(async () => c.env.CONTROL.stops(token)),
    reach(async () => c.env.CONTROL.receipts(token, { limit: 20 })),
  ]);
  if (!view.ok) return showRefused(c, head, view.problem);
  const body = (
    <>
      <h1>Stops</h1>
      {problem === null ? null : <Refused problem={problem} />}
      <InForce view={view.value} visitor={c.var.visitor} />
      <h2>Receipts</h2>
      <Live id="stops-receipts">
        {receipts.ok ? <Receipts of={receipts.value.receipts} /> : <Refused problem={receipts.problem} />}
      </Live>
    </>
  );
  return show(c, head, body, problem === null ? 200 : problems[problem.code].status);
}

const InForce: FC<{ view: StopsView; visitor: Visitor }> = ({ view, visitor }) => {
  const targets = Map.groupBy(view.stops, ({ target }) => target);
  if (targets.size === 0) return <p class="notice good">✓ Nothing is stopped.</p>;
  return (
    <>
      {[...targets].map(([target, made]) => (
        <section class="card danger" aria-label={`Stop of ${target}`}>
          <h2>
            <span aria-hidden="true">■ </span>
            {target === 'all' ? 'Everything is stopped' : <code>{target}</code>}
          </h2>
          {made.map((stop) => (
            <Made stop={stop} />
          ))}
          {holds(visitor, mayStop) ? (
            <Resume
              target={target}
              visitor={visitor}
              waiting={view.resumesWaiting.find((asked) => asked.target === target) ?? null}
            />
          ) : (
            <WhoMay what="Who may resume" allowed={mayStop} />
          )}
        </section>
      ))}
    </>
  );
};

const Made: FC<{ stop: Stop }> = ({ stop: { by, source, since, reason, held } }) => (
  <p>
    <Text of={by} /> {source === 'people' ? null : <span class="muted">({source}) </span>}
    <When at={since} />: <Text of={reason} />
    {held ? ' Its source still says so: it must be ended there.' : null}
  </p>
);

/** Going on again. Of everything, one person asks and another one agrees; the second sees what the first said. */
const Resume: FC<{ target: string; visitor: Visitor; waiting: WaitingResume | null }> = ({
  target,
  visitor,
  waiting,
}) => {
  const own = waiting !== null && samePerson(waiting.by, visitor.email);
  const id = `reason-${target}`;
  return (
    <>
      {waiting === null ? null : (
        <div class="notice warn">
          <p>
            <strong>
              <Text of={waiting.by} />
            </strong>{' '}
            asked to resume <When at={waiting.at} />: “<Text of={waiting.reason} />”
            <br />
            {own ? 'Somebody else must agree' : 'You would be the second person'}. It lapses{' '}
            <When at={waiting.until} />.
          </p>
        </div>
      )}
      {own ? null : (
        <Form action="/console/stops/resume" csrf={visitor.csrf}>
          <input type="hidden" name="target" value={target} />
          <label for={id}>Why it is right to go on</label>
          <input id={id} name="reason" required maxlength={500} autocomplete="off" />
          <button class="primary">
            {waiting !== null
              ? `Agree: resume ${target}`
              : target === 'all'
                ? 'Ask to resume everything'
                : `Resume ${target}`}
          </button>
          {target === 'all' && waiting === null ? (
            <span class="muted"> A second person must agree within ten minutes.</span>
          ) : null}
        </Form>
      )}
    </>
  );
};

const Receipts: FC<{ of: readonly Receipt[] }> = ({ of }) => (
  <Table
    caption="Receipts of stops"
    head={['Receipt', 'Target', 'Stopped', 'By', 'State']}
    rows={of.map((receipt) => [
      <a href={`/console/stops/${receipt.id}`}>
        <code>{receipt.id.slice(-8)}</code>
      </a>,
      <code>{receipt.target}</code>,
      <When at={receipt.stopAt} />,
      <Text of={receipt.by} />,
      <StatusBadge status={receipt.status} />,
    ])}
    empty="Nothing was ever stopped here."
  />
);
