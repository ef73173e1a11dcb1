import { Hono } from 'hono';
import { newId } from '../../shared/ids.ts';
import { json, relay } from './answer.ts';
import type { Env } from './env.ts';
import { credentialOf } from './request.ts';
import { withBody } from './with-body.ts';

type Ops = { Bindings: Env };

/** A reason, and a word or two. */
const MAX_BODY = 8 * 1024;

/** Readiness and autonomy of agents. Control's desk checks the person and the body. */
export const agents = new Hono<Ops>();

agents.get('/ops/v1/autonomy', async (c) => relay(async () => c.env.AUTONOMY.list(credentialOf(c.req.raw))));
agents.get('/ops/v1/agents/:agent/readiness', async (c) =>
  relay(async () => c.env.AUTONOMY.readiness(credentialOf(c.req.raw), c.req.param('agent'))),
);
agents.post('/ops/v1/agents/:agent/contact-tests', async (c) =>
  withBody(
    c.req.raw,
    MAX_BODY,
    async (credential, input) => c.env.AUTONOMY.testContact(credential, c.req.param('agent'), input),
    (test) => json(test, 201),
  ),
);
agents.post('/ops/v1/agents/:agent/contact-answers', async (c) =>
  withBody(c.req.raw, MAX_BODY, async (credential, input) =>
    c.env.AUTONOMY.answerContact(credential, c.req.param('agent'), input),
  ),
);
agents.post('/ops/v1/agents/:agent/sign-offs', async (c) =>
  withBody(
    c.req.raw,
    MAX_BODY,
    async (credential, input) => c.env.AUTONOMY.sign(credential, c.req.param('agent'), input),
    (signed) => json(signed, 201),
  ),
);
for (const act of ['raise', 'lower'] as const) {
  agents.post(`/ops/v1/agents/:agent/autonomy/${act}`, async (c) => {
    const request = newId('req', Date.now());
    const agent = c.req.param('agent') ?? '';
    return withBody(
      c.req.raw,
      MAX_BODY,
      async (credential, input) => c.env.AUTONOMY[act](credential, agent, input, request),
      (change) => json(change, change.status === 'waiting' ? 202 : 200),
    );
  });
}
