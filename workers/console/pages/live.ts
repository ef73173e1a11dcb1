import { Hono } from 'hono';
import { sha256 } from '../../../shared/crypto.ts';
import type { Console } from '../asking.ts';
import { ownPath, pageHeaders } from './kit.ts';

/** A look at a page costs up to five questions to desks, and the platform allows a request 32. */
const LOOKS = 6;
const PACE_MS = 2_000;

/**
 * A page as it changes, as server-sent events: `page` with its HTML each time it is another than before, else `alive`;
 * `over` once it can't be had any more. Ends after a few looks; the browser connects again by itself. Each look makes
 * the page anew in the visitor's name, so a stream outlives no session and shows nothing that the page would not.
 *
 * @param render asks this console's own routes
 */
export function liveOf(
  render: (request: Request, env: Console['Bindings']) => Response | Promise<Response>,
): Hono<Console> {
  const live = new Hono<Console>();
  live.get('/live', (c) => {
    const path = ownPath(c.req.query('at') ?? null);
    const look = async (): Promise<string | null> => {
      const answer = await render(
        new Request(new URL(path, c.req.url), { headers: c.req.raw.headers }),
        c.env,
      );
      return answer.status === 200 && answer.headers.get('content-type')?.startsWith('text/html')
        ? answer.text()
        : null;
    };
    // A stream of a stream would never end.
    return path.startsWith('/console/live') ? c.notFound() : stream(look);
  });
  return live;
}

function stream(look: () => Promise<string | null>): Response {
  const encoder = new TextEncoder();
  let looks = 0;
  let had = '';
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        // The page itself was loaded a moment ago.
        await scheduler.wait(PACE_MS);
        const html = await look();
        const told = eventOf(html, had);
        had = html === null ? '' : sha256(html);
        looks += 1;
        controller.enqueue(encoder.encode(told));
        if (html === null || looks >= LOOKS) controller.close();
      },
    },
    // Nothing is looked up ahead of the reader.
    { highWaterMark: 0 },
  );
  return new Response(body, { headers: { ...pageHeaders, 'content-type': 'text/event-stream' } });
}

/** Pure: what a reader that has a page of hash `had` is told of the newest one; null: there is none. */
export function eventOf(html: string | null, had: string): string {
  if (html === null) return 'event: over\ndata: {}\n\n';
  if (sha256(html) === had) return 'event: alive\ndata: {}\n\n';
  return `retry: 500\nevent: page\ndata: ${JSON.stringify({ html })}\n\n`;
}
