import { problemResponse } from '../../shared/problems.ts';
import type { Hosts, SimulatorApi } from './env.ts';
import { vendors, vendorNamed } from './vendors/index.ts';
import { bearer } from './vendors/vendor.ts';

/**
 * One port for every host, by path: `/console` and `/ops` people, `/leads` sites, `/hooks/unleash` Unleash's webhook, `/hooks/slack` Slack's buttons,
 * `/simulator` the simulated vendors,
 * everything else agents. Requests pass through unchanged.
 */
export async function frontDoor(request: Request, env: Hosts): Promise<Response> {
  const { pathname } = new URL(request.url);
  switch (pathname.split('/')[1] ?? '') {
    case 'console':
    case 'ops':
      return env.CONSOLE.fetch(request);
    case 'leads':
      return env.LEADS.fetch(request);
    case 'simulator':
      return simulator(request, pathname, env);
    case 'hooks':
      if (pathname === '/hooks/unleash') return env.HOOKS.fetch(request);
      if (pathname === '/hooks/slack') return env.SLACK_HOOKS.fetch(request);
      return problemResponse({ code: 'not-found' });
    default:
      return env.GATEWAY.fetch(request);
  }
}

async function simulator(request: Request, pathname: string, env: Hosts): Promise<Response> {
  const [, , name = '', page] = pathname.split('/');
  if (name === '') return index(new URL(request.url).origin);
  const vendor = vendorNamed(name);
  if (!vendor) return problemResponse({ code: 'not-found', detail: 'No vendor of this name is simulated.' });
  const object = env.SIMULATOR.getByName(name);
  const rest = pathname.slice(`/simulator/${name}`.length);
  if (page === 'api') return object.fetch(atVendor(request, vendor.origin, rest.slice('/api'.length)));
  return steer(request, object, rest);
}

/** The same request as the vendor itself would get it. */
function atVendor(request: Request, origin: string, path: string): Request {
  const url = new URL(origin);
  url.pathname = path;
  url.search = new URL(request.url).search;
  return new Request(url, request);
}

async function steer(request: Request, object: SimulatorApi, path: string): Promise<Response> {
  // Another site's page in the same browser may not switch faults on.
  const origin = request.headers.get('origin');
  if (origin !== null && origin !== new URL(request.url).origin)
    return problemResponse({ code: 'forbidden', detail: 'Another site may not steer the simulator.' });
  const answer = await object.control(request.method, path, await request.text(), bearer(request.headers));
  return new Response(answer.body, answer);
}

function index(origin: string): Response {
  const pages = [
    '',
    '/log',
    '/faults',
    '/seed',
    '/reset',
    '/clock',
    '/imports',
    '/records/{type}',
    '/records/{type}/{id}',
  ];
  const list = Object.entries(vendors).map(([name, { origin: real, types }]) => ({
    vendor: name,
    looksLike: real,
    types,
    pages: pages.map((page) => `${origin}/simulator/${name}${page}`),
    api: `${origin}/simulator/${name}/api`,
  }));
  return Response.json(list, { headers: { 'cache-control': 'no-store' } });
}
