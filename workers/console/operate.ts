import { z } from 'zod';
import type { OperatorAct, operatorKinds, Result } from '../../shared/rpc.ts';
import type { Look } from '../../shared/taking-back.ts';
import { json, reach } from './answer.ts';
import type { Env } from './env.ts';

/** Whose call it is may be said, so that the lane works while the audit log does not. */
const named = z.object({ agent: z.string().regex(/^[a-z][a-z0-9-]{1,62}$/) });

/** Has a call undone, cancelled or looked up: asks the guard of the agent whose call it is. The guard checks the person. */
export async function operate(
  env: Env,
  credential: string | null,
  kind: (typeof operatorKinds)[number],
  call: string,
  input: unknown,
): Promise<Result<OperatorAct>> {
  const given = named.safeParse(input);
  const agent = given.success
    ? { ok: true as const, value: given.data.agent }
    : await agentOf(env, credential, call);
  if (!agent.ok) return agent;
  return env.OPERATORS.act(credential, agent.value, kind, call, withoutAgent(input));
}

/** What an undo of a call would find at the vendor. Writes nothing. `agent`: whose call it is, where that is known. */
export async function look(
  env: Env,
  credential: string | null,
  call: string,
  agent: string | undefined,
): Promise<Result<Look>> {
  const whose =
    agent === undefined ? await agentOf(env, credential, call) : { ok: true as const, value: agent };
  return whose.ok ? env.OPERATORS.look(credential, whose.value, call) : whose;
}

/** Whose call it is, by the audit log, which may be some seconds behind. */
async function agentOf(env: Env, credential: string | null, id: string): Promise<Result<string>> {
  const found = await reach(async () => env.LEDGER.call(credential, id));
  if (!found.ok) return found;
  const { agent } = found.value.call as { agent?: unknown };
  if (typeof agent === 'string') return { ok: true, value: agent };
  return {
    ok: false,
    problem: { code: 'not-found', detail: 'The audit log does not know yet whose call this is.' },
  };
}

function withoutAgent(input: unknown): unknown {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return input;
  const { agent: _agent, ...rest } = input as Record<string, unknown>;
  return rest;
}

/** 200 once it has ended, 202 while it has not; how it ended is in the body. */
export function acted(act: OperatorAct): Response {
  return json(act, act.outcome === 'running' || act.outcome === 'waiting' ? 202 : 200);
}
