import { Hono } from 'hono';
import { json, relay } from './answer.ts';
import type { Env } from './env.ts';
import { credentialOf } from './request.ts';
import { withBody } from './with-body.ts';

type Ops = { Bindings: Env };

/** A mail address, a time and a reason. */
const MAX_BODY = 8 * 1024;

/** Who decides for whom while away, and how people are told. The desks of approvals and of the notifier check the person. */
export const people = new Hono<Ops>();

people.get('/ops/v1/notifier', async (c) => relay(async () => c.env.NOTIFIER.view(credentialOf(c.req.raw))));

people.get('/ops/v1/delegations', async (c) =>
  relay(async () => c.env.APPROVALS.delegations(credentialOf(c.req.raw))),
);
people.post('/ops/v1/delegations', async (c) =>
  withBody(
    c.req.raw,
    MAX_BODY,
    async (credential, input) => c.env.APPROVALS.delegate(credential, input),
    (made) => json(made, 201),
  ),
);
people.post('/ops/v1/delegations/:id/end', async (c) =>
  relay(async () => c.env.APPROVALS.endDelegation(credentialOf(c.req.raw), c.req.param('id'))),
);
