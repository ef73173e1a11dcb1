import { z } from 'zod';
import { sourceUrl } from '../../flags/source-url.ts';

export interface AdminAccess {
  /** Where Unleash is, with or without `/api`. */
  url: string;
  /** A token that may create flags: an admin token, or one of a service account. */
  token: string;
}

export type AdminAnswer<T> =
  | { kind: 'ok'; value: T }
  /** Unleash answered, and refused. */
  | { kind: 'refused'; status: number; detail: string }
  | { kind: 'unreachable'; detail: string };

const flags = z.object({
  features: z.array(
    z.object({
      name: z.string(),
      type: z.string().catch('unknown'),
      environments: z.array(z.object({ name: z.string(), enabled: z.boolean() })).catch([]),
    }),
  ),
});

/** A flag of an Unleash project, and in which environments it is on. */
export type AdminFlag = z.output<typeof flags>['features'][number];

const TIMEOUT_MS = 10_000;

/** The part of Unleash's Admin API that creating switches needs. Never turns an existing flag on or off. */
export class UnleashAdmin {
  readonly #base: string;
  readonly #token: string;

  /** Undefined for an address to which no token may be sent. */
  static at({ url, token }: AdminAccess): UnleashAdmin | undefined {
    const found = sourceUrl(url);
    if (!found) return undefined;
    const path = found.pathname.replace(/\/+$/, '').replace(/\/api$/, '');
    return new UnleashAdmin(`${found.origin}${path}/api/admin`, token);
  }

  private constructor(base: string, token: string) {
    this.#base = base;
    this.#token = token;
  }

  /** All flags of a project that are not archived. */
  async flags(project: string): Promise<AdminAnswer<AdminFlag[]>> {
    const answer = await this.#ask('GET', `/projects/${encodeURIComponent(project)}/features`);
    if (answer.kind !== 'ok') return answer;
    const parsed = flags.safeParse(answer.value);
    return parsed.success ? { kind: 'ok', value: parsed.data.features } : noUnleash;
  }

  /** Names of the context fields that constraints can be made over. */
  async contextFields(): Promise<AdminAnswer<string[]>> {
    const answer = await this.#ask('GET', '/context');
    if (answer.kind !== 'ok') return answer;
    const parsed = z.array(z.object({ name: z.string() })).safeParse(answer.value);
    return parsed.success ? { kind: 'ok', value: parsed.data.map(({ name }) => name) } : noUnleash;
  }

  async createContextField(name: string, description: string): Promise<AdminAnswer<unknown>> {
    return this.#ask('POST', '/context', { name, description, stickiness: false });
  }

  /** Creates a flag, off everywhere. */
  async create(project: string, flag: { name: string; description: string }): Promise<AdminAnswer<unknown>> {
    const body = { ...flag, type: 'kill-switch', impressionData: false };
    return this.#ask('POST', `/projects/${encodeURIComponent(project)}/features`, body);
  }

  /** Turns on a flag that was just created. Unleash gives it a strategy that is on for everybody. */
  async turnOnNew(project: string, name: string, environment: string): Promise<AdminAnswer<unknown>> {
    const [at, flag, where] = [project, name, environment].map(encodeURIComponent);
    return this.#ask('POST', `/projects/${at}/features/${flag}/environments/${where}/on`);
  }

  async #ask(method: string, path: string, body?: object): Promise<AdminAnswer<unknown>> {
    let response: Response;
    try {
      response = await fetch(`${this.#base}${path}`, {
        method,
        headers: {
          authorization: this.#token,
          accept: 'application/json',
          'content-type': 'application/json',
        },
        ...(body && { body: JSON.stringify(body) }),
        redirect: 'manual',
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
    } catch {
      return { kind: 'unreachable', detail: 'Unleash cannot be reached.' };
    }
    const text = await response.text().catch(() => '');
    if (!response.ok)
      return { kind: 'refused', status: response.status, detail: refusal(response.status, text) };
    return { kind: 'ok', value: fromJson(text) };
  }
}

const noUnleash = { kind: 'unreachable', detail: 'What answers there is not Unleash.' } as const;

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** Unleash's own words where it gives some: the caller owns both sides, and needs them to act. */
function refusal(status: number, text: string): string {
  if (status === 401) return 'UNLEASH_ADMIN_TOKEN is not accepted.';
  const parsed = z
    .object({
      message: z.string().optional(),
      details: z.array(z.object({ message: z.string() })).optional(),
    })
    .safeParse(fromJson(text));
  const said = parsed.success ? (parsed.data.details?.[0]?.message ?? parsed.data.message) : undefined;
  return (said ?? `HTTP ${status}`).slice(0, 300);
}
