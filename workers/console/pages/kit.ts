import type { Context, MiddlewareHandler } from 'hono';
import { readBody, secureHeaders } from '../../../shared/http.ts';
import type { Problem } from '../../../shared/problems.ts';
import type { Ask, Console } from '../asking.ts';
import { tellLook } from '../looks.ts';
import { isFormToken } from '../session.ts';
import { visitorOf } from '../visitor.ts';

/** More than the longest edit of a call, which is at most 256 KiB. */
const MAX_FORM = 512 * 1024;

/** On every page: nothing is loaded but this origin's own files, nothing runs that stands in the page itself. */
export const pageHeaders: Readonly<Record<string, string>> = {
  ...secureHeaders,
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; '),
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=()',
  'x-frame-options': 'DENY',
  // Not `no-referrer`: that would make the origin of a form's post null.
  'referrer-policy': 'same-origin',
};

/** Null: a live stream makes the page anew for somebody whose look was told when the page was loaded. */
function lookingOf(c: Context<Console>): Context['executionCtx'] | null {
  try {
    return c.executionCtx;
  } catch {
    return null; // Hono throws where a request did not come from outside.
  }
}

/** Lets only people of this gate see a page, and takes only forms that were made for them. */
export const forPeople: MiddlewareHandler<Console> = async (c, next) => {
  const found = await visitorOf(c.req.raw, c.env, Date.now());
  if (!found.ok)
    return found.why === 'nobody'
      ? signInFirst(c)
      : plain('Your account holds no role here. Ask an owner of this gate.', 403);
  const { visitor } = found;
  c.set('visitor', visitor);
  if (visitor.roles.includes('auditor')) lookingOf(c)?.waitUntil(tellLook(c.req.raw, c.env, visitor.token));
  if (c.req.method === 'POST') {
    const form = await readForm(c.req.raw);
    if (!form.ok) return plain(form.problem.detail ?? 'The form is not readable.', 400);
    if (!isFormToken(visitor.token, form.value.get('csrf') ?? '')) {
      return plain(
        'This form was made for another session. Go back, reload the page and send it again.',
        403,
      );
    }
    c.set('form', form.value);
  } else if (c.req.method !== 'GET' && c.req.method !== 'HEAD') {
    return plain('Pages are read, or posted to by forms.', 405);
  }
  await next();
};

/**
 * The fields of a form that this origin's own page posted. A browser says where a form came from; whoever does not say
 * is refused, unlike at `/ops/v1`, where programs call.
 */
export async function readForm(
  request: Request,
): Promise<{ ok: true; value: URLSearchParams } | { ok: false; problem: Problem }> {
  const own = request.headers.get('origin') === new URL(request.url).origin;
  const site = request.headers.get('sec-fetch-site');
  if (!own || (site !== null && site !== 'same-origin')) {
    return {
      ok: false,
      problem: { code: 'forbidden', detail: 'Forms are taken from this console’s own pages only.' },
    };
  }
  const body = await readBody(request, 'application/x-www-form-urlencoded', MAX_FORM);
  return body.ok ? { ok: true, value: new URLSearchParams(body.text) } : body;
}

/** Where to go after signing in: a page of this console, else its first. Pure. */
export function ownPath(path: string | null): string {
  return path !== null && /^\/console(\/[A-Za-z0-9_.:~%/-]*)?(\?[A-Za-z0-9_.:~%&=+-]*)?$/.test(path)
    ? path
    : '/console';
}

function signInFirst(c: Ask): Response {
  if (c.env.ENVIRONMENT !== 'sandbox') return plain('Sign in through Cloudflare Access and come back.', 401);
  const { pathname, search } = new URL(c.req.url);
  // A link from elsewhere brings no SameSite=Strict cookie: asked again from this origin, it does.
  if (c.req.method === 'GET' && c.req.header('sec-fetch-site') === 'cross-site') return onceMore();
  const next = c.req.method === 'GET' ? ownPath(pathname + search) : '/console';
  return seeOther(`/console/sign-in?next=${encodeURIComponent(next)}`);
}

/** A page that loads itself again, this time as this origin's own. */
function onceMore(): Response {
  return new Response(
    '<!doctype html><html lang="en"><title>Toolgate</title><meta http-equiv="refresh" content="0">',
    {
      headers: { ...pageHeaders, 'content-type': 'text/html; charset=utf-8' },
    },
  );
}

/** After a form was taken: the page to look at, so that a reload posts nothing twice. */
export function seeOther(location: string, headers: Record<string, string> = {}): Response {
  return new Response(null, { status: 303, headers: { ...pageHeaders, location, ...headers } });
}

function plain(text: string, status: number): Response {
  return new Response(`${text}\n`, {
    status,
    headers: { ...pageHeaders, 'content-type': 'text/plain; charset=utf-8' },
  });
}
