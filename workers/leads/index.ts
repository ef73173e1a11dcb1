/** The sites' host: takes leads from forms and never loses one. Agents and people reach them by entrypoints only. */
import { Hono, type Context } from 'hono';
import { faultTrace, secureHeaders } from '../../shared/http.ts';
import { problemResponse, type Problem } from '../../shared/problems.ts';
import { readPairs } from './body.ts';
import { embedScript } from './embed.ts';
import type { Env } from './env.ts';
import type { Submitted } from './inbox.ts';
import type { Submission } from './admit.ts';
import { senderOf } from './limits.ts';
import { pagePolicy, thanksPage } from './pages.ts';
import { answer, corsHeaders, preflightHeaders, refusal } from './respond.ts';
import { Strangers } from './strangers.ts';

export { LeadInbox } from './inbox.ts';
export { LeadIndex } from './lead-index.ts';
export { LeadDesk } from './desk.ts';
export { LeadErasure } from './lead-erasure.ts';
export { LeadsConsole } from './leads-console.ts';

type App = { Bindings: Env };

const app = new Hono<App>();
const strangers = new Strangers();

app.use(async (c, next) => {
  await next();
  for (const [name, value] of Object.entries(secureHeaders)) {
    if (!c.res.headers.has(name)) c.res.headers.set(name, value);
  }
});

app.get('/leads/embed.js', (c) =>
  c.body(embedScript, 200, {
    'content-type': 'text/javascript; charset=utf-8',
    'cache-control': 'public, max-age=3600',
    'cross-origin-resource-policy': 'cross-origin',
  }),
);
app.all('/leads/embed.js', notAllowed('GET, HEAD'));

app.get('/leads/:site/thanks', async (c) =>
  c.html(thanksPage(), 200, { 'content-security-policy': pagePolicy }),
);
app.all('/leads/:site/thanks', notAllowed('GET, HEAD'));

app.post('/leads/:site', async (c) => take(c.req.raw, c.req.param('site'), c.env));
app.options('/leads/:site', async (c) => preflight(c.req.raw, c.req.param('site'), c.env));
app.all('/leads/:site', notAllowed('POST, OPTIONS'));

app.notFound(() => problemResponse({ code: 'not-found' }));
app.onError((error) => {
  console.error('intake failed', faultTrace(error));
  return problemResponse({ code: 'internal' });
});

export default app;

const siteShape = /^[a-z][a-z0-9-]{1,62}$/;
const noSuchSite: Problem = { code: 'not-found', detail: 'There is no such site.' };

async function take(request: Request, site: string, env: Env): Promise<Response> {
  const address = request.headers.get('cf-connecting-ip') ?? 'unknown';
  const sender = senderOf(address);
  if (!siteShape.test(site)) return refusal(request, noSuchSite);
  const wait = strangers.waits(sender, Date.now());
  if (wait > 0) return refusal(request, { code: 'limited', retryAfter: wait });
  const body = await readPairs(request);
  if (!body.ok) return refusal(request, body.problem);
  const submitted = await deliver(env, site, { pairs: body.pairs, ...headersOf(request), address });
  if (submitted.kind === 'refused' && submitted.problem.code === 'not-found') {
    strangers.guessed(sender, Date.now());
  }
  return answer(request, site, submitted);
}

function headersOf({ headers }: Request): Pick<Submission, 'origin' | 'key' | 'referer'> {
  return {
    origin: headers.get('origin'),
    key: headers.get('publishable-key') ?? headers.get('publishable_key'),
    referer: headers.get('referer'),
  };
}

/** Hands a form to the site's inbox; once more if the inbox was just restarted, since twice is one lead. */
async function deliver(env: Env, site: string, form: Submission): Promise<Submitted> {
  try {
    return await env.INBOX.getByName(site).submit(site, form);
  } catch {
    try {
      return await env.INBOX.getByName(site).submit(site, form);
    } catch (error) {
      console.error('inbox unreachable', site, faultTrace(error));
      return { kind: 'refused', problem: { code: 'intake-unavailable', retryAfter: 5 }, allowOrigin: null };
    }
  }
}

async function preflight(request: Request, site: string, env: Env): Promise<Response> {
  const origin = request.headers.get('origin');
  if (!siteShape.test(site)) return problemResponse(noSuchSite);
  if (strangers.waits(senderOf(request.headers.get('cf-connecting-ip') ?? 'unknown'), Date.now()) > 0) {
    return problemResponse({ code: 'limited', retryAfter: 60 });
  }
  switch (await env.INBOX.getByName(site).preflight(site, origin)) {
    case 'allowed':
      return new Response(null, { status: 204, headers: preflightHeaders(origin ?? '') });
    case 'refused':
      return problemResponse({ code: 'site-refused' }, corsHeaders(null));
    case 'unknown':
      return problemResponse(noSuchSite);
    case 'unreachable':
      return problemResponse({ code: 'intake-unavailable', retryAfter: 5 });
  }
}

function notAllowed(allow: string): (c: Context<App>) => Response {
  return () => problemResponse({ code: 'method-not-allowed' }, { allow });
}
