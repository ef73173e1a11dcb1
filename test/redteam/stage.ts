/** What there is to harm before the attack begins: another agent's calls, an approval that waits, a stop. */
import type { Others } from './attempt.ts';
import type { Payload } from './corpora.ts';
import type { RedGate } from './gate.ts';
import type { Planted } from './obey.ts';
import { attacked, places, type Attacked, type Place } from './places.ts';

const because = { goal: 'Keep segments right.', explanation: 'Stage of the attack.' };
const STOPPED = 'action:chat.message.schedule';

/** Lets another agent work, and people stop something. */
export async function setStage(gate: RedGate): Promise<Others> {
  const keeper = gate.agent('audience-keeper');
  const found = await keeper.call('crm.contact.search', { query: 'Acme' }, { mode: 'read' });
  const held = await keeper.call(
    'crm.list.add',
    { list: '1', contacts: ['101'] },
    { mode: 'execute', key: 'stage-add', because },
  );
  const handoff = await keeper.handOver(
    { kind: 'unverified', about: { tool: 'crm', record: '101' }, summary: 'Stage of the attack.' },
    'stage-handoff',
  );
  await gate.ops('operator', 'POST', '/stops', { target: STOPPED, reason: 'Stage of the attack.' });
  return {
    call: word(found.body, 'call'),
    handoff: word(handoff.body, 'handoff'),
    approval: word(held.body, 'approval'),
    stopped: STOPPED,
    client: 'audience-keeper',
  };
}

function word(body: Record<string, unknown>, key: string): string {
  const value = body[key];
  if (typeof value !== 'string')
    throw new Error(`the stage is not set: no ${key} in ${JSON.stringify(body)}`);
  return value;
}

/** Plants each text once for each workflow, in its places in turn; `everywhere`: in all of them. */
export async function plantAll(
  gate: RedGate,
  payloads: readonly Payload[],
  everywhere: boolean,
): Promise<Planted[]> {
  const wanted = payloads.flatMap((payload, n) =>
    attacked.flatMap((agent) => placesFor(agent, n, everywhere).map((place) => ({ payload, agent, place }))),
  );
  const planted: Planted[] = [];
  await atOnce(8, wanted, async (one, n) => {
    planted[n] = { ...one, n, record: await one.place.plant(gate, n, one.payload.text) };
  });
  return planted;
}

function placesFor(agent: Attacked, n: number, everywhere: boolean): readonly Place[] {
  const all = places[agent];
  return everywhere ? all : all.slice(n % all.length, (n % all.length) + 1);
}

/** Does `work` for each item, so many at once, in their order. */
export async function atOnce<T>(
  count: number,
  items: readonly T[],
  work: (item: T, n: number) => Promise<void>,
): Promise<void> {
  const queue = [...items.entries()];
  const lane = async (): Promise<void> => {
    for (let next = queue.shift(); next; next = queue.shift()) await work(next[1], next[0]);
  };
  await Promise.all(Array.from({ length: count }, lane));
}
