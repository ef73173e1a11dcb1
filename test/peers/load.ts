import { setTimeout as sleep } from 'node:timers/promises';
import type { CallOptions, GateClient } from '../../examples/gate-client.ts';

/** One agent that calls in a loop, each call as soon as the one before has its answer. */
export interface Load {
  /** When the last admitted call was sent, and when its answer was there; 0: none yet. */
  admitted: { sentAt: number; answeredAt: number };
  /** Of the last answer. */
  status: number;
  /** HTTP status -> answers. */
  counts: Record<number, number>;
  stop(): Promise<void>;
}

/** What a loop calls. A read that no vendor limits, unless told otherwise. */
export interface Loop {
  action: string;
  input: Record<string, unknown>;
  options: CallOptions;
}

const reading: Loop = { action: 'leads.lead.list', input: { limit: 1 }, options: { mode: 'read' } };

/** Starts the loop; at most one call in `pauseMs` and an answer's time. Each execute gets a key of its own. */
export function startLoad(client: GateClient, pauseMs: number, loop: Loop = reading): Load {
  const ending = new AbortController();
  const load: Load = {
    admitted: { sentAt: 0, answeredAt: 0 },
    status: 0,
    counts: {},
    stop: async () => {
      ending.abort();
      await ended;
    },
  };
  const run = async (): Promise<void> => {
    for (let n = 0; !ending.signal.aborted; n += 1) {
      const sentAt = Date.now();
      const key = loop.options.mode === 'execute' ? { key: `load-${sentAt}-${n}` } : {};
      const { status } = await client.call(loop.action, loop.input, { ...loop.options, ...key });
      load.status = status;
      load.counts[status] = (load.counts[status] ?? 0) + 1;
      if (status === 200) load.admitted = { sentAt, answeredAt: Date.now() };
      await sleep(pauseMs);
    }
  };
  const ended = run();
  return load;
}
