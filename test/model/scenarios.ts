import type { Terms } from '../../flags/terms.ts';
import { noFaults, quiet, type Config } from './world.ts';

/** In ticks: as small as they can be with every detail still mattering. E + C = M, so there is nothing to spare. */
export const ticks: Terms = { lease: 3, dispatch: 2, margin: 2, skew: 1, pause: 1, heartbeat: 2, look: 1 };

/** Older than this nothing can be in use: L + M + 2 E, and one more. */
const memory = ticks.lease + ticks.margin + 2 * ticks.skew + 1;

const base = { ...quiet, terms: ticks, memory, requests: 1, stops: [0b1] };

/** A guard ahead of its tool, behind it, and level with it. */
const level = { control: [0], guards: [0], tool: 0 };
const ahead = { control: [0], guards: [1], tool: 0 };
const behind = { control: [0], guards: [0], tool: 1 };

/**
 * Each is walked to its end: every order of every message, each message late by any time or lost, every moment for each
 * fault.
 */
export const scenarios: readonly Config[] = [
  {
    ...base,
    id: 'requests',
    name: 'one guard, one stop, a call of two requests, the clocks of guard and tool apart both ways',
    requests: 2,
    clocks: [level, ahead, behind],
    budget: { ...noFaults, asks: 1, calls: 1 },
  },
  {
    ...base,
    id: 'repeated',
    name: 'one guard, messages repeated, a connection to the tool that breaks',
    clocks: [ahead],
    budget: { ...noFaults, asks: 1, calls: 1, repeated: 1, broken: 1 },
  },
  {
    ...base,
    id: 'renewed',
    name: 'one guard that asks again, so that a lease replaces another',
    clocks: [ahead],
    budget: { ...noFaults, asks: 2, calls: 1 },
  },
  {
    ...base,
    id: 'guard replaced',
    name: 'a guard that is replaced, and the old one goes on',
    clocks: [ahead],
    budget: { ...noFaults, asks: 2, calls: 1, guardsReplaced: 1 },
  },
  {
    ...base,
    id: 'overlapping',
    name: 'two stops of one guard, one of them resumed',
    stops: [0b1, 0b1],
    clocks: [ahead],
    budget: { ...noFaults, asks: 1, calls: 1, resumes: 1 },
  },
  {
    ...base,
    id: 'two guards',
    name: 'two guards and a stop of both',
    stops: [0b11],
    clocks: [{ control: [0], guards: [1, 1], tool: 0 }],
    budget: { ...noFaults, asks: 2, calls: 1 },
  },
  {
    ...base,
    id: 'control replaced',
    name: 'control that is replaced, its clock ahead of or behind the old one, which goes on',
    clocks: [
      { control: [0, 1], guards: [1], tool: 0 },
      { control: [1, 0], guards: [1], tool: 0 },
    ],
    budget: { ...noFaults, asks: 1, calls: 1, controlReplaced: 1 },
  },
  {
    ...base,
    id: 'control steps',
    name: "control's clock that steps, by anything",
    clocks: [ahead],
    steps: { control: [-9, -2, 1, 2, 9], guard: [] },
    memory: memory + 9,
    budget: { ...noFaults, asks: 1, calls: 1, controlSteps: 1 },
  },
  {
    ...base,
    id: 'guard steps',
    name: "a guard's clock that steps back, by anything",
    clocks: [level],
    steps: { control: [], guard: [-1, -3, -9] },
    memory: memory + 9,
    budget: { ...noFaults, asks: 1, calls: 1, guardSteps: 1 },
  },
  {
    ...base,
    id: 'guard ahead',
    name: "a guard's clock that steps forward while its last calls are out",
    clocks: [level],
    steps: { control: [], guard: [9] },
    memory: memory + 9,
    budget: { ...noFaults, asks: 1, calls: 1, guardSteps: 1 },
  },
  {
    ...base,
    id: 'cut off',
    name: 'control that is replaced and grants on, under a heartbeat that grows old',
    beating: true,
    clocks: [{ control: [0, 1], guards: [1], tool: 0 }],
    budget: { ...noFaults, asks: 1, calls: 1, controlReplaced: 1 },
  },
  {
    ...base,
    id: 'bound',
    name: 'a stop is confirmed in time, whatever is lost: control replaced, a heartbeat that cannot be written',
    bound: true,
    clocks: [
      { control: [0, 1], guards: [0], tool: 0 },
      { control: [1, 0], guards: [0], tool: 0 },
    ],
    budget: { ...noFaults, asks: 1, controlReplaced: 1, unwritten: 1 },
  },
];

/** More of everything. Not all of them can be walked to the end; how far they were is printed. */
export const deep: readonly Config[] = [
  {
    ...base,
    id: 'changes',
    name: 'a change before the stop, whose acks are late',
    clocks: [level],
    budget: { ...noFaults, asks: 2, calls: 1, changes: 1 },
  },
  {
    ...base,
    id: 'everything of two guards',
    name: 'two guards, a stop of both and one of the first, one of them resumed',
    stops: [0b11, 0b01],
    clocks: [{ control: [0], guards: [1, 1], tool: 0 }],
    budget: { ...noFaults, asks: 2, calls: 1, resumes: 1 },
  },
  {
    ...base,
    id: 'both replaced',
    name: 'control and a guard that are replaced',
    clocks: [{ control: [0, 1], guards: [1], tool: 0 }],
    budget: { ...noFaults, asks: 2, calls: 1, controlReplaced: 1, guardsReplaced: 1 },
  },
  {
    ...base,
    id: 'two calls',
    name: 'two calls of two requests under two leases, messages repeated',
    requests: 2,
    clocks: [ahead],
    budget: { ...noFaults, asks: 2, calls: 2, repeated: 1, broken: 1 },
  },
];
