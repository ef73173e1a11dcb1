/** `/ops/v1/artefacts`: pages, mails, budgets and segments in versions. The guards' Worker checks each person itself. */
import { Hono, type Context } from 'hono';
import { acted } from './operate.ts';
import { refuse, relay } from './answer.ts';
import type { Env } from './env.ts';
import { credentialOf, queries, readJson, readQuery } from './request.ts';

const MAX_BODY = 64 * 1024;

type On = { Bindings: Env };

export const artefacts = new Hono<On>();

artefacts.get('/ops/v1/artefacts', async (c) => {
  const query = readQuery(c.req.url, queries.artefacts);
  if (!query.ok) return refuse(query.problem);
  return relay(async () => c.env.ARTEFACTS.list(credentialOf(c.req.raw), query.value));
});

const one = '/ops/v1/artefacts/:tool/:record/:id';
artefacts.get(one, async (c) =>
  relay(async () => c.env.ARTEFACTS.versions(credentialOf(c.req.raw), nameOf(c))),
);
artefacts.get(`${one}/versions/:n{[1-9][0-9]{0,8}}`, async (c) =>
  relay(async () => c.env.ARTEFACTS.content(credentialOf(c.req.raw), nameOf(c), numberOf(c))),
);
artefacts.post(`${one}/versions/:n{[1-9][0-9]{0,8}}/restore`, async (c) => {
  const input = await readJson(c.req.raw, MAX_BODY);
  if (!input.ok) return refuse(input.problem);
  return relay(
    async () => c.env.ARTEFACTS.restore(credentialOf(c.req.raw), nameOf(c), numberOf(c), input.value),
    acted,
  );
});

function nameOf(c: Context<On>): string {
  return ['tool', 'record', 'id'].map((part) => c.req.param(part) ?? '').join('/');
}

function numberOf(c: Context<On>): number {
  return Number(c.req.param('n'));
}
