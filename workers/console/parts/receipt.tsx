import type { FC } from 'hono/jsx';
import type { DeferredEffect, Receipt, ReceiptStatus } from '../../../shared/rpc.ts';
import { Badge, Facts, Form, Table, When, type Tone } from './common.tsx';
import { Text } from './safe-text.tsx';

const tones: Readonly<Record<ReceiptStatus, Tone>> = { forming: 'calm', confirmed: 'good', settled: 'good' };

export const StatusBadge: FC<{ status: ReceiptStatus }> = ({ status }) => (
  <Badge tone={tones[status]}>{status}</Badge>
);

/** How far a stop is: asked, confirmed (nothing further can start), settled (each call under way has an outcome). */
export const Steps: FC<{ receipt: Receipt }> = ({ receipt }) => {
  const { status, confirmMs, stopAt, confirmedAt, settledAt } = receipt;
  const steps: [name: string, done: boolean, text: string, at: string | null][] = [
    ['Stopped', true, 'Recorded, and told to every live guard.', stopAt],
    ['Confirmed', status !== 'forming', confirmText(confirmMs), confirmedAt],
    ['Settled', status === 'settled', 'Each call that was under way has an outcome.', settledAt],
  ];
  const now = steps.findIndex(([, done]) => !done);
  return (
    <ol class="steps">
      {steps.map(([name, done, text, at], index) => (
        <li class={done ? 'done' : index === now ? 'now' : ''}>
          <strong>
            <span aria-hidden="true">{done ? '✓ ' : '… '}</span>
            {name}
            <span class="unseen">{done ? ': done' : ': not yet'}</span>
          </strong>
          <span>{text}</span>
          {at === null ? null : <When at={at} />}
        </li>
      ))}
    </ol>
  );
};

function confirmText(milliseconds: number | null): string {
  const what = 'Nothing further can start';
  return milliseconds === null ? `${what}, from then on.` : `${what}: after ${milliseconds} ms.`;
}

/** What a receipt says, in numbers and in calls. */
export const ReceiptFacts: FC<{ receipt: Receipt }> = ({ receipt }) => {
  const { guards, inFlight, target, by, reason, epoch, unheard } = receipt;
  const open = inFlight.filter(({ ended }) => ended === 'unknown').length;
  return (
    <Facts
      of={[
        ['Stopped', <code>{target}</code>],
        ['By', <Text of={by} />],
        ['Reason', <Text of={reason} />],
        [
          'Guards',
          `${guards.acked} confirmed, ${guards.lapsed} lapsed, ${guards.waiting} waited for, ${guards.unknown} unknown`,
        ],
        [
          'Calls under way',
          inFlight.length === 0 ? 'none' : `${inFlight.length - open} of ${inFlight.length} ended`,
        ],
        unheard.length === 0 ? null : ['Not heard yet', unheard.join(', ')],
        ['Epoch', String(epoch)],
      ]}
    />
  );
};

/** The calls that the stop found, and how each ended. */
export const UnderWay: FC<{ receipt: Receipt }> = ({ receipt: { inFlight, more } }) => (
  <>
    <h2>Calls under way</h2>
    <Table
      caption="Calls that were under way"
      head={['Call', 'Agent', 'Action', 'Ended', 'Called off']}
      rows={inFlight.map(({ call, agent, action, ended, cancelled }) => [
        <a href={`/console/calls/${call}`}>
          <code>{call.slice(-8)}</code>
        </a>,
        <Text of={agent} />,
        <code>{action}</code>,
        <Badge tone={endTone(ended)}>{ended === 'unknown' ? 'not yet' : ended}</Badge>,
        cancelled,
      ])}
      empty="None was under way."
    />
    {more.inFlight === 0 ? null : <p class="muted">And {more.inFlight} more: the journal has them all.</p>}
  </>
);

function endTone(ended: Receipt['inFlight'][number]['ended']): Tone {
  switch (ended) {
    case 'succeeded':
      return 'good';
    case 'failed':
    case 'lapsed':
      return 'plain';
    case 'indeterminate':
      return 'bad';
    case 'unknown':
      return 'calm';
  }
}

/** Effects that are still to come, and a button for each that can still be cancelled. */
export const Deferred: FC<{ receipt: Receipt; csrf: string | null }> = ({
  receipt: { id, deferred, more },
  csrf,
}) =>
  deferred.length === 0 ? null : (
    <>
      <h2>Scheduled by earlier calls</h2>
      <Table
        caption="Effects that are still to come"
        head={['Action', 'Agent', 'Comes', 'Cancelled', '']}
        rows={deferred.map((effect) => [
          <code>{effect.action}</code>,
          <Text of={effect.agent} />,
          <When at={effect.due} />,
          effect.cancelled,
          csrf !== null && effect.how !== null ? <Cancel receipt={id} effect={effect} csrf={csrf} /> : null,
        ])}
        empty="Nothing."
      />
      {more.deferred === 0 ? null : <p class="muted">And {more.deferred} more: the journal has them all.</p>}
    </>
  );

const Cancel: FC<{ receipt: string; effect: DeferredEffect; csrf: string }> = ({ receipt, effect, csrf }) => (
  <Form action={`/console/stops/${receipt}/cancel`} csrf={csrf}>
    <input type="hidden" name="call" value={effect.call} />
    <input type="hidden" name="agent" value={effect.agent} />
    <button>Cancel it</button>
  </Form>
);
