/** Every simulated vendor at one port, by the host that a request is for; `localhost` is for the test itself. */
import type { Objects } from '../../../shared/rpc.ts';
import type { SimulatorApi } from '../../../workers/sandbox/env.ts';
import { vendors } from '../../../workers/sandbox/vendors/index.ts';

export { Simulator } from '../../../workers/sandbox/simulator.ts';

interface Env {
  SIMULATOR: Objects<SimulatorApi>;
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const { hostname, pathname } = new URL(request.url);
    const found = Object.entries(vendors).find(([, { origin }]) => new URL(origin).hostname === hostname);
    if (found) return env.SIMULATOR.getByName(found[0]).fetch(request);
    // `/{vendor}/log` and the other pages, as `/simulator/{vendor}/log` is at a whole gate.
    const [, name = '', ...rest] = pathname.split('/');
    if (!Object.hasOwn(vendors, name)) return new Response(null, { status: 404 });
    const page = `/${rest.join('/')}`;
    const answer = await env.SIMULATOR.getByName(name).control(request.method, page, await request.text());
    return new Response(answer.body, answer);
  },
};
