import { WorkerEntrypoint } from 'cloudflare:workers';
import { emptyDirectory, type Directory } from '../../../shared/directory.ts';
import type { ApprovalRequests, ApprovalsDesk, Covering } from '../../../shared/rpc.ts';
import { approvalRequestOf } from '../../approval-request.ts';

interface Env {
  REQUESTS: ApprovalRequests;
  DESK: ApprovalsDesk;
}

/** In control's place. */
export class Stoppages extends WorkerEntrypoint {
  async inForce(): Promise<Covering> {
    return { epoch: 1, stoppedBy: [] };
  }
}
export class PeopleDirectory extends WorkerEntrypoint {
  async directory(): Promise<Directory> {
    return emptyDirectory;
  }
}
export class Duties extends WorkerEntrypoint {
  async terms(): Promise<null> {
    return null;
  }
}

/** In guards' place. */
export class Resumption extends WorkerEntrypoint {
  async decided(): Promise<void> {}
}

/** In the notifier's place. */
export class Notifier extends WorkerEntrypoint {
  async notify(): Promise<[]> {
    return [];
  }
}

/** In the notifier's place, too: nobody presses a button here. */
export class SlackReplies extends WorkerEntrypoint {}

export class Revealing extends WorkerEntrypoint {}

/** Requests under way while filling. */
const AT_ONCE = 50;
const HOUR = 60 * 60 * 1000;

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const token = request.headers.get('authorization');
    const count = Number(searchParams.get('count') ?? 1);
    switch (pathname) {
      case '/fill':
        return Response.json(await fill(env, count));
      case '/page': {
        const mine = searchParams.get('mine') === 'true';
        return answer(await env.DESK.list(token, { status: 'waiting', limit: 50, mine }));
      }
      case '/sheet':
        return answer(await env.DESK.get(token, searchParams.get('id') ?? ''));
      case '/decide': {
        const said = { decision: 'approve', reason: 'as-expected' };
        return answer(await env.DESK.decide(token, searchParams.get('id') ?? '', said));
      }
      default:
        return new Response(null, { status: 404 });
    }
  },
};

/** New requests of twenty agents; returns the id of the last. */
async function fill({ REQUESTS }: Env, count: number): Promise<string> {
  let last = '';
  for (let n = 0; n < count; n += AT_ONCE) {
    const some = Array.from({ length: Math.min(AT_ONCE, count - n) }, (_, one) =>
      approvalRequestOf({
        agent: `bench-${(n + one) % 20}`,
        workflow: 'bench',
        respondBy: new Date(Date.now() + HOUR).toISOString(),
        deadline: new Date(Date.now() + 4 * HOUR).toISOString(),
      }),
    );
    await Promise.all(some.map(async (request) => REQUESTS.request(request)));
    last = some.at(-1)?.id ?? last;
  }
  return last;
}

function answer(result: { ok: boolean }): Response {
  return Response.json(result, { status: result.ok ? 200 : 500 });
}
