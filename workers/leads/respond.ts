/** Answers of the public endpoint, for programs and for visitors without JavaScript. */
import { problemResponse, problems, type Problem } from '../../shared/problems.ts';
import { isJson } from './body.ts';
import type { Submitted } from './inbox.ts';
import { pagePolicy, problemPage } from './pages.ts';

/** Whether the caller wants data: it says so, or it sent JSON itself. A form posted by a browser wants a page. */
export function wantsJson(request: Request): boolean {
  const sent = request.headers.get('content-type')?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  return isJson(sent) || /\bapplication\/([\w.-]+\+)?json\b/i.test(request.headers.get('accept') ?? '');
}

/** What the inbox said, as the caller wants it. */
export async function answer(request: Request, site: string, submitted: Submitted): Promise<Response> {
  const cors = corsHeaders(submitted.allowOrigin);
  if (submitted.kind === 'refused') return refusal(request, submitted.problem, cors);
  const { lead, test, thankYou } = submitted;
  if (!wantsJson(request)) return seeOther(thankYou ?? `/leads/${site}/thanks`, cors);
  const body = { lead, status: 'accepted', ...(test && { test }) };
  return Response.json(body, { status: 202, headers: cors });
}

function seeOther(location: string, headers: Record<string, string>): Response {
  return new Response(null, { status: 303, headers: { location, ...headers } });
}

/** A refusal as problem document or, for a visitor, as page. */
export async function refusal(
  request: Request,
  problem: Problem,
  headers: Record<string, string> = corsHeaders(null),
): Promise<Response> {
  if (wantsJson(request)) return problemResponse(problem, headers);
  return new Response(String(await problemPage(problem)), {
    status: problems[problem.code].status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': pagePolicy,
      ...(problem.retryAfter !== undefined && { 'retry-after': String(problem.retryAfter) }),
      ...headers,
    },
  });
}

export function corsHeaders(allowOrigin: string | null): Record<string, string> {
  return {
    vary: 'Origin, Accept',
    ...(allowOrigin !== null && {
      'access-control-allow-origin': allowOrigin,
      'access-control-expose-headers': 'Retry-After',
    }),
  };
}

/** What a preflight of an allowed origin is told. */
export function preflightHeaders(origin: string): Record<string, string> {
  return {
    ...corsHeaders(origin),
    'access-control-allow-methods': 'POST',
    'access-control-allow-headers': 'Content-Type, Publishable-Key, publishable_key',
    'access-control-max-age': '600',
  };
}
