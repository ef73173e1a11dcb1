import { Hono } from 'hono';
import { MAX_EVIDENCE_BYTES } from '../../shared/policy-evidence.ts';
import { json, refuse, relay } from './answer.ts';
import type { Env } from './env.ts';
import { credentialOf, readJson } from './request.ts';

/** What people ran about a policy set: its tests and backtests. */
export const evidence = new Hono<{ Bindings: Env }>();

const path = '/ops/v1/governance/:version/evidence';

evidence.get(path, async (c) =>
  relay(async () => c.env.CONTROL.evidence(credentialOf(c.req.raw), c.req.param('version'))),
);
evidence.post(path, async (c) => {
  const input = await readJson(c.req.raw, MAX_EVIDENCE_BYTES);
  if (!input.ok) return refuse(input.problem);
  return relay(
    async () => c.env.CONTROL.recordEvidence(credentialOf(c.req.raw), c.req.param('version'), input.value),
    (view) => json(view, 201),
  );
});
