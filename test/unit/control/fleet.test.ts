import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { GuardAsk, Leases } from '../../../shared/rpc.ts';
import { Fleet } from '../../../workers/control/fleet.ts';

type Answers = Awaited<ReturnType<Leases['ask']>>;
const acked = { answer: { acked: true, inFlight: [], deferredUntil: 0 } };

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('scheduler', { wait: async (ms: number) => new Promise((done) => setTimeout(done, ms)) });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** Guards' Worker that answers each message as it is told. */
function leases(...answers: ((asks: GuardAsk[]) => Promise<Answers>)[]): Leases & { messages: GuardAsk[][] } {
  const messages: GuardAsk[][] = [];
  return {
    messages,
    ask: async (asks) => {
      messages.push(asks);
      return (answers[messages.length - 1] ?? answers.at(-1)!)(asks);
    },
  };
}

const all = async (asks: GuardAsk[]): Promise<Answers> => asks.map(() => acked);
const never = async (): Promise<Answers> => new Promise(() => undefined);

test('what is asked in one turn goes in one message', async () => {
  const told = leases(all);
  const fleet = new Fleet(told);
  const both = Promise.all([fleet.push('a', 'inc-a', 1, null), fleet.push('b', 'inc-b', 1, null)]);
  await vi.runAllTimersAsync();
  expect(await both).toHaveLength(2);
  expect(told.messages.map((asks) => asks.map(({ agent }) => agent))).toEqual([['a', 'b']]);
});

test('a message that hangs is taken for lost and sent again', async () => {
  const told = leases(never, all);
  const push = new Fleet(told).push('a', 'inc-a', 1, null);
  await vi.advanceTimersByTimeAsync(1_000);
  // Late is not lost yet.
  expect(told.messages).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(await push).toMatchObject({ acked: true });
  expect(told.messages).toHaveLength(2);
});

test('only guards that have not answered are asked again, and in the end the asking fails', async () => {
  const told = leases(async (asks) => asks.map(({ agent }) => (agent === 'a' ? acked : null)));
  const fleet = new Fleet(told);
  const answered = fleet.push('a', 'inc-a', 1, null);
  const silent = fleet.push('b', 'inc-b', 1, null).catch((error: Error) => error.message);
  await vi.runAllTimersAsync();
  expect(await answered).toMatchObject({ acked: true });
  expect(await silent).toContain('the guard of b does not answer');
  expect(told.messages.slice(1).every((asks) => asks.length === 1 && asks[0]?.agent === 'b')).toBe(true);
});
