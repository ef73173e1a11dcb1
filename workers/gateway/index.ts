/** The agents' host. It authenticates, reads the body and hands the call to the agent's guard: it decides nothing. */
import { Hono, type Context } from 'hono';
import { faultTrace, noRoute, secureHeaders } from '../../shared/http.ts';
import type { AgentView } from '../../shared/rpc.ts';
import { catalogue } from '../tools/catalogue.ts';
import { authenticate } from './authenticate.ts';
import { allActions, grantedActions } from './catalogue-view.ts';
import type { Env } from './env.ts';
import { callTool, flagIncident, handOver, pollCall, pollHandoff, refuse, unavailable } from './functions.ts';
import { authorizationServer, protectedResource } from './metadata.ts';
import { issueToken } from './oauth.ts';
import { openApi } from './openapi.ts';
import { indexPage, problemPage } from './problem-pages.ts';
import { checkTexts, redact } from './redact.ts';
import { publicKeys, type AgentToken } from './tokens.ts';

type Gateway = { Bindings: Env };

const app = new Hono<Gateway>();

app.post('/v1/tools/:tool/:action', async (c) => {
  const token = await caller(c);
  if (token instanceof Response) return token;
  const path = { tool: c.req.param('tool'), action: c.req.param('action') };
  return callTool(c.req.raw, path, token, c.env);
});
app.get('/v1/calls/:id', async (c) => {
  const token = await caller(c);
  if (token instanceof Response) return token;
  return pollCall(new URL(c.req.url), c.req.param('id'), token, c.env);
});
app.post('/v1/incidents', async (c) => {
  const token = await caller(c);
  return token instanceof Response ? token : flagIncident(c.req.raw, token, c.env);
});
app.post('/v1/handoffs', async (c) => {
  const token = await caller(c);
  return token instanceof Response ? token : handOver(c.req.raw, token, c.env);
});
app.get('/v1/handoffs/:id', async (c) => {
  const token = await caller(c);
  return token instanceof Response ? token : pollHandoff(c.req.param('id'), token, c.env);
});
app.post('/v1/redact', async (c) => {
  const token = await caller(c);
  return token instanceof Response ? token : redact(c.req.raw, token, c.env);
});
app.post('/v1/redact/check', async (c) => {
  const token = await caller(c);
  return token instanceof Response ? token : checkTexts(c.req.raw, token, c.env);
});
app.get(
  '/v1/me',
  withView((view, token) => ({ ...view, token: tokenView(token) }), true),
);
app.get(
  '/v1/tools',
  withView((view, token) => ({ tools: grantedActions(catalogue, view.grants, token.scopes) })),
);

app.post('/oauth/token', async (c) => issueToken(c.req.raw, originOf(c), c.env, Date.now()));
app.get('/.well-known/oauth-authorization-server', (c) => json(authorizationServer(originOf(c))));
app.get('/.well-known/oauth-protected-resource', (c) => json(protectedResource(originOf(c))));
app.get('/.well-known/jwks.json', async (c) => json(await publicKeys(c.env.TOKEN_PRIVATE_KEY)));

app.get('/openapi.json', async (c) => {
  if (c.req.header('authorization') === undefined) return json(openApi(originOf(c), allActions(catalogue)));
  return filteredOpenApi(c);
});
app.get(
  '/problems/:code',
  (c) => problemPage(c.req.raw, c.req.param('code')) ?? refuse({ code: 'not-found' }),
);
app.get('/healthz', () => json({ status: 'ok', name: 'toolgate' }));
app.get('/', (c) => indexPage(c.req.raw));

app.notFound((c) => {
  const { problem, headers } = noRoute(app, c.req.path);
  return refuse(problem, headers);
});
app.onError((error) => {
  console.error('gateway:', faultTrace(error));
  return refuse({ code: 'internal' });
});

export default app;

const filteredOpenApi = withView((view, token, origin) =>
  openApi(origin, grantedActions(catalogue, view.grants, token.scopes)),
);

/** A route that shows the caller something of what its guard knows about it; `whole`: with what it shares with others. */
function withView(
  show: (view: AgentView, token: AgentToken, origin: string) => unknown,
  whole = false,
): (c: Context<Gateway>) => Promise<Response> {
  return async (c) => {
    const token = await caller(c);
    if (token instanceof Response) return token;
    const view = await c.env.GUARD.getByName(token.agent)
      .view(token.agent, whole)
      .catch(() => undefined);
    if (!view) return unavailable();
    return view.ok ? json(show(view.value, token, originOf(c))) : refuse(view.problem);
  };
}

async function caller(c: Context<Gateway>): Promise<AgentToken | Response> {
  return authenticate(c.req.raw, originOf(c), c.env, Date.now());
}

/** `https://host` of the request: the issuer of tokens, so that a token of one gate is refused at another. */
function originOf(c: Context<Gateway>): string {
  return c.req.url.slice(0, c.req.url.indexOf('/', 8));
}

function tokenView(token: AgentToken): Record<string, unknown> {
  const { client, scopes, expires } = token;
  return { client, scopes, expires: new Date(expires).toISOString() };
}

function json(body: unknown): Response {
  return Response.json(body, { headers: secureHeaders });
}
