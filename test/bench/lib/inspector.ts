/** The part of V8's CPU profile (Chrome DevTools protocol, `Profiler.Profile`) that is read here. */
export interface CpuProfile {
  nodes: {
    id: number;
    callFrame: { functionName: string; url: string; lineNumber: number; columnNumber: number };
  }[];
  samples: number[];
  /** Microseconds between samples. */
  timeDeltas: number[];
}

/** One Worker under the profiler. */
export interface Inspected {
  worker: string;
  start: () => Promise<void>;
  stop: () => Promise<CpuProfile>;
  close: () => void;
}

/** Coarse, since each Worker has a sampler of its own and together they must leave the pace alone. */
export const INTERVAL_US = 1_000;

/** Attaches to every Worker of a workerd that was started with an inspector port. */
export async function attach(port: number): Promise<Inspected[]> {
  const answer = await fetch(`http://127.0.0.1:${port}/json/list`);
  const targets = await answer.json<{ id: string }[]>();
  return Promise.all(targets.map(async ({ id }) => attachOne(port, id)));
}

async function attachOne(port: number, worker: string): Promise<Inspected> {
  const socket = await open(port, worker);
  const ask = protocol(socket);
  return {
    worker,
    async start() {
      await ask('Profiler.enable');
      await ask('Profiler.setSamplingInterval', { interval: INTERVAL_US });
      await ask('Profiler.start');
    },
    stop: async () => ((await ask('Profiler.stop')) as { profile: CpuProfile }).profile,
    close: () => socket.close(),
  };
}

/** What the isolates of a workerd hold after a full collection, in MiB: what a heap has grown to says nothing of leaks. */
export async function liveHeapMiB(port: number): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${port}/json/list`);
  const targets = await answer.json<{ id: string }[]>();
  let bytes = 0;
  for (const { id } of targets) bytes += await liveHeap(port, id);
  return bytes / 1024 / 1024;
}

async function liveHeap(port: number, worker: string): Promise<number> {
  const socket = await open(port, worker);
  const ask = protocol(socket);
  await ask('HeapProfiler.enable');
  // workerd leaves `collectGarbage` unanswered and undone; a snapshot begins with a full collection. It is not kept.
  await ask('HeapProfiler.takeHeapSnapshot', { reportProgress: false });
  const used = (await ask('Runtime.getHeapUsage')) as Record<(typeof held)[number], number>;
  socket.close();
  return held.reduce((sum, part) => sum + used[part], 0);
}

/** Of an isolate: JavaScript objects, what they hold of the platform's, and array buffers. */
const held = ['usedSize', 'embedderHeapUsedSize', 'backingStorageSize'] as const;

async function open(port: number, worker: string): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/${worker}`);
  await new Promise<void>((opened, failed) => {
    socket.addEventListener('open', () => opened());
    socket.addEventListener('error', () => failed(new Error(`${worker}: the inspector does not answer`)));
  });
  return socket;
}

function protocol(socket: WebSocket): (method: string, params?: object) => Promise<unknown> {
  let last = 0;
  const waiting = new Map<number, (result: unknown) => void>();
  socket.addEventListener('message', ({ data }) => {
    const { id, result } = JSON.parse(String(data)) as { id?: number; result?: unknown };
    if (id !== undefined) waiting.get(id)?.(result);
  });
  return async (method, params = {}) => {
    last += 1;
    const id = last;
    return new Promise((resolve) => {
      waiting.set(id, resolve);
      socket.send(JSON.stringify({ id, method, params }));
    });
  };
}
