import type { z } from 'zod';
import type { FailureReason, Outcome } from '../outcome.ts';
import type { Gate } from './gate.ts';
import { watched } from './cancel.ts';
import { credentialFor, type Credential, type Credentials } from './credentials.ts';
import { placesOf } from './places.ts';

/** The env of a tool whose vendor speaks HTTP. */
export interface HttpVendorEnv {
  /** The simulator; set in every environment but production. */
  VENDOR?: { fetch(request: Request): Promise<Response> };
  /** `live` opens the way to the real vendor, together with VENDOR_ORIGIN. */
  VENDOR_MODE?: string;
  /** Must equal the origin that the tool's code names. */
  VENDOR_ORIGIN?: string;
  /** Milliseconds for one request, answer included. */
  VENDOR_TIMEOUT_MS?: string;
}

export interface VendorRequest<S extends z.ZodType> {
  method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  /** From `/`; segments that come from input are encoded by the caller with encodeURIComponent. */
  path: string;
  query?: Record<string, string | number | undefined>;
  json?: unknown;
  /** For a vendor that does the same request under the same key once: without a clear answer it is sent a second time. */
  idempotency?: { header: string; key: string };
  /** Whether the vendor may change something on it. A POST that only searches does not. */
  changes: boolean;
  /** What is read of a 2xx answer; anything else fails closed. */
  answer: S;
}

/** What a tool's code says about its vendor, once. */
export interface VendorSetup<Setting extends string = string> {
  /** Such as `https://api.hubapi.com`; requests go nowhere else. */
  origin: string;
  credentials: Credentials<Setting>;
  /** Sent with every request, such as the version of the vendor's API. */
  headers?: Readonly<Record<string, string>>;
  /** The header in which this vendor says when its limit ends (Unix seconds), if it sends no `Retry-After`. */
  limitEnds?: string;
  /** 4xx that this vendor means otherwise than most do. */
  statuses?: Record<number, FailureReason>;
  /**
   * Reads a refusal out of a 2xx body, for vendors that answer so. Every reason but `unavailable` is the vendor's clear
   * word that it did nothing.
   */
  refusal?: (body: unknown) => FailureReason | undefined;
  /**
   * Reads out of the body of a 4xx what it means, for vendors whose status does not tell. `unavailable`: it is no clear word
   * that nothing was done. Undefined: the status tells.
   */
  fault?: (body: unknown) => FailureReason | undefined;
}

type Refusal = { ok: false; status: number | null; outcome: Outcome };

export type VendorAnswer<T> = { ok: true; status: number; data: T } | Refusal;

/** These change something whatever a tool says of them; a POST may only search. */
const changing: readonly VendorRequest<z.ZodType>['method'][] = ['PATCH', 'PUT', 'DELETE'];

const TIMEOUT_MS = 8_000;
const ANSWER_MAX = 1_000_000;

/** The `connect` of a tool whose vendor speaks HTTP. */
export function httpVendor<Env extends HttpVendorEnv>(
  setup: VendorSetup<Extract<keyof Env, string>> | ((env: Env) => VendorSetup<Extract<keyof Env, string>>),
): (env: Env, gate: Gate) => HttpVendor {
  return (env, gate) => new HttpVendor(typeof setup === 'function' ? setup(env) : setup, env, gate);
}

/** Client of one vendor: pinned origin, credential, time-out, bounded answers, no redirects. */
export class HttpVendor {
  readonly #setup: VendorSetup;
  readonly #env: HttpVendorEnv;
  readonly #gate: Gate;

  constructor(setup: VendorSetup, env: HttpVendorEnv, gate: Gate) {
    this.#setup = setup;
    this.#env = env;
    this.#gate = gate;
  }

  /** Sends one request, if it may still start, and maps whatever comes back to an answer or an outcome. */
  async send<S extends z.ZodType>(asked: VendorRequest<S>): Promise<VendorAnswer<z.output<S>>> {
    const request = { ...asked, changes: asked.changes || changing.includes(asked.method) };
    const answer = await this.#attempt(request);
    if (!request.idempotency || isClear(answer)) return answer;
    const again = await this.#attempt(request);
    // Not sent a second time: the first answer is what there is to say.
    return again.ok || again.outcome.kind !== 'lapsed' ? again : answer;
  }

