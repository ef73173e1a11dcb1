import { z } from 'zod';
import { readBody } from '../../shared/http.ts';
import type { Result } from '../../shared/rpc.ts';
import type { Problem } from '../../shared/problems.ts';

/** Deeper than any request here needs, and what canonical JSON (shared/canonical.ts) can still hold. */
const MAX_DEPTH = 60;

/** What a person presented: a bearer token, else what Cloudflare Access asserts. Checked by the Worker that decides. */
export function credentialOf(request: Request): string | null {
  const bearer = /^bearer +(\S+)$/i.exec(request.headers.get('authorization') ?? '')?.[1];
  const credential = bearer ?? request.headers.get('cf-access-jwt-assertion');
  return credential !== null && credential !== undefined && credential.length <= 16_384 ? credential : null;
}

/**
 * Whether a page of another origin sent this in a person's browser. Cloudflare Access turns the browser's cookie into a
 * credential, so without this check any page could stop or resume in its visitor's name.
 */
export function isCrossSite(request: Request): boolean {
  if (request.method === 'GET' || request.method === 'HEAD') return false;
  const origin = request.headers.get('origin');
  const site = request.headers.get('sec-fetch-site') ?? 'none';
  const foreign = origin !== null && origin !== new URL(request.url).origin;
  return foreign || (site !== 'none' && site !== 'same-origin');
}

/** A request's JSON body, parsed; at most `maxBytes`. */
export async function readJson(request: Request, maxBytes: number): Promise<Result<unknown>> {
  const body = await readBody(request, 'application/json', maxBytes);
  if (!body.ok) return body;
  try {
    const value: unknown = JSON.parse(body.text);
    const fault = faultIn(value, MAX_DEPTH);
    return fault === undefined ? { ok: true, value } : refused({ code: 'invalid', detail: fault });
  } catch {
    return refused({ code: 'bad-request', detail: 'The body is not JSON.' });
  }
}

/**
 * What keeps JSON data from being journaled: nesting deeper than `depth`, or text that is not valid Unicode. Walks level
 * by level, so that depth costs no stack.
 */
export function faultIn(value: unknown, depth: number): string | undefined {
  let level = [value];
  for (let left = depth; level.length > 0; left -= 1) {
    if (left < 0) return 'The body is nested too deeply.';
    if (level.some((item) => typeof item === 'string' && !item.isWellFormed())) {
      return 'The body holds text that is not valid Unicode.';
    }
    // JSON may say 1e999, which canonical JSON cannot hold: it would fail in the middle of a change.
    if (level.some((item) => typeof item === 'number' && !Number.isFinite(item))) {
      return 'The body holds a number that is too large.';
    }
    level = level.flatMap((item) => (isObject(item) ? [...Object.keys(item), ...Object.values(item)] : []));
  }
  return undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

const time = z.iso.datetime({ offset: true });
const word = z.string().min(1).max(200);
const journal = {
  agent: word.optional(),
  workflow: word.optional(),
  tool: word.optional(),
  call: word.optional(),
  kind: word.optional(),
  action: word.optional(),
  session: word.optional(),
  since: time.optional(),
  until: time.optional(),
  limit: z.coerce.number().int().min(1).max(500).optional(),
  after: word.optional(),
};
const limit = z.coerce.number().int().min(1).max(500);

/** A filter with a typing mistake must not quietly show everything, so unknown parameters are refused. */
export const queries = {
  opens: z.strictObject({
    agent: word.optional(),
    call: word.optional(),
    placeholder: word.optional(),
    since: time.optional(),
  }),
  incidents: z.strictObject({
    agent: z
      .string()
      .regex(/^[a-z][a-z0-9-]{1,62}$/)
      .optional(),
  }),
  journal: z.strictObject(journal),
  calls: z.strictObject({ ...journal, status: word.optional(), id: word.optional() }),
  preview: z.strictObject({ target: word }),
  rollback: z.strictObject({ from: z.coerce.number().int().min(0).max(1_000_000).optional() }),
  look: z.strictObject({ agent: word.optional() }),
  artefacts: z.strictObject({ tool: word.optional() }),
  governance: z.strictObject({ limit: limit.optional(), after: word.optional() }),
  apply: z.strictObject({ over: word.optional(), reason: z.string().max(500).optional() }),
  receipts: z.strictObject({
    target: word.optional(),
    status: word.optional(),
    since: time.optional(),
    limit: limit.optional(),
    after: word.optional(),
  }),
  handoffs: z.strictObject({ workflow: word.optional(), state: word.optional(), kind: word.optional() }),
  reviews: z.strictObject({ workflow: word.optional(), state: word.optional() }),
  approvals: z.strictObject({
    status: word.optional(),
    workflow: word.optional(),
    mine: z.stringbool({ truthy: ['true'], falsy: ['false'] }).optional(),
    // As long as there are workflows in it.
    after: z.string().min(1).max(8_000).optional(),
    limit: z.coerce.number().int().min(1).max(200).optional(),
  }),
  overrides: z.strictObject({ workflow: word.optional(), since: time.optional() }),
  leadErrors: z.strictObject({ site: word.optional(), since: time }),
  leads: z.strictObject({ site: word.optional(), status: word.optional(), limit: limit.optional() }),
};

/** A request's query by its schema, or 422 that names the parameters, never their values. */
export function readQuery<T extends object>(url: string, schema: z.ZodType<T>): Result<Given<T>> {
  const params = new URL(url).searchParams;
  const twice = [...new Set(params.keys())].some((name) => params.getAll(name).length > 1);
  if (twice) return refused({ code: 'invalid', detail: 'A parameter is sent more than once.' });
  const parsed = schema.safeParse(Object.fromEntries(params));
  if (parsed.success) return { ok: true, value: given(parsed.data) };
  const named = parsed.error.issues.map(({ path }) => path.join('.')).filter((name) => name !== '');
  const detail = named.length > 0 ? `Not readable: ${named.join(', ')}.` : 'An unknown parameter is sent.';
  return refused({ code: 'invalid', detail });
}

/** Absent instead of undefined, as the desks' interfaces have it. */
type Given<T> = { [K in keyof T]: Exclude<T[K], undefined> };

function given<T extends object>(value: T): Given<T> {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as Given<T>;
}

function refused(problem: Problem): { ok: false; problem: Problem } {
  return { ok: false, problem };
}
