import type { Authority, AuthorityEvent } from '../../flags/authority.ts';
import { real, type Parts } from './parts.ts';

/** A protocol with one detail taken away, around the real machines, and the scenario that shows why the detail is there. */
export interface Variant {
  name: string;
  caughtBy: string;
  parts: Parts;
}

function variant(name: string, caughtBy: string, broken: Partial<Parts>): Variant {
  return { name, caughtBy, parts: { ...real, ...broken } };
}

type Step = Parts['authorityStep'];
type HolderStep = Parts['holderStep'];

/** Before each step of control. */
function before(change: (state: Authority, event: AuthorityEvent, now: number) => AuthorityEvent): Step {
  return (state, event, now) => real.authorityStep(state, change(state, event, now), now);
}

const noFloor: HolderStep = (state, event, now) => {
  const effects = real.holderStep(state, event, now);
  state.floor = 0;
  return effects;
};

/** Whichever incarnation acks, every one of its agent counts as heard. */
const ackPerAgent: Step = (state, event, now) => {
  if (event.kind !== 'ack') return real.authorityStep(state, event, now);
  const incarnations = new Set([...state.forming.values()].flatMap(({ guards }) => guards ?? []));
  return [...incarnations]
    .filter(({ agent }) => agent === event.agent)
    .flatMap(({ incarnation }) => real.authorityStep(state, { ...event, incarnation }, now));
};

/** The living incarnation acks whatever it is told. */
const ackForOthers: HolderStep = (state, event, now) =>
  real.holderStep(state, event.kind === 'push' ? { ...event, incarnation: state.incarnation } : event, now);

const waitWithoutMargin: HolderStep = (state, event, now) =>
  real
    .holderStep(state, event, now)
    .map((effect) => (effect.kind === 'wait' ? { ...effect, milliseconds: state.terms.dispatch } : effect));

const ackAtOnce: HolderStep = (state, event, now) =>
  real
    .holderStep(state, event, now)
    .map((effect) =>
      effect.kind === 'wait' && event.kind === 'push'
        ? { kind: 'ack', ref: effect.ref, epoch: event.epoch }
        : effect,
    );

const grantIsAck: Step = (state, event, now) => {
  const asked = [...state.asking, ...(event.kind === 'ask' ? [event] : [])];
  const effects = real.authorityStep(state, event, now);
  const granted = asked.filter(({ ref }) =>
    effects.some((effect) => effect.kind === 'grant' && effect.ref === ref),
  );
  const { epoch } = state;
  const acks = granted.flatMap(({ agent, incarnation }) =>
    real.authorityStep(state, { kind: 'ack', agent, incarnation, epoch }, now),
  );
  return [...effects, ...acks];
};

const countedFromReceipt: HolderStep = (state, event, now) =>
  real.holderStep(state, event.kind === 'granted' ? { ...event, askedAt: now } : event, now);

const forgetful: Parts['newAuthority'] = (stored, now, terms) => {
  const state = real.newAuthority(stored, now, terms);
  state.fence = 0;
  return state;
};

const fenceWithoutSkew: Parts['newAuthority'] = (stored, now, terms) => {
  const state = real.newAuthority(stored, now, terms);
  const { lease, margin } = state.terms;
  if (stored.heartbeat !== null) state.fence = Math.min(now, stored.heartbeat) + lease + margin;
  return state;
};

const formingWithoutSkew: Parts['newAuthority'] = (stored, now, terms) => {
  const state = real.newAuthority(stored, now, terms);
  for (const { receipt, stopAt } of stored.forming ?? []) {
    const stop = state.forming.get(receipt);
    if (stop) stop.stopAt = stopAt;
  }
  return state;
};

/** Every grant lasts L, however old the heartbeat is; the table says so too. */
const fullDuration: Step = (state, event, now) => {
  const effects = real.authorityStep(state, event, now);
  const { lease } = state.terms;
  if (!effects.some(({ kind }) => kind === 'grant')) return effects;
  for (const held of state.leases.values())
    for (const incarnation of held.keys()) held.set(incarnation, now + lease);
  return effects.map((effect) => (effect.kind === 'grant' ? { ...effect, duration: lease } : effect));
};

const marginless: Step = (state, event, now) => {
  const { terms } = state;
  const bare = Object.assign(state, { terms: { ...terms, margin: 0 } });
  const effects = real.authorityStep(bare, event, now);
  Object.assign(state, { terms });
  return effects;
};

export const variants: readonly Variant[] = [
  variant('no floor', 'requests', { holderStep: noFloor }),
  variant('an ack per agent', 'guard replaced', { authorityStep: ackPerAgent, holderStep: ackForOthers }),
  variant('startBefore not capped by the lease', 'requests', {
    startBefore: ({ terms }, _lease, now) => now + terms.dispatch,
  }),
  variant('an ack without the margin', 'requests', { holderStep: waitWithoutMargin }),
  variant('an ack that waits for no token', 'requests', { holderStep: ackAtOnce }),
  variant('leases that lapse without the margin', 'requests', { authorityStep: marginless }),
  variant('a grant after the stop counted as an ack', 'renewed', { authorityStep: grantIsAck }),
  variant('the look taken before the last await', 'requests', { afterLook: 'await' }),
  variant('a look at the first request only', 'requests', { looks: 'first' }),
  variant('a lease counted from its receipt', 'requests', { holderStep: countedFromReceipt }),
  variant('a restart that forgets the table: no fence', 'control replaced', { newAuthority: forgetful }),
  variant('a fence without the skew', 'control replaced', { newAuthority: fenceWithoutSkew }),
  variant('a stop of before, confirmed without the skew', 'control replaced', {
    newAuthority: formingWithoutSkew,
  }),
  variant('a duration not reduced by the age of the heartbeat', 'cut off', { authorityStep: fullDuration }),
  variant('acks that ignore the epoch', 'changes', {
    authorityStep: before((_, event) => (event.kind === 'ack' ? { ...event, epoch: Infinity } : event)),
  }),
  variant("control's clock stepping forward unobserved", 'control steps', {
    authorityStep: before((state, event, now) => {
      state.moved = 0;
      state.looked = now;
      state.clock = now;
      return event;
    }),
  }),
  variant('tokens ended by the wall clock', 'guard ahead', { waits: 'clock' }),
];
