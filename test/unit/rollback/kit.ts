import type { Look, Takeable } from '../../../shared/taking-back.ts';
import type { Ground } from '../../../shared/rollback/plan.ts';
import type { Inverse } from '../../../shared/rollback/step.ts';

export const NOW = Date.parse('2026-11-22T12:00:00.000Z');
const UNTIL = '2026-11-23T12:00:00.000Z';

/** The n-th call of a test, a second after the one before, about a record of its own. */
export function call(n: number, changed: Partial<Takeable> = {}): Takeable {
  return {
    call: callId(n),
    agent: 'lead-router',
    action: 'crm.contact.update',
    workflow: 'lead-routing',
    session: null,
    at: new Date(NOW - 3_600_000 + n * 1000).toISOString(),
    about: { record: 'contact', id: String(n) },
    way: { kind: 'undo', action: 'crm.contact.update', until: UNTIL },
    outcome: 'succeeded',
    takenBack: null,
    ...changed,
  };
}

export function callId(n: number): string {
  return `call_${String(n).padStart(26, '0')}`;
}

export function look(of: Takeable, changed: Partial<Look> = {}): Look {
  return { call: of.call, state: 'as-left', conflicts: [], found: 'f', detail: null, ...changed };
}

export const free: Inverse = { needs: 0, policies: [], why: null, fields: ['phone'] };

/** A ground on which everything is as it was left, nothing needs anybody, and actions that end in `create` create. */
export function ground(calls: readonly Takeable[], changed: Partial<Ground> = {}): Ground {
  return {
    calls,
    looks: new Map(calls.map((of) => [of.call, look(of)])),
    inverses: new Map(calls.map((of) => [of.call, free])),
    forced: new Map(),
    facts: (action) => ({
      creates: action.endsWith('create'),
      groups: action.startsWith('email') ? ['send'] : [],
    }),
    now: NOW,
    ...changed,
  };
}

/** A small generator of numbers in [0, 1), so that a failing case can be run again (mulberry32). */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
