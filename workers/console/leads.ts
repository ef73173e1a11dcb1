import { Hono } from 'hono';
import { refuse, relay } from './answer.ts';
import type { Env } from './env.ts';
import { credentialOf, queries, readQuery } from './request.ts';
import { withBody } from './with-body.ts';

/** A queue, a field, a reason. */
const MAX_BODY = 8 * 1024;

/** What sites posted. The leads Worker checks the person and the body. */
export const leads = new Hono<{ Bindings: Env }>();

leads.get('/ops/v1/leads', async (c) => {
  const query = readQuery(c.req.url, queries.leads);
  if (!query.ok) return refuse(query.problem);
  return relay(async () => c.env.LEADS.list(credentialOf(c.req.raw), query.value));
});
leads.get('/ops/v1/leads/errors', async (c) => {
  const query = readQuery(c.req.url, queries.leadErrors);
  if (!query.ok) return refuse(query.problem);
  return relay(async () => c.env.LEADS.errors(credentialOf(c.req.raw), query.value));
});
leads.post('/ops/v1/leads/:id/correction', async (c) =>
  withBody(c.req.raw, MAX_BODY, async (credential, input) =>
    c.env.LEADS.correct(credential, c.req.param('id'), input),
  ),
);
// Not a GET: it is recorded, and what it shows has no place in a cache or a history.
leads.post('/ops/v1/leads/:id/reveal', async (c) =>
  withBody(c.req.raw, MAX_BODY, async (credential, input) =>
    c.env.LEADS.reveal(credential, c.req.param('id'), input),
  ),
);
leads.post('/ops/v1/leads/:id/recovery', async (c) =>
  relay(async () => c.env.LEADS.recover(credentialOf(c.req.raw), c.req.param('id'))),
);
