import { Hono } from 'hono';
import type { FC } from 'hono/jsx';
import { isTarget } from '../../../flags/targets.ts';
import type { Problem } from '../../../shared/problems.ts';
import { problems } from '../../../shared/problems.ts';
import type { StopPreview } from '../../../shared/rpc.ts';
import { catalogue } from '../../tools/catalogue.ts';
import { reach } from '../answer.ts';
import type { Ask, Console } from '../asking.ts';
import { Form, Refused } from '../parts/common.tsx';
import { holds, mayStop, WhoMay } from '../parts/may.tsx';
import { seeOther } from './kit.ts';
import { show } from './show.tsx';

/** The stop: one click from every page to here, and one more stops. */
export const stop = new Hono<Console>();

const head = { title: 'Stop', here: null } as const;

/** An emergency does not wait for what a stop would hit. */
const PREVIEW_MS = 1_000;

/** Said unless somebody says otherwise: there is no time to find words. */
const reasons = [
  'Something is wrong: stop first, look then',
  'An agent does what it should not',
  'A vendor or its data is broken',
  'Planned work, or a drill',
];

stop.get('/stop', async (c) => sheet(c, null));

stop.post('/stop', async (c) => {
  const { form, visitor } = c.var;
  const target = form.get('target') === 'part' ? form.get('part') : form.get('target');
  const own = form.get('words')?.trim() ?? '';
  const input = {
    target: target ?? '',
    reason: own === '' ? (form.get('reason') ?? '') : own,
    cancel: form.get('cancel') === 'yes',
    // The receipt's page watches it form.
    wait: false,
  };
  const stopped = await reach(async () => c.env.CONTROL.stop(visitor.token, input));
  return stopped.ok ? seeOther(`/console/stops/${stopped.value.id}`) : sheet(c, stopped.problem);
});

async function sheet(c: Ask, problem: Problem | null): Promise<Response> {
  const { visitor } = c.var;
  const asked = c.req.query('target') ?? '';
  const late = scheduler.wait(PREVIEW_MS).then(() => null);
  const found = await Promise.race([reach(async () => c.env.CONTROL.preview(visitor.token, 'all')), late]);
  const preview = found?.ok === true ? found.value : null;
  const body = (
    <>
      <h1>Stop</h1>
      {problem === null ? null : <Refused problem={problem} />}
      {holds(visitor, mayStop) ? (
        <Sheet csrf={visitor.csrf} preview={preview} part={isTarget(asked) ? asked : null} />
      ) : (
        <WhoMay what="Who may stop" allowed={mayStop} />
      )}
    </>
  );
  return show(c, head, body, problem === null ? 200 : problems[problem.code].status);
}

const Sheet: FC<{ csrf: string; preview: StopPreview | null; part: string | null }> = ({
  csrf,
  preview,
  part,
}) => (
  <Form action="/console/stop" csrf={csrf} class="stop-sheet">
    <section class="card danger" aria-labelledby="everything">
      <h2 id="everything">Everything</h2>
      <p>
        No agent starts anything more. {preview === null ? null : <Hit preview={preview} />} Resuming takes
        two people.
      </p>
      <button class="stop big" name="target" value="all">
        <span aria-hidden="true">■</span> Stop everything now
      </button>
    </section>
    <section class="card" aria-labelledby="part-title">
      <h2 id="part-title">Only a part</h2>
      <label for="part">Which</label>
      <select id="part" name="part">
        <Parts preview={preview} chosen={part} />
      </select>
      <button class="stop" name="target" value="part">
        Stop only this
      </button>
    </section>
    <section class="card" aria-labelledby="why">
      <h2 id="why">Why</h2>
      <fieldset>
        <legend class="unseen">Reason</legend>
        <div class="choices">
          {reasons.map((reason, index) => (
            <label class="choice">
              <input type="radio" name="reason" value={reason} checked={index === 0} />
              {reason}
            </label>
          ))}
        </div>
      </fieldset>
      <label for="words">Or in your own words</label>
      <input id="words" name="words" maxlength={500} autocomplete="off" />
      <label class="choice">
        <input type="checkbox" name="cancel" value="yes" />
        Also call off what is under way and cancel what is scheduled
      </label>
    </section>
  </Form>
);

const Hit: FC<{ preview: StopPreview }> = ({ preview: { agents, calls, unheard } }) => {
  const live = agents.filter((agent) => agent.live).length;
  return (
    <>
      It would hit <strong>{agents.length} agents</strong> ({live} live) and find{' '}
      <strong>
        {calls.length} {calls.length === 1 ? 'call' : 'calls'}
      </strong>{' '}
      under way{unheard.length > 0 ? `; ${unheard.length} guards did not say in time` : ''}.
    </>
  );
};

/** Everything that can be stopped by itself. Without a preview: what the contracts name. */
const Parts: FC<{ preview: StopPreview | null; chosen: string | null }> = ({ preview, chosen }) => {
  const actions = [...catalogue.keys()].sort();
  const groups: [string, string[]][] = [
    ['Agents', (preview?.agents ?? []).map(({ agent }) => `agent:${agent}`)],
    [
      'Workflows',
      (preview?.agents ?? []).flatMap(({ workflow }) => (workflow === null ? [] : [`workflow:${workflow}`])),
    ],
    ['Tools', actions.map((action) => `tool:${action.split('.')[0] ?? ''}`)],
    ['Actions', actions.map((action) => `action:${action}`)],
  ];
  return (
    <>
      {groups.map(([name, targets]) => (
        <optgroup label={name}>
          {[...new Set(targets)].map((target) => (
            <option value={target} selected={target === chosen}>
              {target}
            </option>
          ))}
        </optgroup>
      ))}
    </>
  );
};
