import type { z } from 'zod';
import type { FailureReason, Outcome } from '../outcome.ts';
import { childOf } from '../trace.ts';
import { breakerAbout, heldSecrets, type VendorAbout } from './about.ts';
import { alert } from './alert.ts';
import {
  boundedText,
  credentialFault,
  parseJson,
  refusalOf,
  refuses,
  troubled,
  waitSaid,
} from './answers.ts';
import type { Word } from './breaker.ts';
import { watched } from './cancel.ts';
import { credentialsFor, quotes, type Credential, type Credentials } from './credentials.ts';
import { Door, type Shut } from './door.ts';
import type { Gate } from './gate.ts';
import { placesOf } from './places.ts';
import { Rotation, unknownCredential } from './rotation.ts';

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
  /** `off`: each request finds out for itself how the vendor fares. For tests of single answers. */
  VENDOR_BREAKER?: string;
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

type Refusal = {
  ok: false;
  status: number | null;
  outcome: Outcome;
  /** The vendor knows the credential no more, or not yet: clearly, so that it has done nothing. */
  unknown?: true;
};

export type VendorAnswer<T> = { ok: true; status: number; data: T } | Refusal;

/** These change something whatever a tool says of them; a POST may only search. */
const changing: readonly VendorRequest<z.ZodType>['method'][] = ['PATCH', 'PUT', 'DELETE'];

const TIMEOUT_MS = 8_000;
const ANSWER_MAX = 1_000_000;
/** 207 Multi-Status (RFC 4918): how a batch is answered of which a part failed. No tool sends batches. */
const PARTIAL = 207;
/** Of a refusal's body, to tell why a credential is not accepted. */
const REFUSAL_MAX = 64_000;

/** Ms before a read is sent a second time, and so many more at random, so that isolates do not all ask at once. */
const PAUSE_MS = 50;
const JITTER_MS = 100;

/**
 * The `connect` of a tool whose vendor speaks HTTP. How the vendor fares is remembered for as long as this isolate lives: a
 * vendor has a tool of its own, so it is never another vendor's doing.
 */
export function httpVendor<Env extends HttpVendorEnv>(
  setup: VendorSetup<Extract<keyof Env, string>> | ((env: Env) => VendorSetup<Extract<keyof Env, string>>),
): Connect<Env, HttpVendor> & Required<About<Env>> {
  const shared = new Door();
  const rotation = new Rotation();
  const setupOf = (env: Env): VendorSetup => (typeof setup === 'function' ? setup(env) : setup);
  const connect = (env: Env, gate: Gate): HttpVendor => {
    const door = env.VENDOR_BREAKER === 'off' ? new Door() : shared;
    return new HttpVendor(setupOf(env), env, gate, door, rotation);
  };
  const about = (env: Env): VendorAbout => ({
    vendor: wayOf(env, setupOf(env).origin),
    secrets: heldSecrets(setupOf(env).credentials, env),
    breaker: breakerAbout(shared.breaker),
  });
  return Object.assign(connect, { about });
}

/** Builds the client of a tool's vendor, and tells how the way there stands. */
export type Connect<Env, V> = ((env: Env, gate: Gate) => V) & About<Env>;

interface About<Env> {
  about?: (env: Env) => VendorAbout;
}

/** Where requests would go. Live and with the simulator bound is a mistake in the configuration: the way stays closed. */
function wayOf({ VENDOR, VENDOR_MODE, VENDOR_ORIGIN }: HttpVendorEnv, origin: string): VendorAbout['vendor'] {
  if (VENDOR_MODE === 'live') return !VENDOR && VENDOR_ORIGIN === origin ? 'live' : 'closed';
  return VENDOR ? 'simulated' : 'closed';
}

interface Attempt<T> {
  /** Whether a request was handed over; without that, nothing more can be learnt from the answer. */
  sent: boolean;
  answer: VendorAnswer<T>;
}

/** Client of one vendor: pinned origin, credential, time-out, bounded answers, no redirects. */
export class HttpVendor {
  readonly #setup: VendorSetup;
  readonly #env: HttpVendorEnv;
  readonly #gate: Gate;
  readonly #door: Door;
  readonly #rotation: Rotation;

