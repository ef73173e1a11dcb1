import { faultTrace, secureHeaders } from '../../shared/http.ts';
import { problemResponse, type Problem } from '../../shared/problems.ts';
import type { Result } from '../../shared/rpc.ts';

/** A problem as this host sends it. A person's 401 names the scheme. */
export function refuse(problem: Problem, headers: Record<string, string> = {}): Response {
  return problemResponse(problem, {
    ...secureHeaders,
    ...(problem.code === 'unauthenticated' && { 'www-authenticate': 'Bearer realm="toolgate people"' }),
    ...headers,
  });
}

/** What a desk answered, as HTTP; a desk that throws or is out of reach is 503, and what it threw stays here. */
export async function relay<T>(
  ask: () => Promise<Result<T>>,
  show: (value: T) => Response = json,
): Promise<Response> {
  const result = await reach(ask);
  return result.ok ? show(result.value) : refuse(result.problem);
}

/** A desk's answer, or `unavailable` when it gives none. */
export async function reach<T>(ask: () => Promise<Result<T>>): Promise<Result<T>> {
  try {
    return await ask();
  } catch (error) {
    console.error('console:', faultTrace(error));
    return { ok: false, problem: { code: 'unavailable', retryAfter: 2 } };
  }
}

export function json(body: unknown, status = 200, headers: Record<string, string> = {}): Response {
  return Response.json(body, { status, headers: { ...secureHeaders, ...headers } });
}
