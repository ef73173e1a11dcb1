/** Looks up what a plan rests on: calls, what the vendors hold, and what policies say. Writes nothing anywhere. */
import type { Person } from '../../../shared/people.ts';
import type { Inverse } from '../../../shared/rollback/step.ts';
import type { Selection } from '../../../shared/rollback/view.ts';
import type { Result } from '../../../shared/rpc.ts';
import type { Look, Takeable, Takeables, TakeablesQuery } from '../../../shared/taking-back.ts';
import { within } from '../../../shared/within.ts';

/** More are not one rollback: a person has to choose, or go back in parts, the latest part first. */
export const CALLS_MAX = 10_000;
const PAGE = 500;
/** Calls that one message asks a guard about: each is a request to a tool, and one to its vendor. */
const BATCH = 25;
/** Messages under way at once. Vendors have limits, and other work goes on. */
const AT_ONCE = 4;
const GUARD_MS = 60_000;
const TRIES = 3;
const AGAIN_MS = 1_000;

/** What is asked of one agent's guard. */
export interface Guards {
  takeables(agent: string, query: TakeablesQuery): Promise<Result<Takeables>>;
  examine(agent: string, person: Person, calls: Asked[]): Promise<Result<Examined[]>>;
}

/** One call to be examined, and how it would be taken back. */
export interface Asked {
  call: string;
  kind: 'undo' | 'cancel';
}

/** `look`: null for a cancellation, as there is nothing yet to look at. */
export interface Examined {
  call: string;
  look: Look | null;
  inverse: Inverse;
}

export interface Gathered {
  calls: Takeable[];
  looks: Map<string, Look>;
  inverses: Map<string, Inverse>;
}

/** Every call of the selection. A guard that does not answer is a failure: nobody may believe that there was nothing. */
export async function callsOf(
  guards: Guards,
  agents: readonly string[],
  selection: Selection,
): Promise<{ ok: true; calls: Takeable[] } | { ok: false; why: string }> {
  const calls: Takeable[] = [];
  const silent: string[] = [];
  await inParallel(agents, async (agent) => {
    let after: string | null | undefined;
    while (after !== null && calls.length <= CALLS_MAX) {
      const page = await pageOf(guards, agent, selection, after);
      if (!page) return void silent.push(agent);
      calls.push(...page.takeables);
      after = page.next;
    }
  });
  if (silent.length > 0)
    return { ok: false, why: `No answer from the guards of ${silent.sort().join(', ')}. Try again.` };
  if (calls.length > CALLS_MAX)
    return { ok: false, why: `More than ${CALLS_MAX} calls. Choose fewer: the latest first, by --since.` };
  return { ok: true, calls };
}

async function pageOf(
  guards: Guards,
  agent: string,
  { since, until, session, workflow }: Selection,
  after: string | undefined,
): Promise<Takeables | null> {
  const said = Object.entries({ since, until, session, workflow, after }).filter(
    ([, value]) => value !== undefined,
  );
  const query = { ...Object.fromEntries(said), limit: PAGE } as TakeablesQuery;
  return patiently(async () => guards.takeables(agent, query));
}

/** What the vendors hold, and what policies say, of each call that has a way back. What is not told is missing. */
export async function examined(
  guards: Guards,
  person: Person,
  calls: readonly Takeable[],
): Promise<Pick<Gathered, 'looks' | 'inverses'>> {
  const found: Pick<Gathered, 'looks' | 'inverses'> = { looks: new Map(), inverses: new Map() };
  await inParallel(batches(calls), async ({ agent, asked }) => {
    const answers = await patiently(async () => guards.examine(agent, person, asked));
    for (const { call, look, inverse } of answers ?? []) {
      if (look) found.looks.set(call, look);
      found.inverses.set(call, inverse);
    }
  });
  return found;
}

function batches(calls: readonly Takeable[]): { agent: string; asked: Asked[] }[] {
  const open = calls.filter(({ way, takenBack }) => way.kind !== 'none' && takenBack === null);
  return [...Map.groupBy(open, ({ agent }) => agent)].flatMap(([agent, theirs]) => {
    const asked = theirs.flatMap(({ call, way }): Asked[] =>
      way.kind === 'none' ? [] : [{ call, kind: way.kind }],
    );
    const count = Math.ceil(asked.length / BATCH);
    return Array.from({ length: count }, (_, n) => ({
      agent,
      asked: asked.slice(n * BATCH, (n + 1) * BATCH),
    }));
  });
}

/** An answer, or null after some tries. */
async function patiently<T>(ask: () => Promise<Result<T>>): Promise<T | null> {
  for (let tried = 1; tried <= TRIES; tried += 1) {
    const answer = await within(GUARD_MS, ask()).catch(() => null);
    if (answer?.ok) return answer.value;
    await scheduler.wait(AGAIN_MS * tried);
  }
  return null;
}

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const rest = [...items];
  const worker = async (): Promise<void> => {
    for (let item = rest.shift(); item !== undefined; item = rest.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}
