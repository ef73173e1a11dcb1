/**
 * A minimal client of the gate over plain HTTPS: a token, a call, and waiting for a person. Copy it into your agent; it
 * needs nothing but `fetch`.
 */
export interface GateAnswer {
  status: number;
  /** `Idempotent-Replayed`, `RateLimit` and the like. */
  headers: Headers;
  body: Record<string, unknown>;
}

export interface CallOptions {
  mode: 'read' | 'propose' | 'execute';
  /** The same key for the same intention: a retry never runs twice. */
  key?: string;
  because?: { goal: string; explanation: string; sources?: string[] };
  /** Percent. */
  confidence?: number;
  /** What belongs together: what was read in it counts for what is done in it. */
  session?: string;
  /** For a model that reads the answer: texts of outsiders stand between `<untrusted-tag>` and `</untrusted-tag>`. */
  wrap?: boolean;
}

/** A text without the marks that `wrap` asks for. Texts that are passed on to the gate need it not: it takes them off itself. */
export function unwrap(text: string): string {
  return text.replace(/<\/?untrusted-[0-9a-z]{10}>/g, '');
}

/** A case that the agent cannot decide. */
export interface Handoff {
  kind: 'unclassifiable' | 'unverified' | 'conflicting' | 'security';
  about: { tool: string; record: string };
  summary: string;
  /** What the agent did about it, and what a person could do. */
  tried?: string[];
  options?: string[];
  /** Own calls that belong to it. */
  calls?: string[];
  /** Somebody is harmed by waiting. */
  urgent?: boolean;
  session?: string;
}

export class GateClient {
  readonly #gate: string;
  readonly #id: string;
  readonly #secret: string;
  #token = { value: '', until: 0 };

  constructor(gate: string, credentials: { client_id: string; client_secret: string }) {
    this.#gate = gate.replace(/\/$/, '');
    this.#id = credentials.client_id;
    this.#secret = credentials.client_secret;
  }

  /** OAuth client credentials (RFC 6749, 4.4). Tokens live for minutes, so one is kept and renewed in time. */
  async token(): Promise<string> {
    if (Date.now() < this.#token.until) return this.#token.value;
    const answer = await fetch(`${this.#gate}/oauth/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: this.#id,
        client_secret: this.#secret,
      }).toString(),
    });
    const body = await answer.json<{
      access_token: string;
      expires_in: number;
      error_description?: string;
    }>();
    if (!answer.ok) throw new Error(`no token: ${body.error_description ?? answer.status}`);
    this.#token = { value: body.access_token, until: Date.now() + (body.expires_in - 30) * 1000 };
    return body.access_token;
  }

  /** Calls `action` (such as `crm.company.search`) with `input`. Never throws for what the gate answers. */
  async call(action: string, input: Record<string, unknown>, options: CallOptions): Promise<GateAnswer> {
    const { key, ...body } = options;
    return this.#send('POST', pathOf(action), JSON.stringify({ ...body, input }), key);
  }

  /**
   * Executes what the call `proposal` proposed, of the same `action`: exactly that, or 409 `proposal-changed` with what
   * changed since.
   */
  async executeProposal(
    action: string,
    proposal: string,
    options: Omit<CallOptions, 'mode'> & { key: string },
  ): Promise<GateAnswer> {
    const { key, ...body } = options;
    const text = JSON.stringify({ ...body, mode: 'execute', proposal });
    return this.#send('POST', pathOf(action), text, key);
  }

  /** Waits up to `seconds` for a call to end: for a person's decision, or for an answer that is still on its way. */
  async wait(call: string, seconds: number): Promise<GateAnswer> {
    return this.#send('GET', `/v1/calls/${call}?wait=${seconds}`);
  }

  /**
   * Flags a security issue: past every queue, stop and limit, and nothing else changes by it. `record` is the id of what showed
   * it at `tool`; the summary names nobody.
   */
  async flag(about: { tool: string; record: string }, summary: string): Promise<GateAnswer> {
    return this.#send('POST', '/v1/incidents', JSON.stringify({ kind: 'security', about, summary }));
  }

  /**
   * Hands a case over to people, without any action: also while everything is stopped. The same `key` for the same case; `/v1/handoffs/{id}`
   * says what they answer. The words name nobody.
   */
  async handOver(handoff: Handoff, key?: string): Promise<GateAnswer> {
    return this.#send('POST', '/v1/handoffs', JSON.stringify(handoff), key);
  }

  /** Reads any other resource, such as `/v1/me`. */
  async get(path: string): Promise<GateAnswer> {
    return this.#send('GET', path);
  }

  async #send(method: string, path: string, body?: string, key?: string): Promise<GateAnswer> {
    const answer = await fetch(this.#gate + path, {
      method,
      headers: {
        authorization: `Bearer ${await this.token()}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(key !== undefined && { 'idempotency-key': key }),
      },
      ...(body !== undefined && { body }),
    });
    const text = await answer.text();
    return {
      status: answer.status,
      headers: answer.headers,
      body: JSON.parse(text) as Record<string, unknown>,
    };
  }
}

/** `crm.company.search` is at `/v1/tools/crm/company.search`. */
function pathOf(action: string): string {
  const [tool = '', ...rest] = action.split('.');
  return `/v1/tools/${tool}/${rest.join('.')}`;
}
