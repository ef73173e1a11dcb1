import type { FC } from 'hono/jsx';
import type { PolicyWords, StepAnswer, TimelineItem } from '../../../shared/timeline.ts';
import { Badge, When, type Tone } from './common.tsx';
import { Linked, SetVersion, Short } from './ids.tsx';
import { Text } from './safe-text.tsx';

/** A call as it went: each entry in words, with what the steps of the column answered. `version`: of the policy set that decided. */
export const Timeline: FC<{ items: readonly TimelineItem[]; version: string | null }> = ({
  items,
  version,
}) => (
  <ol class="timeline">
    {items.map((item, n) => (
      <li class={item.tone}>
        <h3>
          <Text of={item.title} max={200} />
          <span class="small muted">
            <When at={item.at} /> {item.after > 0 ? `(${spanOf(item.after)} later)` : ''}
          </span>
        </h3>
        <Steps of={item.steps} />
        <Policies of={item.policies} version={version} />
        <Data of={item.data} open={n === 0} />
        <Place of={item.entry} kind={item.kind} />
      </li>
    ))}
  </ol>
);

const Steps: FC<{ of: readonly StepAnswer[] }> = ({ of }) => {
  if (of.length === 0) return null;
  const passed = of.filter(({ answer }) => answer === 'passed').length;
  return (
    <details>
      <summary>
        {passed} of {of.length} steps of the column passed
        {of
          .filter(({ answer }) => answer === 'refused' || answer === 'asked people')
          .map(({ step, answer }) => `; ${answer}: ${step}`)}
      </summary>
      <ol class="column">
        {of.map(({ step, answer, why }) => (
          <li>
            {step} <Badge tone={tones[answer]}>{answer}</Badge>
            {why === null ? null : (
              <>
                {' '}
                <Text of={why} />
              </>
            )}
          </li>
        ))}
      </ol>
    </details>
  );
};

const tones: Readonly<Record<StepAnswer['answer'], Tone>> = {
  passed: 'good',
  refused: 'bad',
  'asked people': 'calm',
  'not reached': 'plain',
};

const Policies: FC<{ of: readonly PolicyWords[]; version: string | null }> = ({ of, version }) =>
  of.length === 0 ? null : (
    <ul>
      {of.map(({ id, reason }) => (
        <li>
          <SetVersion of={version} policy={id} />:{' '}
          {reason === null ? (
            <span class="muted">its words of then are not known</span>
          ) : (
            <Text of={reason} />
          )}
        </li>
      ))}
    </ul>
  );

const Data: FC<{ of: Record<string, unknown>; open: boolean }> = ({ of, open }) => {
  const members = Object.entries(of);
  if (members.length === 0) return null;
  return (
    <details open={open}>
      <summary>What it says besides</summary>
      <dl class="values">
        {members.map(([name, value]) => (
          <>
            <dt>
              <Text of={name} max={60} />
            </dt>
            <dd>
              <Linked of={value} />
            </dd>
          </>
        ))}
      </dl>
    </details>
  );
};

const Place: FC<{ of: TimelineItem['entry']; kind: string }> = ({
  of: { source, seq, hash, prev },
  kind,
}) => (
  <details class="small">
    <summary>
      Journal entry {seq} of <Text of={source} max={80} />
    </summary>
    <dl class="values">
      <dt>kind</dt>
      <dd>
        <Text of={kind} max={80} />
      </dd>
      <dt>hash</dt>
      <dd>
        <Short of={hash} /> <code>{hash}</code>
      </dd>
      <dt>hash of the entry before</dt>
      <dd>
        <code>{prev}</code>
      </dd>
    </dl>
  </details>
);

/** Milliseconds as people read them. Pure. */
export function spanOf(ms: number): string {
  if (ms < 1000) return `${ms} ms`;
  if (ms < 120_000) return `${(ms / 1000).toFixed(1)} s`;
  if (ms < 7_200_000) return `${Math.round(ms / 60_000)} min`;
  return `${Math.round(ms / 3_600_000)} h`;
}
