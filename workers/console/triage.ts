import { Hono } from 'hono';
import { z } from 'zod';
import type { Handoff } from '../../shared/handoffs.ts';
import type { Result } from '../../shared/rpc.ts';
import { json, reach, refuse, relay } from './answer.ts';
import type { Env } from './env.ts';
import { credentialOf, queries, readQuery } from './request.ts';
import { withBody } from './with-body.ts';

type Ops = { Bindings: Env };

/** A word or two. */
const MAX_BODY = 8 * 1024;

/** Cases that agents handed over, reviews afterwards, and reports of misbehaviour. Triage's desks check the person and the body. */
export const triage = new Hono<Ops>();

triage.get('/ops/v1/handoffs', async (c) => {
  const query = readQuery(c.req.url, queries.handoffs);
  if (!query.ok) return refuse(query.problem);
  return relay(async () => c.env.TRIAGE.list(credentialOf(c.req.raw), query.value));
});
triage.get('/ops/v1/handoffs/:id', async (c) =>
  relay(async () => c.env.TRIAGE.get(credentialOf(c.req.raw), c.req.param('id'))),
);
triage.post('/ops/v1/handoffs/:id/act', async (c) =>
  withBody(c.req.raw, MAX_BODY, async (credential, input) =>
    c.env.TRIAGE.act(credential, c.req.param('id'), input),
  ),
);
triage.get('/ops/v1/reviews', async (c) => {
  const query = readQuery(c.req.url, queries.reviews);
  if (!query.ok) return refuse(query.problem);
  return relay(async () => c.env.REVIEWS.list(credentialOf(c.req.raw), query.value));
});
triage.get('/ops/v1/reviews/:call', async (c) =>
  relay(async () => c.env.REVIEWS.get(credentialOf(c.req.raw), c.req.param('call'))),
);
triage.post('/ops/v1/reviews/:call', async (c) =>
  withBody(c.req.raw, MAX_BODY, async (credential, input) =>
    c.env.REVIEWS.record(credential, c.req.param('call'), input),
  ),
);
triage.post('/ops/v1/calls/:id/report', async (c) =>
  withBody(
    c.req.raw,
    MAX_BODY,
    async (credential, input) => reportCall(c.env, credential, c.req.param('id'), input),
    (handoff) => json(handoff, 201, { location: `/ops/v1/handoffs/${handoff.id}` }),
  ),
);

const reason = z.strictObject({ reason: z.string() });
const logged = z.object({ agent: z.string(), tool: z.string(), action: z.string() });

/** Reports a call as misbehaviour to whoever answers for its agent. What it was is the audit log's word, not the reporter's. */
export async function reportCall(
  env: Env,
  credential: string | null,
  call: string,
  input: unknown,
): Promise<Result<Handoff>> {
  const given = reason.safeParse(input);
  if (!given.success)
    return {
      ok: false,
      problem: { code: 'invalid', errors: [{ pointer: '/reason', detail: 'say what is wrong' }] },
    };
  const found = await reach(async () => env.LEDGER.call(credential, call));
  if (!found.ok) return found;
  const known = logged.safeParse(found.value.call);
  if (!known.success)
    return {
      ok: false,
      problem: { code: 'conflict', detail: 'The audit log does not say which action it was.' },
    };
  return reach(async () => env.TRIAGE.report(credential, { ...known.data, call, reason: given.data.reason }));
}
