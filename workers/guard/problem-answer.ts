import { problemDocument, problems, type Problem } from '../../shared/problems.ts';
import type { Answer } from '../../shared/rpc.ts';

/** A problem as an agent gets it over HTTP. */
export function problemAnswer(problem: Problem, headers: Record<string, string> = {}): Answer {
  return {
    status: problems[problem.code].status,
    body: JSON.stringify(problemDocument(problem)),
    headers: {
      'content-type': 'application/problem+json',
      ...(problem.retryAfter !== undefined && { 'retry-after': String(problem.retryAfter) }),
      ...headers,
    },
  };
}