  async #attempt<S extends z.ZodType>(request: VendorRequest<S>): Promise<VendorAnswer<z.output<S>>> {
    const transport = this.#transport();
    if (!transport)
      return refuse('no vendor: set VENDOR, or VENDOR_MODE=live with the right VENDOR_ORIGIN, not both');
    const credential = this.#credential(request);
    if (!credential.ok) return fail(null, 'credential', `${credential.setting} ${credential.why}`);
    const url = this.#url(request);
    if (!url) return refuse('the path leaves the origin of the vendor');
    const timeout = Number(this.#env.VENDOR_TIMEOUT_MS) || TIMEOUT_MS;
    const watch = watched(this.#gate, Math.min(timeout, this.#gate.left));
    try {
      const prepared = this.#prepare(url, request, credential, watch.signal);
      return prepared
        ? await this.#exchange(transport, prepared, request)
        : fail(null, 'credential', `${credential.setting} cannot be sent as a header`);
    } finally {
      watch.done();
    }
  }

  async #exchange<S extends z.ZodType>(
    transport: (request: Request) => Promise<Response>,
    prepared: Request,
    request: VendorRequest<S>,
  ): Promise<VendorAnswer<z.output<S>>> {
    if (!this.#gate.mayStart(request.changes))
      return { ok: false, status: null, outcome: this.#gate.unstarted(request.changes) };
    try {
      const response = await transport(prepared);
      return await this.#read(response, request);
    } catch (error) {
      // Time-out, a lost connection, or called off: the vendor may have done it, so the gate keeps "may have changed".
      const name = error instanceof Error ? error.name : 'error';
      return fail(null, 'unavailable', `no answer from the vendor (${name})`);
    }
  }

  #credential({ changes }: VendorRequest<z.ZodType>): Credential {
    const { workflow } = this.#gate.about;
    return credentialFor(this.#setup.credentials, this.#env, { changes, workflow });
  }

  /** A refusal of our credential says which setting it is, for whoever has to look. */
  #named(refusal: Refusal, request: VendorRequest<z.ZodType>): Refusal {
    const { outcome } = refusal;
    if (outcome.kind !== 'failed' || outcome.reason !== 'credential') return refusal;
    const detail = `${this.#credential(request).setting} is not accepted: ${outcome.detail}`;
    return { ...refusal, outcome: { ...outcome, detail } };
  }

  #transport(): ((request: Request) => Promise<Response>) | undefined {
    const { VENDOR, VENDOR_MODE, VENDOR_ORIGIN } = this.#env;
    if (VENDOR_MODE === 'live') {
      // Both set is a mistake in the configuration; the gate stays closed.
      return !VENDOR && VENDOR_ORIGIN === this.#setup.origin ? (request) => fetch(request) : undefined;
    }
    return VENDOR && ((request) => VENDOR.fetch(request));
  }

  #url({ path, query = {} }: VendorRequest<z.ZodType>): URL | undefined {
    const url = new URL(path, this.#setup.origin);
    // Also refuses dot segments, `?` and `#`, which would make another path of it.
    if (url.origin !== this.#setup.origin || url.pathname !== path) return undefined;
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    return url;
  }

  #prepare(
    url: URL,
    { method, json, idempotency }: VendorRequest<z.ZodType>,
    { header, value }: Credential & { ok: true },
    signal: AbortSignal,
  ): Request | undefined {
    try {
      return new Request(url, {
        method,
        headers: {
          accept: 'application/json',
          'user-agent': 'toolgate',
          ...this.#setup.headers,
          ...(json !== undefined && { 'content-type': 'application/json; charset=utf-8' }),
          ...(idempotency && { [idempotency.header]: idempotency.key }),
          [header]: value,
        },
        ...(json !== undefined && { body: JSON.stringify(json) }),
        redirect: 'manual',
        signal,
      });
    } catch {
      return undefined; // The error's text may quote the header, so it goes nowhere.
    }
  }

