import { describe, expect, test } from 'vitest';
import { bearer, gateway, type Gateway } from './support.ts';

const id = 'handoff_01JD0000000000000000000000';
const body = ' {"kind":"conflicting"}';

async function file(gate: Gateway, headers: Record<string, string> = {}, sent = body): Promise<Response> {
  const all = { ...bearer(await gate.token()), 'content-type': 'application/json', ...headers };
  return gate.fetch('/v1/handoffs', { method: 'POST', body: sent, headers: all });
}

describe('a case that is handed over', () => {
  test('reaches the agent’s guard unparsed, with its key, and the answer comes back as it is', async () => {
    const gate = gateway();
    gate.guard.answer = { status: 201, body: '{"status":"open"}', headers: {} };
    const answer = await file(gate, { 'idempotency-key': 'k-1' });
    expect(answer.status).toBe(201);
    expect(await answer.text()).toBe('{"status":"open"}');
    await file(gate);
    expect(gate.guard.handoffs).toEqual([
      { body, key: 'k-1' },
      { body, key: null },
    ]);
  });

  test('goes nowhere without a token, with a key that is none, or with too much in it', async () => {
    const gate = gateway();
    const stranger = await gate.fetch('/v1/handoffs', { method: 'POST', body });
    expect(stranger.status).toBe(401);
    expect((await file(gate, { 'idempotency-key': 'k'.repeat(201) })).status).toBe(422);
    expect((await file(gate, {}, 'x'.repeat(48 * 1024 + 1))).status).toBe(413);
    expect((await file(gate, { 'content-type': 'text/plain' })).status).toBe(415);
    expect(gate.guard.handoffs).toEqual([]);
  });

  test('is looked up by an id of its kind only', async () => {
    const gate = gateway();
    const headers = bearer(await gate.token());
    expect((await gate.fetch(`/v1/handoffs/${id}`, { headers })).status).toBe(200);
    expect((await gate.fetch('/v1/handoffs/call_01JD0000000000000000000000', { headers })).status).toBe(404);
    expect((await gate.fetch(`/v1/handoffs/${id}`)).status).toBe(401);
    expect(gate.guard.handoffs).toEqual([{ id }]);
  });
});
