import { z } from 'zod';
import type { Incident } from '../../shared/incidents.ts';
import type { Result } from '../../shared/rpc.ts';
import { reach } from './answer.ts';
import type { Env } from './env.ts';

/** Whose it is may be said, so that it works while the audit log does not. */
const named = z.object({ agent: z.string().regex(/^[a-z][a-z0-9-]{1,62}$/) });

/** Incidents of the agents that flagged any of late by the audit log, each as its guard has it now. Newest first. */
export async function incidents(
  env: Env,
  credential: string | null,
  agent?: string,
): Promise<Result<Incident[]>> {
  const agents =
    agent === undefined ? await flagging(env, credential) : { ok: true as const, value: [agent] };
  return agents.ok ? reach(async () => env.INCIDENTS.list(credential, agents.value)) : agents;
}

/** A person takes an incident on. The guard checks the person. */
export async function acknowledge(
  env: Env,
  credential: string | null,
  id: string,
  input: unknown,
): Promise<Result<Incident>> {
  const given = named.safeParse(input);
  const agent = given.success
    ? { ok: true as const, value: given.data.agent }
    : await whose(env, credential, id);
  if (!agent.ok) return agent;
  const { agent: _agent, ...rest } = input as Record<string, unknown>;
  return reach(async () => env.INCIDENTS.acknowledge(credential, agent.value, id, rest));
}

async function flagging(env: Env, credential: string | null): Promise<Result<string[]>> {
  const found = await flags(env, credential);
  if (!found.ok) return found;
  return { ok: true, value: [...new Set(found.value.flatMap(({ agent }) => agent ?? []))] };
}

async function whose(env: Env, credential: string | null, id: string): Promise<Result<string>> {
  const found = await flags(env, credential);
  if (!found.ok) return found;
  const agent = found.value.find(({ incident }) => incident === id)?.agent;
  if (agent !== undefined) return { ok: true, value: agent };
  return { ok: false, problem: { code: 'not-found', detail: 'The audit log knows no such incident yet.' } };
}

type Flagged = { agent?: string; incident?: unknown };

async function flags(env: Env, credential: string | null): Promise<Result<Flagged[]>> {
  const query = { kind: 'incident.flagged', limit: 500 };
  const found = await reach(async () => env.LEDGER.query(credential, query));
  if (!found.ok) return found;
  return { ok: true, value: found.value.entries.map((entry) => (entry as { data?: Flagged }).data ?? {}) };
}