  async #read<S extends z.ZodType>(
    response: Response,
    request: VendorRequest<S>,
  ): Promise<VendorAnswer<z.output<S>>> {
    const { status } = response;
    const said = await this.#said(response);
    const refusal = refusalOf(response, this.#setup, said);
    if (refusal) {
      if (!response.bodyUsed) await response.body?.cancel();
      // 4xx is the vendor's word that it did nothing, unless it says in its body that it cannot tell.
      if (request.changes && said !== 'unavailable') this.#gate.nothingChanged();
      return this.#named(refusal, request);
    }
    if (!response.ok) {
      await response.body?.cancel();
      return fail(status, 'unavailable', `the vendor answered ${status}`);
    }
    const text = await boundedText(response, ANSWER_MAX);
    if (text === undefined)
      return fail(status, 'unavailable', `the vendor's answer is over ${ANSWER_MAX} bytes`);
    // 204 has no body by definition; every other answer that is no JSON fits nothing.
    return this.#understand(status, status === 204 ? null : parseJson(text), request);
  }

  /** What the body of a 4xx says, for vendors that say it there. A body that is too long says nothing. */
  async #said(response: Response): Promise<FailureReason | undefined> {
    const { fault } = this.#setup;
    if (!fault || response.status < 400 || response.status >= 500) return undefined;
    return fault(parseJson((await boundedText(response, ANSWER_MAX)) ?? ''));
  }

  #understand<S extends z.ZodType>(
    status: number,
    body: unknown,
    request: VendorRequest<S>,
  ): VendorAnswer<z.output<S>> {
    const reason = this.#setup.refusal?.(body);
    if (reason) {
      if (request.changes && reason !== 'unavailable') this.#gate.nothingChanged();
      return this.#named(fail(status, reason, `the vendor refused in its answer (${status})`), request);
    }
    const parsed = request.answer.safeParse(body);
    if (parsed.success) return { ok: true, status, data: parsed.data };
    return fail(status, 'unavailable', `the vendor's answer does not fit at ${placesOf(parsed.error)}`);
  }
}

const refusals: Record<number, FailureReason> = {
  401: 'credential',
  403: 'credential',
  404: 'not-found',
  409: 'conflict',
  429: 'vendor-limited',
};

/** Whether the vendor's answer tells what became of the request. */
function isClear(answer: VendorAnswer<unknown>): boolean {
  return answer.ok || answer.outcome.kind !== 'failed' || answer.outcome.reason !== 'unavailable';
}

function refusalOf(
  response: Response,
  { statuses = {}, limitEnds }: VendorSetup,
  said?: FailureReason,
): { ok: false; status: number; outcome: Outcome } | undefined {
  const { status } = response;
  // 408 and 425 say nothing about what was done.
  if (status < 400 || status >= 500 || status === 408 || status === 425) return undefined;
  const reason = said ?? statuses[status] ?? refusals[status] ?? 'rejected';
  const wait = reason === 'vendor-limited' ? waitSaid(response.headers, limitEnds, Date.now()) : NaN;
  return {
    ok: false,
    status,
    outcome: {
      kind: 'failed',
      reason,
      detail: `the vendor answered ${status}`,
      ...(Number.isFinite(wait) && { retryAfter: Math.min(Math.max(1, Math.ceil(wait)), 3600) }),
    },
  };
}

/** Seconds that the vendor wants us to wait; NaN when it does not say. `now`: Unix ms. */
function waitSaid(headers: Headers, limitEnds: string | undefined, now: number): number {
  const after = headers.get('retry-after');
  if (after) return Number(after);
  const ends = limitEnds && headers.get(limitEnds);
  return ends ? Number(ends) - now / 1000 : NaN;
}

function fail(
  status: number | null,
  reason: FailureReason,
  detail: string,
): { ok: false; status: number | null; outcome: Outcome } {
  return { ok: false, status, outcome: { kind: 'failed', reason, detail } };
}

function refuse(detail: string): { ok: false; status: null; outcome: Outcome } {
  return { ok: false, status: null, outcome: { kind: 'failed', reason: 'refused', detail } };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // Fits no answer schema.
  }
}

/** The body as text, or undefined once it grows past `max` bytes. */
async function boundedText(response: Response, max: number): Promise<string | undefined> {
  if (!response.body) return '';
  // A declared length bounds what arrives, but not what a compressed answer unpacks to.
  const declared = response.headers.has('content-encoding') ? null : response.headers.get('content-length');
  if (declared !== null && Number(declared) <= max) return response.text();
  const decoder = new TextDecoder();
  let text = '';
  let size = 0;
  // A reader and not `for await`, which costs a call of a tool about 30 µs more.
  const reader = response.body.getReader();
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    size += read.value.byteLength;
    if (size > max) {
      await reader.cancel();
      return undefined;
    }
    text += decoder.decode(read.value, { stream: true });
  }
  return text + decoder.decode();
}
