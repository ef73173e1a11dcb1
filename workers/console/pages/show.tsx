import type { Child } from 'hono/jsx';
import { reach } from '../answer.ts';
import { Refused } from '../parts/common.tsx';
import { Layout, type Frame, type Head } from '../parts/layout.tsx';
import { problems, type Problem } from '../../../shared/problems.ts';
import type { Ask } from '../asking.ts';
import { pageHeaders } from './kit.ts';

/** Answers with a page inside the console's frame. The frame's own two questions never keep the page from being shown. */
export async function show(c: Ask, head: Head, body: Child, status = 200): Promise<Response> {
  const frame = await frameOf(c);
  return html(<Layout head={{ ...head, live: liveOf(c, head) }} frame={frame} body={body} />, status);
}

/** Which page keeps this one up to date; '': none does, since what answers a form cannot be asked for again. */
function liveOf(c: Ask, { live = false }: Head): string {
  if (typeof live === 'string') return live;
  const { pathname, search } = new URL(c.req.url);
  return live && c.req.method === 'GET' ? pathname + search : '';
}

/** A page that could not be made: the desk's own refusal, in the frame. */
export async function showRefused(c: Ask, head: Head, problem: Problem): Promise<Response> {
  const body = (
    <>
      <h1>{head.title}</h1>
      <Refused problem={problem} />
    </>
  );
  return show(c, head, body, problems[problem.code].status);
}

/** An HTML answer with the headers of every page. */
export async function html(page: { toString(): string | Promise<string> }, status = 200): Promise<Response> {
  return new Response(`<!doctype html>${await page.toString()}`, {
    status,
    headers: { ...pageHeaders, 'content-type': 'text/html; charset=utf-8' },
  });
}

async function frameOf(c: Ask): Promise<Frame> {
  const { token } = c.var.visitor;
  const [stops, waiting] = await Promise.all([
    reach(async () => c.env.CONTROL.stops(token)),
    reach(async () => c.env.APPROVALS.list(token, { status: 'waiting', limit: 1 })),
  ]);
  return {
    environment: c.env.ENVIRONMENT,
    visitor: c.var.visitor,
    stops: stops.ok ? stops.value : null,
    waiting: waiting.ok ? waiting.value.waiting : null,
  };
}
