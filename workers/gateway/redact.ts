import type { z } from 'zod';
import { scanClaims, type Claims } from '../../shared/claims.ts';
import { faultsOf } from '../../shared/faults.ts';
import { readBody, secureHeaders } from '../../shared/http.ts';
import { parsedJson } from '../../shared/parsed-json.ts';
import { checkSchema, redactSchema } from '../../shared/redaction.ts';
import { letGo } from '../../shared/released.ts';
import type { AgentView } from '../../shared/rpc.ts';
import type { Rationed, TextSpan } from '../../shared/vault.ts';
import type { Env } from './env.ts';
import { MAX_BODY, refuse, unavailable } from './functions.ts';
import type { AgentToken } from './tokens.ts';

const DAY_MS = 86_400_000;

/**
 * `POST /v1/redact`: an agent's own texts with placeholders in place of people's data and secrets, sealed as what it typed. No scope is asked
 * for: it asks nothing of a tool.
 */
export async function redact(request: Request, token: AgentToken, env: Env): Promise<Response> {
  const read = await bodyOf(request, redactSchema);
  if (read instanceof Response) return read;
  const view = await viewOf(token, env);
  if (view instanceof Response) return view;
  const { agent } = token;
  const keepMs = view.retentionDays * DAY_MS;
  return answer(
    async () => env.VAULT.redact({ agent, keepMs, texts: read.texts }),
    ({ texts, found }) => ({
      texts,
      found: found.map(pointed),
    }),
  );
}

/**
 * `POST /v1/redact/check`: what should not stand in texts that a model wrote: people's data, secrets, placeholders that are unknown, malformed or
 * not allowed, and claims that the agent's manifest forbids or doubts. Quotes nothing of them.
 */
export async function checkTexts(request: Request, token: AgentToken, env: Env): Promise<Response> {
  const read = await bodyOf(request, checkSchema);
  if (read instanceof Response) return read;
  const view = await viewOf(token, env);
  if (view instanceof Response) return view;
  const { texts, allow = null } = read;
  const claims = claimsIn(view.claims, texts);
  return answer(
    async () => env.VAULT.check({ agent: token.agent, texts, allowed: allow }),
    (faults) => {
      const findings = [...faults.map(pointed), ...claims];
      return { clean: findings.length === 0, findings };
    },
  );
}

async function bodyOf<T>(request: Request, schema: z.ZodType<T>): Promise<T | Response> {
  const body = await readBody(request, 'application/json', MAX_BODY);
  if (!body.ok) return refuse(body.problem);
  const parsed = schema.safeParse(parsedJson(body.text));
  return parsed.success ? parsed.data : refuse({ code: 'invalid', errors: faultsOf(parsed.error) });
}

/** What the guard knows of the agent. Without it nothing is read: an agent without a manifest has no vault. */
async function viewOf(token: AgentToken, env: Env): Promise<AgentView | Response> {
  const view = await env.GUARD.getByName(token.agent)
    .view(token.agent)
    .catch(() => undefined);
  if (!view) return unavailable();
  return view.ok ? letGo(view.value) : refuse(view.problem);
}

/** The vault's answer as this host sends it; what it threw stays here. */
async function answer<T>(ask: () => Promise<Rationed<T>>, show: (value: T) => unknown): Promise<Response> {
  const said = await ask()
    .then(letGo)
    .catch(() => undefined);
  if (!said) return unavailable();
  if (said.ok) return Response.json(show(said.value), { headers: secureHeaders });
  const { reason, retryAfter } = said;
  if (retryAfter !== undefined) return refuse({ code: 'limited', detail: sentence(reason), retryAfter });
  return refuse({ code: 'unavailable', detail: sentence(reason), retryAfter: 2 });
}

function sentence(reason: string): string {
  return `${reason.charAt(0).toUpperCase()}${reason.slice(1)}.`;
}

/** With the text by its pointer in the body that was sent. */
function pointed<T extends Pick<TextSpan, 'text'>>({
  text,
  ...rest
}: T): { pointer: string } & Omit<T, 'text'> {
  return { pointer: `/texts/${text}`, ...rest };
}

function claimsIn(claims: Claims, texts: readonly string[]): object[] {
  const found = scanClaims(
    claims,
    texts.map((text, at) => [`/texts/${at}`, text]),
  );
  const told = (kind: string, list: typeof found.forbidden): object[] =>
    list.map(({ field: pointer, claim, reason, instead }) => ({ pointer, kind, claim, reason, instead }));
  return [...told('claim', found.forbidden), ...told('doubtful-claim', found.doubtful)];
}
