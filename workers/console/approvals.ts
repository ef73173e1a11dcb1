import { Hono } from 'hono';
import { json, refuse, relay } from './answer.ts';
import type { Env } from './env.ts';
import { credentialOf, queries, readQuery } from './request.ts';
import { withBody } from './with-body.ts';

type Ops = { Bindings: Env };

/** A hundred decisions with a note each, or an edit of a long text. */
const MAX_BODY = 128 * 1024;

/** What waits for people, and what they decide. Approvals' desk checks the person and the body. */
export const approvals = new Hono<Ops>();

approvals.get('/ops/v1/approvals', async (c) => {
  const query = readQuery(c.req.url, queries.approvals);
  if (!query.ok) return refuse(query.problem);
  return relay(async () => c.env.APPROVALS.list(credentialOf(c.req.raw), query.value));
});
approvals.get('/ops/v1/approvals/:id', async (c) =>
  relay(async () => c.env.APPROVALS.get(credentialOf(c.req.raw), c.req.param('id'))),
);
approvals.post('/ops/v1/approvals/:id/decision', async (c) =>
  withBody(c.req.raw, MAX_BODY, async (credential, input) =>
    c.env.APPROVALS.decide(credential, c.req.param('id'), input),
  ),
);
approvals.post('/ops/v1/approvals/:id/reveal', async (c) =>
  withBody(c.req.raw, MAX_BODY, async (credential, input) =>
    c.env.APPROVALS.reveal(credential, c.req.param('id'), input),
  ),
);
// Beside `approvals/:id`, so that no id is ever mistaken for it.
approvals.post('/ops/v1/approval-decisions', async (c) =>
  withBody(
    c.req.raw,
    MAX_BODY,
    async (credential, input) => c.env.APPROVALS.decideAll(credential, input),
    (decided) => json({ decided }),
  ),
);

approvals.get('/ops/v1/pre-approvals', async (c) =>
  relay(
    async () => c.env.APPROVALS.preApprovals(credentialOf(c.req.raw)),
    (preApprovals) => json({ preApprovals }),
  ),
);
approvals.post('/ops/v1/pre-approvals', async (c) =>
  withBody(
    c.req.raw,
    MAX_BODY,
    async (credential, input) => c.env.APPROVALS.preApprove(credential, input),
    (made) => json(made, 201),
  ),
);
approvals.delete('/ops/v1/pre-approvals/:id', async (c) =>
  relay(async () => c.env.APPROVALS.endPreApproval(credentialOf(c.req.raw), c.req.param('id'))),
);

approvals.get('/ops/v1/overrides', async (c) => {
  const query = readQuery(c.req.url, queries.overrides);
  if (!query.ok) return refuse(query.problem);
  return relay(
    async () => c.env.APPROVALS.overrides(credentialOf(c.req.raw), query.value),
    (patterns) => json({ patterns }),
  );
});
