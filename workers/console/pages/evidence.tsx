import type { FC } from 'hono/jsx';
import type {
  BacktestEvidence,
  EvidenceRow,
  EvidenceView,
  RecordedEvidence,
  SetStanding,
  TestEvidence,
} from '../../../shared/policy-evidence.ts';
import type { Result } from '../../../shared/rpc.ts';
import { Badge, Facts, Table, When } from '../parts/common.tsx';
import { AgentName } from '../parts/ids.tsx';
import { Text } from '../parts/safe-text.tsx';
import { Missing } from '../parts/search.tsx';

/** Tests and backtests of a policy set, as people recorded them, or with which command to record them. */
export const Evidence: FC<{ of: Result<EvidenceView> }> = ({ of }) =>
  of.ok ? (
    <>
      <section class="card" aria-labelledby="tests">
        <h2 id="tests">Tests</h2>
        {of.value.tests ? (
          <Tests of={of.value.tests} />
        ) : (
          <None>
            Nobody recorded what its tests say. From the checkout that holds it:{' '}
            <code>toolgate policy test --record</code>
          </None>
        )}
      </section>
      <section class="card" aria-labelledby="backtest">
        <h2 id="backtest">Backtest</h2>
        {of.value.backtest ? (
          <Backtest of={of.value.backtest} />
        ) : (
          <None>
            Nobody recorded a backtest of it. From the checkout that holds it:{' '}
            <code>toolgate policy backtest . --since 30d --record</code>
          </None>
        )}
      </section>
    </>
  ) : (
    <Missing what="Tests and backtest" problem={of.problem} />
  );

const standings: Readonly<Record<SetStanding, string>> = {
  'in-force': 'in force',
  waiting: 'waits for a second person',
  'in-shadow': 'in shadow, deciding nothing',
  'was-in-force': 'was in force',
};

/** How a set stands of which control tells no more than that. */
export const Standing: FC<{ of: readonly SetStanding[] }> = ({ of }) => (
  <p class="notice warn">How it stands: {of.map((one) => standings[one]).join(', and ')}.</p>
);

const None: FC<{ children?: unknown }> = ({ children }) => <p class="muted">{children}</p>;

/** Who says so, and when. Control did not run it. */
const Who: FC<{ of: RecordedEvidence }> = ({ of: { by, at, evidence } }) => (
  <p class="muted">
    Recorded by <Text of={by} max={80} />, <When at={at} />; by their word it ran <When at={evidence.ranAt} />
    . The gate did not run it.
  </p>
);

const Tests: FC<{ of: RecordedEvidence<TestEvidence> }> = ({ of }) => {
  const { passed, failed, errors, undecided, rows } = of.evidence;
  const good = failed + errors + undecided.length === 0;
  const wrong = rows.filter(({ result }) => result !== 'pass');
  return (
    <>
      <Facts
        of={[
          ['Passed', String(passed)],
          ['Failed', <Badge tone={good ? 'good' : 'bad'}>{failed}</Badge>],
          errors === 0 ? null : ['Not readable', `${errors} faults in files, whose rows were not asked`],
          undecided.length === 0 ? null : ['Decided by no row', <Text of={undecided.join(', ')} />],
        ]}
      />
      {wrong.length === 0 ? null : (
        <Table
          caption="Rows that failed"
          head={['Row', 'Says', 'Expected', 'Got']}
          rows={wrong.map(cells)}
          empty=""
        />
      )}
      <ByPolicy rows={rows} />
      {rows.length < passed + failed ? (
        <p class="muted">{passed + failed - rows.length} rows more were too many to keep.</p>
      ) : null}
      <Who of={of} />
    </>
  );
};

function cells({ at, says, expect, by, result, got }: EvidenceRow) {
  return [
    <Text of={at} />,
    <Text of={says} />,
    <Text of={answerOf({ expect, by })} />,
    <Text of={got ? answerOf(got) : result === 'fault' ? 'it could not be asked' : 'as expected'} />,
  ];
}

const answers = { allow: 'allowed', one: 'one person', two: 'two people', deny: 'denied' } as const;

function answerOf({ expect, by }: Pick<EvidenceRow, 'expect' | 'by'>): string {
  return `${answers[expect]}, by ${by.length > 0 ? by.join(', ') : 'no policy'}`;
}

/** Each row stands with every policy that it says decides. */
const ByPolicy: FC<{ rows: readonly EvidenceRow[] }> = ({ rows }) => {
  const policies = [...new Set(rows.flatMap(named))].sort();
  return (
    <details>
      <summary>All rows, by policy</summary>
      {policies.map((policy) => (
        <>
          <h3>
            <Text of={policy} max={100} />
          </h3>
          <ul>
            {rows
              .filter((row) => named(row).includes(policy))
              .map(({ says, expect, result }) => (
                <li>
                  <Badge tone={result === 'pass' ? 'good' : 'bad'}>{answers[expect]}</Badge>{' '}
                  <Text of={says} />
                </li>
              ))}
          </ul>
        </>
      ))}
    </details>
  );
};

function named({ by }: EvidenceRow): readonly string[] {
  return by.length > 0 ? by : ['no policy'];
}

const Backtest: FC<{ of: RecordedEvidence<BacktestEvidence> }> = ({ of }) => {
  const { since, until, from, decisions, same, different, unsure, differences } = of.evidence;
  return (
    <>
      <Facts
        of={[
          [
            'Asked again',
            <>
              <When at={since} /> to <When at={until} />
              {from === 'file' ? ', of a file that they had' : ', of the audit log'}
            </>,
          ],
          ['Decisions', String(decisions)],
          ['The same', String(same)],
          ['Different', <Badge tone={different > 0 ? 'warn' : 'good'}>{different}</Badge>],
          ['Uncertain', String(unsure)],
        ]}
      />
      <Table
        caption="What it would have decided otherwise"
        head={['Decisions', 'Change', 'Policies', 'Agent', 'Actions']}
        rows={differences.map(({ count, was, would, policies, agent, actions }) => [
          String(count),
          `${was} → ${would}`,
          <Text of={policies.join(', ')} />,
          <AgentName of={agent} />,
          <Text of={actions.join(', ')} />,
        ])}
        empty="No decision would surely have been otherwise."
      />
      <Who of={of} />
    </>
  );
};
