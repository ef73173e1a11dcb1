import { isId } from '../../shared/ids.ts';
import { readBody, secureHeaders } from '../../shared/http.ts';
import { problemResponse, type Problem } from '../../shared/problems.ts';
import { letGo } from '../../shared/released.ts';
import type { Answer, Caller, CallRequest } from '../../shared/rpc.ts';
import { newTraceparent, readTraceparent } from '../../shared/trace.ts';
import type { Env } from './env.ts';
import type { AgentToken } from './tokens.ts';
import { waitOf, type Wait } from './waiting.ts';

export const MAX_BODY = 256 * 1024;
const MAX_FLAG = 8 * 1024;
/** Its longest words, in the widest letters. */
const MAX_HANDOFF = 48 * 1024;

/**
 * `POST /v1/tools/{tool}/{action}`: hands the call to the agent's guard, unparsed, and its answer back as it is. A call that has not
 * ended is waited for as long as the caller wants (`?wait=`, or `Prefer: wait=`), at most 30 s.
 */
export async function callTool(
  request: Request,
  path: { tool: string; action: string },
  token: AgentToken,
  env: Env,
): Promise<Response> {
  if (!isToolPath(path)) return refuse({ code: 'unknown-action' });
  const wait = waitOf(new URL(request.url).searchParams.get('wait'), request.headers.get('prefer'));
  if (!wait.ok) return refuse(wait.problem);
  const idempotencyKey = idempotencyKeyOf(request);
  if (idempotencyKey instanceof Response) return idempotencyKey;
  const body = await readBody(request, 'application/json', MAX_BODY);
  if (!body.ok) return refuse(body.problem);
  // A bad trace never costs a call, and nothing else of these headers goes on.
  const traceparent = readTraceparent(request.headers.get('traceparent')) ?? newTraceparent();
  const call: CallRequest = { ...path, body: body.text, idempotencyKey, traceparent };
  return send(async () => callAndWait(env, callerOf(token), call, wait));
}

/** The answer to a call; where it says that the call goes on, how it stands at the end of the wait. */
async function callAndWait(
  env: Env,
  caller: Caller,
  call: CallRequest,
  { seconds, preferred }: Wait & { ok: true },
): Promise<Answer> {
  const guard = env.GUARD.getByName(caller.agent);
  const first = await guard.call(caller, call);
  const applied = preferred ? { 'preference-applied': `wait=${seconds}` } : {};
  const headers = { ...first.headers, ...applied };
  if (first.status !== 202 || seconds === 0) return { status: first.status, body: first.body, headers };
  const { call: id } = JSON.parse(first.body) as { call: string };
  const last = letGo(await guard.poll(caller, id, seconds * 1000));
  return { status: last.status, body: last.body, headers: { ...headers, ...last.headers } };
}

/** `GET /v1/calls/{id}?wait=`: the state of one of this agent's calls, waiting up to 30 s for it to end. */
export async function pollCall(url: URL, id: string, token: AgentToken, env: Env): Promise<Response> {
  if (!isId('call', id)) return refuse({ code: 'not-found' });
  const wait = waitOf(url.searchParams.get('wait'), null);
  if (!wait.ok) return refuse(wait.problem);
  return send(() => env.GUARD.getByName(token.agent).poll(callerOf(token), id, wait.seconds * 1000));
}

/** `POST /v1/incidents`: hands a flagged security issue to the agent's guard. No scope is asked for: nobody needs a right to warn. */
export async function flagIncident(request: Request, token: AgentToken, env: Env): Promise<Response> {
  const body = await readBody(request, 'application/json', MAX_FLAG);
  if (!body.ok) return refuse(body.problem);
  return send(() => env.GUARD.getByName(token.agent).flag(callerOf(token), body.text));
}

/** `POST /v1/handoffs`: hands a case over to people, by the agent's guard. No scope is asked for: it asks nothing of a tool. */
export async function handOver(request: Request, token: AgentToken, env: Env): Promise<Response> {
  const key = idempotencyKeyOf(request);
  if (key instanceof Response) return key;
  const body = await readBody(request, 'application/json', MAX_HANDOFF);
  if (!body.ok) return refuse(body.problem);
  return send(() => env.GUARD.getByName(token.agent).handOver(callerOf(token), body.text, key));
}

/** `GET /v1/handoffs/{id}`: how one of this agent's cases stands. */
export async function pollHandoff(id: string, token: AgentToken, env: Env): Promise<Response> {
  if (!isId('handoff', id)) return refuse({ code: 'not-found' });
  return send(() => env.GUARD.getByName(token.agent).handoff(callerOf(token), id));
}

function idempotencyKeyOf(request: Request): string | null | Response {
  const key = request.headers.get('idempotency-key');
  if (key === null || /^[\x21-\x7e]{1,200}$/.test(key)) return key;
  return refuse({ code: 'invalid', detail: 'Idempotency-Key is 1 to 200 visible ASCII characters.' });
}

/** A problem as this host sends it. */
export function refuse(problem: Problem, headers: Record<string, string> = {}): Response {
  return problemResponse(problem, { ...secureHeaders, ...headers });
}

/** Says that a guard is out of reach, which may have happened before or after it began. */
export function unavailable(): Response {
  return refuse({ code: 'unavailable', retryAfter: 2 });
}

function callerOf(token: AgentToken): Caller {
  return { agent: token.agent, user: null, scopes: token.scopes };
}

/** One spelling for each action: the dot that splits tool from action is never inside `tool`. */
function isToolPath({ tool, action }: { tool: string; action: string }): boolean {
  return /^[a-z]{1,40}$/.test(tool) && /^[a-z]{1,40}\.[a-z]{1,40}$/.test(action);
}

async function send(ask: () => Promise<Answer>): Promise<Response> {
  let answer: Answer;
  try {
    answer = letGo(await ask());
  } catch {
    return unavailable(); // Whatever the guard threw stays here.
  }
  const type = answer.status < 400 ? 'application/json' : 'application/problem+json';
  return new Response(answer.body, {
    status: answer.status,
    headers: { 'content-type': type, ...secureHeaders, ...answer.headers },
  });
}
