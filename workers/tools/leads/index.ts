/** Leads for agents: reads and routes what the marketing sites posted. */
import type { FailureReason, Outcome } from '../../../shared/outcome.ts';
import type { LeadDesk, LeadFacts, LeadSummary } from '../../../shared/rpc.ts';
import { defineTool } from '../../../shared/tool/define.ts';
import { LeadsClient } from './client.ts';
import { contract, HUMAN_QUEUE } from './contract.ts';
import type { Env } from './env.ts';

/** The inbox's reasons for not routing; in each it changed nothing. */
const unrouted: Record<Exclude<Awaited<ReturnType<LeadDesk['route']>>, 'routed'>, Outcome> = {
  'already-routed': failed('conflict', 'the lead was routed before'),
  'not-routable': failed('rejected', 'a test lead is never routed'),
  'not-found': failed('not-found', 'no such lead'),
  late: { kind: 'lapsed' },
};

export default defineTool<typeof contract, Env, LeadsClient>({
  contract,
  connect: (env, gate) => new LeadsClient(env.LEADS, gate),
  run: {
    'lead.list': async ({ status, limit }, leads, { token }) => {
      const found = await leads.read((desk) => desk.list(token, { status, limit }));
      return found.ok ? succeeded({ leads: found.value.map(summaryOf) }) : found.outcome;
    },
    'lead.get': async ({ lead }, leads, { token }) => {
      const found = await leads.read((desk) => desk.read(token, lead));
      if (!found.ok) return found.outcome;
      return found.value ? succeeded({ ...found.value }) : unrouted['not-found'];
    },
    'lead.route': async ({ lead, queue, note }, leads, { id, agent, byPerson }) => {
      const before = await leads.read((desk) => desk.get(lead));
      if (!before.ok) return before.outcome;
      const answer = await leads.route(lead, queue, note, id, { agent, byPerson });
      if (!answer.ok) return answer.outcome;
      if (answer.value !== 'routed') return unrouted[answer.value];
      return routed(lead, queue, id, { queue: before.value?.queue ?? null });
    },
  },
  preview: {
    'lead.route': async ({ lead, queue }, leads) => {
      const found = await leads.read((desk) => desk.get(lead));
      if (!found.ok) return found.outcome;
      const refused = unroutable(found.value, queue);
      if (refused || !found.value) return refused ?? unrouted['not-found'];
      return { kind: 'foreseen', before: { lead, queue: found.value.queue }, after: { lead, queue } };
    },
  },
  image: {
    'lead.route': async ({ lead }, leads) => {
      const found = await leads.read((desk) => desk.get(lead));
      if (!found.ok) return found.outcome;
      return { kind: 'image', image: found.value && { lead, queue: found.value.queue } };
    },
  },
  find: {
    'lead.route': async ({ lead, queue }, leads, call) => {
      const found = await leads.read((desk) => desk.routedBy(lead, call.id));
      // The desk out of reach means: it cannot be told yet.
      if (!found.ok) return null;
      return found.value
        ? routed(lead, queue, call.id)
        : failed('unavailable', 'the inbox never had this call');
    },
  },
  facts: {
    'lead.route': async ({ lead }, leads) => {
      const found = await leads.read((desk) => desk.get(lead));
      // Without facts there is no decision, so the call is not run.
      if (!found.ok) throw new Error('the facts of this lead cannot be looked up now');
      return factsOf(found.value);
    },
  },
});

/** The facts that policies judge a routing by, from the record and not from the agent. */
function factsOf(lead: LeadFacts | null): Record<string, string | number | boolean> {
  return {
    found: lead !== null,
    test: lead?.test ?? false,
    employees: lead?.employees ?? 0,
    employeesKnown: typeof lead?.employees === 'number',
    value: lead?.value ?? 0,
    valueKnown: typeof lead?.value === 'number',
    ...(lead?.country && { country: lead.country }),
  };
}

/** Why the inbox would not route the lead; see `routing` there, which decides. */
function unroutable(lead: LeadFacts | null, queue: string): Outcome | undefined {
  if (lead === null || lead.status === 'quarantined') return unrouted['not-found'];
  if (lead.test) return unrouted['not-routable'];
  return queue !== HUMAN_QUEUE && lead.status === 'routed' ? unrouted['already-routed'] : undefined;
}

function summaryOf({ routedBy: _by, ...rest }: LeadSummary): Record<string, unknown> {
  return rest;
}

/**
 * A lead that was routed. `from`: the queue that it was in; undefined: not known any more, so that no image is told and the undo
 * has to be forced.
 */
function routed(lead: string, queue: string, call: string, from?: { queue: string | null }): Outcome {
  const outcome: Outcome = { kind: 'succeeded', output: { lead, queue } };
  const back = queue === HUMAN_QUEUE ? (from?.queue ?? HUMAN_QUEUE) : HUMAN_QUEUE;
  // In the human queue, and from nowhere: there is nothing to go back to.
  if (back === queue) return outcome;
  // One that was in no queue goes to people: so it is seen to be taken back when they have it.
  const images = from && { before: { lead, queue: from.queue ?? HUMAN_QUEUE }, after: { lead, queue } };
  const input = { lead, queue: back, note: `Undo of ${call}` };
  return { ...outcome, undo: { action: 'leads.lead.route', input, ...(images && { images }) } };
}

function succeeded(output: Record<string, unknown>): Outcome {
  return { kind: 'succeeded', output };
}

function failed(reason: FailureReason, detail: string): Outcome {
  return { kind: 'failed', reason, detail };
}
