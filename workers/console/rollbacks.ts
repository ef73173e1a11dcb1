/** `/ops/v1/rollbacks`: plans to take back what agents did. The guards' Worker checks each person itself. */
import { Hono } from 'hono';
import type { RollbackDesk } from '../../shared/rollback/view.ts';
import { json, refuse, relay } from './answer.ts';
import type { Env } from './env.ts';
import { credentialOf, queries, readJson, readQuery } from './request.ts';

const MAX_BODY = 64 * 1024;

export const rollbacks = new Hono<{ Bindings: Env }>();

rollbacks.get('/ops/v1/rollbacks', async (c) =>
  relay(
    async () => c.env.ROLLBACKS.list(credentialOf(c.req.raw)),
    (found) => json({ rollbacks: found }),
  ),
);
rollbacks.post('/ops/v1/rollbacks', async (c) => {
  const input = await readJson(c.req.raw, MAX_BODY);
  if (!input.ok) return refuse(input.problem);
  return relay(
    async () => c.env.ROLLBACKS.open(credentialOf(c.req.raw), input.value),
    (rollback) => json(rollback, 201, { location: `/ops/v1/rollbacks/${rollback.id}` }),
  );
});
rollbacks.get('/ops/v1/rollbacks/:id', async (c) => {
  const query = readQuery(c.req.url, queries.rollback);
  if (!query.ok) return refuse(query.problem);
  return relay(async () =>
    c.env.ROLLBACKS.page(credentialOf(c.req.raw), c.req.param('id'), query.value.from ?? 0),
  );
});

/** What a person does to one, by the last word of its address. */
const acts = {
  approval: 'approve',
  force: 'force',
  run: 'run',
  halt: 'halt',
} as const satisfies Record<string, keyof RollbackDesk>;

for (const [word, act] of Object.entries(acts)) {
  rollbacks.post(`/ops/v1/rollbacks/:id/${word}`, async (c) => {
    const input = await readJson(c.req.raw, MAX_BODY);
    if (!input.ok) return refuse(input.problem);
    const id = c.req.param('id') ?? '';
    return relay(async () => c.env.ROLLBACKS[act](credentialOf(c.req.raw), id, input.value));
  });
}
