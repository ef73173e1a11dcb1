/**
 * Stands where a tool reaches its vendor: sends each request through the Prism of its vendor and notes what does not conform.
 * Calls the tools for the test, too: through the harness a call of a binding stops the test's thread until it is answered, and
 * that thread is the way to the simulator.
 */
import type { ToolApi } from '../../../../shared/rpc.ts';
import { differs, type Exchange, type Violation } from '../conformity.ts';

/** Where a vendor's requests go. */
export interface Way {
  vendor: string;
  /** The vendor's own origin, by which it is known. */
  origin: string;
  /** Taken off the path, and the beginning of what this description describes. */
  base: string;
  under: string;
  /** Origins of `prism proxy --errors`, and of one without, which tells what it found and lets it through. */
  strict: string;
  lenient: string;
}

/** The tools as `TOOL_…`. */
type Env = Record<string, unknown>;

/** A call of a tool as the test asks for it. */
export interface Asked {
  tool: string;
  method: 'run' | 'find' | 'facts' | 'preview' | 'image';
  token: string;
  input: string;
}

/** Told by the test, once Prism is up. */
let ways: Way[] = [];

/** Everything that went through since it was last asked for, oldest first. */
let seen: Exchange[] = [];

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const url = new URL(request.url);
    if (url.pathname === '/toolgate-seen') return told();
    if (url.pathname === '/toolgate-ways') ways = await request.json<Way[]>();
    if (url.pathname === '/toolgate-ways') return new Response();
    if (url.pathname === '/toolgate-call') return called(await request.json<Asked>(), env);
    const way = wayOf(url);
    if (!way) throw new Error(`no way to ${url.origin}`);
    const path = url.pathname.slice(way.base.length);
    const operation = `${request.method} ${path}`;
    // What is known to differ must get through to be compared; anything else Prism itself refuses.
    const prism = differs(way.vendor, operation) ? way.lenient : way.strict;
    const answer = await fetch(new Request(`${prism}${path}${url.search}`, request));
    const body = await answer.arrayBuffer();
    const violations = violationsOf(answer, body);
    seen.push({ vendor: way.vendor, operation, status: answer.status, violations });
    return new Response([204, 304].includes(answer.status) ? null : body, answer);
  },
};

function told(): Response {
  const answer = Response.json(seen);
  seen = [];
  return answer;
}

async function called({ tool, method, token, input }: Asked, env: Env): Promise<Response> {
  const api = env[`TOOL_${tool.toUpperCase()}`] as ToolApi;
  return Response.json(await api[method](token, input));
}

/** The description of a path; where there is none, another one of this vendor, which will say that it holds no such route. */
function wayOf({ origin, pathname }: URL): Way | undefined {
  const there = ways.filter((way) => way.origin === origin && pathname.startsWith(`${way.base}/`));
  return there.find(({ base, under }) => pathname.slice(base.length).startsWith(under)) ?? there[0];
}

/** What Prism found, from its header or, where it refused, from its problem document. */
function violationsOf(answer: Response, body: ArrayBuffer): Violation[] {
  const header = answer.headers.get('sl-violations');
  const found = header === null ? refusal(answer, body) : (JSON.parse(header) as Found[]);
  return found.map(({ location, message }) => ({
    at: /^(Selected route not found|Route not resolved)/.test(message)
      ? 'route'
      : location.map(place).join('.'),
    says: message,
  }));
}

interface Found {
  location: (string | number)[];
  message: string;
}

interface Problem {
  type?: string;
  title?: string;
  detail?: string;
  validation?: Found[];
}

function refusal(answer: Response, body: ArrayBuffer): Found[] {
  if (!answer.headers.get('content-type')?.startsWith('application/problem+json')) return [];
  const { type, title, detail, validation } = JSON.parse(new TextDecoder().decode(body)) as Problem;
  if (type?.startsWith('https://stoplight.io/prism') !== true) return [];
  return validation ?? [{ location: ['request'], message: `${title}: ${detail}` }];
}

function place(part: string | number): string {
  return /^\d+$/.test(String(part)) ? '*' : String(part);
}
