import { secureHeaders } from '../../shared/http.ts';
import { letGo } from '../../shared/released.ts';
import type { ControlDesk, Progress, Receipt, Result } from '../../shared/rpc.ts';
import { reach, refuse } from './answer.ts';

/** How long one look at control waits for news. */
const LOOK_MS = 5_000;

/** How often a quiet stream shows that it lives. */
const ALIVE_MS = 3_000;

/** Looks are no closer together: of changes in between only the last is shown. */
const PACE_MS = 200;

/** Control that does not answer, or is full, is asked again after this: it may be starting anew. */
const AGAIN_MS = 500;

/**
 * So many looks, and a stream ends; a reader that wants more connects again. The platform allows a request 32 invocations
 * of Workers through service bindings, and each look is one.
 */
const LOOKS = 24;

const alive = ': still watching\n\n';

interface Watched {
  id: string;
  credential: string | null;
  /** The state that the reader has. */
  version: string | null;
  receipt: Receipt | null;
  looks: number;
  /** The look that is under way. */
  looking?: Promise<Progress | undefined> | undefined;
}

/**
 * A receipt while it forms, as server-sent events: `progress`, `confirmed` and `settled`, each with the whole receipt, then
 * `end`. The id of an event names the receipt's state, so a reader that comes back with `Last-Event-ID` gets what it lacks.
 * Nothing is asked of control before the reader has taken what there was: one that is slow misses states in between. One
 * that has gone costs what is left of its look, and perhaps one more, until a write finds the connection closed.
 */
export async function receiptEvents(
  control: ControlDesk,
  credential: string | null,
  id: string,
  lastEventId: string | undefined,
): Promise<Response> {
  const version = /^[0-9a-f]{16}$/.test(lastEventId ?? '') ? (lastEventId ?? null) : null;
  const watched: Watched = { id, credential, version, receipt: null, looks: 1 };
  // The first look comes before the headers, so that a refusal is an ordinary problem.
  const first = await reach(async () => look(control, watched, 0));
  if (!first.ok) return refuse(first.problem);
  return new Response(streamOf(control, watched, first.value), {
    headers: { ...secureHeaders, 'content-type': 'text/event-stream' },
  });
}

function streamOf(control: ControlDesk, watched: Watched, first: Progress): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let pending: Progress | undefined = first;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const progress = pending ?? (await next(control, watched));
        pending = undefined;
        // A pull that brings nothing would be the last.
        if (progress) controller.enqueue(encoder.encode(told(watched, progress) || alive));
        if (!progress || watched.receipt?.status === 'settled') controller.close();
      },
      cancel() {
        watched.looks = LOOKS;
      },
    },
    // Nothing is fetched ahead of the reader.
    { highWaterMark: 0 },
  );
}

/** What comes next for the reader, if only that the stream lives; undefined: it ends here, and the reader may connect again. */
async function next(control: ControlDesk, watched: Watched): Promise<Progress | 'alive' | undefined> {
  watched.looking ??= lookAgain(control, watched);
  const quiet = scheduler.wait(ALIVE_MS).then(() => 'alive' as const);
  const found = await Promise.race([watched.looking, quiet]);
  if (found !== 'alive') watched.looking = undefined;
  return found;
}

async function lookAgain(control: ControlDesk, watched: Watched): Promise<Progress | undefined> {
  for (let pause = PACE_MS; watched.looks < LOOKS; pause = AGAIN_MS) {
    await scheduler.wait(pause);
    watched.looks += 1;
    // Control checks the person at every look: a stream outlives no credential.
    const answer = await look(control, watched, LOOK_MS).catch(() => null);
    if (answer?.ok) return answer.value;
    // Full for the moment is not the end for a reader that was let in; any other refusal is.
    if (answer && answer.problem.code !== 'limited') return undefined;
  }
  return undefined;
}

async function look(control: ControlDesk, watched: Watched, waitMs: number): Promise<Result<Progress>> {
  const { credential, id, version } = watched;
  return letGo(await control.progress(credential, id, version, waitMs));
}

/** What a look tells the reader. Changes what it has. */
function told(watched: Watched, progress: Progress | 'alive'): string {
  if (progress === 'alive' || !progress.receipt) return alive;
  const { version, receipt } = progress;
  const events = eventsOf(watched, { version, receipt });
  watched.version = version;
  watched.receipt = receipt;
  return events;
}

/** Pure: the events between the state that a reader has and a newer one. */
export function eventsOf(
  had: { version: string | null; receipt: Receipt | null },
  { version, receipt }: { version: string; receipt: Receipt },
): string {
  const names: string[] = [];
  // A reader that has this very state already, from an earlier connection, only learns that it is the last.
  if (version !== had.version) {
    if (receipt.status === 'forming') names.push('progress');
    else if (had.receipt?.status !== 'confirmed') names.push('confirmed');
    else if (receipt.status === 'confirmed') names.push('progress');
    if (receipt.status === 'settled') names.push('settled');
  }
  const data = `data: ${JSON.stringify(receipt)}\n\n`;
  // Only the last carries the id: a reader that was cut off between two gets both again.
  const events = names.map(
    (name, index) => `${index === names.length - 1 ? `id: ${version}\n` : ''}event: ${name}\n${data}`,
  );
  if (receipt.status === 'settled') events.push('event: end\ndata: {}\n\n');
  return events.join('');
}