  constructor(
    setup: VendorSetup,
    env: HttpVendorEnv,
    gate: Gate,
    door = new Door(),
    rotation = new Rotation(),
  ) {
    this.#setup = setup;
    this.#env = env;
    this.#gate = gate;
    this.#door = door;
    this.#rotation = rotation;
  }

  /**
   * Sends one request, if it may still start, and maps whatever comes back to an answer or an outcome. Without a clear answer
   * it is sent once more if that cannot do anything twice: a read, or a change under a key of the vendor's.
   */
  async send<S extends z.ZodType>(asked: VendorRequest<S>): Promise<VendorAnswer<z.output<S>>> {
    const request = { ...asked, changes: asked.changes || changing.includes(asked.method) };
    const first = await this.#attempt(request);
    if (!first.sent || !worthAgain(request, first.answer)) return first.answer;
    if (!request.changes) await pause();
    const again = await this.#attempt(request);
    return again.sent ? again.answer : first.answer;
  }

  /** With the first of its credentials; with the second only where the vendor clearly knows the first one not. */
  async #attempt<S extends z.ZodType>(request: VendorRequest<S>): Promise<Attempt<z.output<S>>> {
    const [first, second] = this.#credentials(request);
    // One is always there, if only to say that it is missing.
    if (!first) return unsent(refuse('the vendor has no credential'));
    const attempt = await this.#carrying(request, first);
    if (!second || !unknown(attempt)) return attempt;
    this.#rotation.refused(first.setting, Date.now());
    const again = await this.#carrying(request, second);
    if (!again.sent) return attempt;
    if (unknown(again)) this.#rotation.refused(second.setting, Date.now());
    else this.#fellBack(first.setting, second.setting);
    return again;
  }

  #fellBack(refused: string, used: string): void {
    this.#rotation.accepted(used);
    this.#alert('fallback', `${refused} is not accepted: ${used} is used`);
  }

  async #carrying<S extends z.ZodType>(
    request: VendorRequest<S>,
    credential: Credential,
  ): Promise<Attempt<z.output<S>>> {
    const timeout = Number(this.#env.VENDOR_TIMEOUT_MS) || TIMEOUT_MS;
    const watch = watched(this.#gate, Math.min(timeout, this.#gate.left));
    try {
      const attempt = await this.#try(request, credential, watch.signal);
      if (!attempt.answer.ok) this.#told(attempt.answer.outcome, credential);
      return attempt;
    } finally {
      watch.done();
    }
  }

  async #try<S extends z.ZodType>(
    request: VendorRequest<S>,
    credential: Credential,
    signal: AbortSignal,
  ): Promise<Attempt<z.output<S>>> {
    const transport = this.#transport();
    if (!transport)
      return unsent(
        refuse('no vendor: set VENDOR, or VENDOR_MODE=live with the right VENDOR_ORIGIN, not both'),
      );
    const { setting } = credential;
    if (!credential.ok) return unsent(fail(null, 'credential', `${setting} ${credential.why}`));
    const url = this.#url(request);
    if (!url) return unsent(refuse('the path leaves the origin of the vendor'));
    const prepared = this.#prepare(url, request, credential, signal);
    if (!prepared) return unsent(fail(null, 'credential', `${setting} cannot be sent as a header`));
    return this.#exchange(() => transport(prepared), request, setting);
  }

  /** From the looks at the door and the clock to the hand-over, nothing awaits. */
  async #exchange<S extends z.ZodType>(
    hand: () => Promise<Response>,
    request: VendorRequest<S>,
    setting: string,
  ): Promise<Attempt<z.output<S>>> {
    const pass = this.#door.asks(setting, this.#gate.about.lane === 'operators', Date.now());
    if (!pass.ok) return unsent(turnedAway(pass));
    if (!this.#gate.mayStart(request.changes)) {
      this.#door.told(pass, 'untold', Date.now());
      return unsent({ ok: false, status: null, outcome: this.#gate.unstarted(request.changes) });
    }
    this.#gate.secrets.used(setting);
    const answer = await this.#answer(hand, request, setting);
    const { tool } = this.#gate.about;
    if (this.#door.told(pass, wordOf(answer, this.#gate), Date.now()))
      alert('vendor.silent', { tool, origin: this.#setup.origin });
    return { sent: true, answer };
  }

  async #answer<S extends z.ZodType>(
    hand: () => Promise<Response>,
    request: VendorRequest<S>,
    setting: string,
  ): Promise<VendorAnswer<z.output<S>>> {
    try {
      return await this.#read(await hand(), request, setting);
    } catch (error) {
      // Time-out, a lost connection, or called off: the vendor may have done it, so the gate keeps "may have changed".
      const name = error instanceof Error ? error.name : 'error';
      return fail(null, 'unavailable', `no answer from the vendor (${name})`);
    }
  }

  #credentials({ changes }: VendorRequest<z.ZodType>): readonly Credential[] {
    const { workflow } = this.#gate.about;
    const given = credentialsFor(this.#setup.credentials, this.#env, { changes, workflow });
    return this.#rotation.inOrder(given, Date.now());
  }

  /** What somebody has to look at: a credential, or a vendor that answers otherwise than it is known to. */
  #told(outcome: Outcome, { setting }: Credential): void {
    if (outcome.kind !== 'failed') return;
    const { reason, detail } = outcome;
    if (reason === 'credential') this.#gate.secrets.refused(setting);
    if (reason === 'credential' || reason === 'contract') this.#alert(reason, detail);
  }

  /** Never with a value of a secret or of the vendor's. */
  #alert(about: 'credential' | 'contract' | 'fallback', why: string): void {
    const { tool, action } = this.#gate.about;
    alert(`vendor.${about}`, { tool, action, why });
  }

  #transport(): ((request: Request) => Promise<Response>) | undefined {
    const { VENDOR } = this.#env;
    switch (wayOf(this.#env, this.#setup.origin)) {
      case 'live':
        return (request) => fetch(request);
      case 'simulated':
        return VENDOR && ((request) => VENDOR.fetch(request));
      case 'closed':
        return undefined;
    }
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
    const { trace } = this.#gate.about;
    try {
      return new Request(url, {
        method,
        headers: {
          accept: 'application/json',
          'user-agent': 'toolgate',
          ...(trace !== undefined && { traceparent: childOf(trace) }),
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
    setting: string,
  ): Promise<VendorAnswer<z.output<S>>> {
    const { status } = response;
    if (refuses(status)) return this.#refused(response, request, setting);
    if (!response.ok) {
      await response.body?.cancel();
      const reason = troubled(status) ? 'unavailable' : 'contract';
      return fail(status, reason, `the vendor answered ${status}`);
    }
    // Done in part: which part is for nobody here to guess.
    if (status === PARTIAL) {
      await response.body?.cancel();
      return fail(status, 'contract', `the vendor answered ${status}, that it did a part of it`);
    }
    const text = await boundedText(response, ANSWER_MAX);
    if (text === undefined)
      return fail(status, 'contract', `the vendor's answer is over ${ANSWER_MAX} bytes`);
    // 204 has no body by definition; every other answer that is no JSON fits nothing.
    const body = status === 204 ? null : parseJson(text);
    if (this.#quoted(text, body, setting))
      return fail(status, 'contract', `the vendor's answer quotes ${setting}`);
    return this.#understand(status, body, request, setting);
  }

  /** Whoever gets an answer must not get with it what opens the vendor. JSON can write a text in more than one way. */
  #quoted(text: string, body: unknown, setting: string): boolean {
    const { credentials } = this.#setup;
    if (quotes(text, credentials, this.#env, setting)) return true;
    return text.includes('\\') && quotes(JSON.stringify(body) ?? '', credentials, this.#env, setting);
  }

  /** 4xx is the vendor's word that it did nothing, unless it says in its body that it cannot tell. */
  async #refused(response: Response, request: VendorRequest<z.ZodType>, setting: string): Promise<Refusal> {
    const { status, headers } = response;
    const { fault, statuses, limitEnds } = this.#setup;
    const body = fault && ((await boundedText(response, ANSWER_MAX)) ?? '');
    const said = body === undefined ? undefined : fault?.(parseJson(body));
    if (request.changes && said !== 'unavailable') this.#gate.nothingChanged();
    const reason = said ?? refusalOf(status, statuses);
    const text = body ?? (reason === 'credential' ? await refusalText(response) : '');
    if (!response.bodyUsed) await response.body?.cancel();
    if (reason !== 'vendor-limited') return refusal(status, reason, setting, text);
    const retryAfter = waitSaid(headers, limitEnds, Date.now());
    if (retryAfter === undefined) return refusal(status, reason, setting, text);
    this.#door.limited(setting, retryAfter, Date.now());
    const detail = `the vendor answered ${status}`;
    return { ok: false, status, outcome: { kind: 'failed', reason, detail, retryAfter } };
  }

  #understand<S extends z.ZodType>(
    status: number,
    body: unknown,
    request: VendorRequest<S>,
    setting: string,
  ): VendorAnswer<z.output<S>> {
    const reason = this.#setup.refusal?.(body);
    if (reason) {
      if (request.changes && reason !== 'unavailable') this.#gate.nothingChanged();
      return refusal(status, reason, setting, JSON.stringify(body));
    }
    const parsed = request.answer.safeParse(body);
    if (parsed.success) return { ok: true, status, data: parsed.data };
    return fail(status, 'contract', `the vendor's answer does not fit at ${placesOf(parsed.error)}`);
  }
}

/** Whether a request may be sent again, and whether that could help: not what the vendor has answered clearly. */
function worthAgain(
  { changes, idempotency }: VendorRequest<z.ZodType>,
  answer: VendorAnswer<unknown>,
): boolean {
  if (answer.ok || answer.outcome.kind !== 'failed') return false;
  const { reason } = answer.outcome;
  // An answer that does not fit would not fit a second time; of a change, the second may tell what the first did.
  if (reason === 'contract') return changes && idempotency !== undefined;
  return reason === 'unavailable' && (!changes || idempotency !== undefined);
}

/** What an answer says of how the vendor fares. A request that we gave up ourselves says nothing. */
function wordOf(answer: VendorAnswer<unknown>, gate: Gate): Word {
  if (answer.status !== null) return troubled(answer.status) ? 'dead' : 'alive';
  return gate.calledOff || gate.left === 0 ? 'untold' : 'dead';
}

function turnedAway({ why, retryAfter }: Shut): Refusal {
  const [reason, words] = {
    silent: ['unavailable', 'the vendor has not answered lately'] as const,
    limited: ['vendor-limited', "the vendor's limit still holds"] as const,
  }[why];
  const outcome: Outcome = { kind: 'failed', reason, detail: `${words}: nothing was sent`, retryAfter };
  return { ok: false, status: null, outcome };
}

/** A refusal in our words; one of our credential says which setting it is, for whoever has to look. */
function refusal(status: number, reason: FailureReason, setting: string, text: string): Refusal {
  const told = `the vendor answered ${status}`;
  if (reason !== 'credential') return fail(status, reason, told);
  const refused = fail(status, reason, `${setting} ${credentialFault(text)}: ${told}`);
  return unknownCredential(status, text) ? { ...refused, unknown: true } : refused;
}

function unknown({ answer }: Attempt<unknown>): boolean {
  return !answer.ok && answer.unknown === true;
}

/** What a refusal of a credential says. One that cannot be read is a refusal all the same. */
async function refusalText(response: Response): Promise<string> {
  try {
    return (await boundedText(response, REFUSAL_MAX)) ?? '';
  } catch {
    return '';
  }
}

function unsent(answer: Refusal): { sent: false; answer: Refusal } {
  return { sent: false, answer };
}

function fail(status: number | null, reason: FailureReason, detail: string): Refusal {
  return { ok: false, status, outcome: { kind: 'failed', reason, detail } };
}

function refuse(detail: string): Refusal {
  return fail(null, 'refused', detail);
}

async function pause(): Promise<void> {
  await new Promise((passed) => setTimeout(passed, PAUSE_MS + Math.random() * JITTER_MS));
}
