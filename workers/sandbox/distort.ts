/** How an answer that was right becomes one that a tool must not take as it is. Pure. */
import type { Incoming, Reply } from './vendors/vendor.ts';

/** Cursors as these vendors call them, in a query or anywhere in a JSON body. */
const cursors = ['after', 'starting_after', 'cursor', 'offset'];

/** The same request without the place where it wants to go on, so that its answer is the first page again. */
export function fromTheStart(request: Incoming): Incoming {
  const query = new URLSearchParams(request.query);
  for (const name of cursors) query.delete(name);
  return { ...request, query, body: withoutCursors(request.body) };
}

function withoutCursors(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), (key, value: unknown) =>
      cursors.includes(key) ? undefined : value,
    );
  } catch {
    return body; // No JSON, no cursor.
  }
}

/** The answer with every value of another type than before: a vendor that changed its API. */
export function changedTypes(reply: Reply): Reply {
  return { ...reply, json: eachLeaf(reply.json) };
}

function eachLeaf(value: unknown): unknown {
  if (Array.isArray(value)) return value.length > 0 ? value.map(eachLeaf) : { was: 'list' };
  if (typeof value !== 'object' || value === null) return { was: typeof value };
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, eachLeaf(item)]));
}

/** The answer with one field more in every object: a vendor that goes on developing its API. */
export function moreFields(reply: Reply): Reply {
  return { ...reply, json: eachObject(reply.json) };
}

function eachObject(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(eachObject);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, item]) => [key, eachObject(item)]);
  return { ...Object.fromEntries(entries), field_of_tomorrow: 'new' };
}

/** A body that comes a little at a time for so many ms, and only then what it says. */
export function dripping(text: string, forMs: number, wait: (ms: number) => Promise<void>): ReadableStream {
  const encoder = new TextEncoder();
  const end = Date.now() + forMs;
  return new ReadableStream({
    // White space before JSON is JSON.
    async pull(controller) {
      if (Date.now() < end) {
        await wait(Math.min(50, end - Date.now()));
        return controller.enqueue(encoder.encode(' '));
      }
      controller.enqueue(encoder.encode(text));
      controller.close();
    },
  });
}
