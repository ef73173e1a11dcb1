import { Agent, request } from 'node:http';

/** One request; each is made new, since an execute needs an idempotency key of its own. */
export interface Shot {
  port: number;
  method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  path: string;
  headers?: Record<string, string>;
  body?: string;
}

export interface Load {
  concurrency: number;
  next: () => Shot;
  /** Ends after this long or after so many answers. */
  until: { ms: number } | { calls: number };
}

export interface Sample {
  /** Milliseconds, sorted; of 200 answers only. */
  latencies: number[];
  elapsedMs: number;
  /** `status code` -> how many, other than 200. */
  refused: Record<string, number>;
  /** The first refusal's body, to say what went wrong. */
  firstRefusal: string | null;
}

/** Keeps `concurrency` requests under way over as many kept-alive connections, closed loop. */
export async function load({ concurrency, next, until }: Load): Promise<Sample> {
  const agent = new Agent({ keepAlive: true, maxSockets: concurrency, maxFreeSockets: concurrency });
  const sample: Sample = { latencies: [], elapsedMs: 0, refused: {}, firstRefusal: null };
  const start = performance.now();
  let left = 'calls' in until ? until.calls : Infinity;
  const end = 'ms' in until ? start + until.ms : Infinity;
  const lane = async (): Promise<void> => {
    while (left > 0 && performance.now() < end) {
      left -= 1;
      await fire(agent, next(), sample);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
  sample.elapsedMs = performance.now() - start;
  sample.latencies.sort((a, b) => a - b);
  agent.destroy();
  return sample;
}

async function fire(agent: Agent, shot: Shot, sample: Sample): Promise<void> {
  const start = performance.now();
  const { status, body } = await send(shot, agent);
  if (status === 200) {
    sample.latencies.push(performance.now() - start);
    return;
  }
  sample.refused[status] = (sample.refused[status] ?? 0) + 1;
  sample.firstRefusal ??= body;
}

/** Sends one request and reads its whole answer. */
export async function send(shot: Shot, agent?: Agent): Promise<{ status: number; body: string }> {
  const { port, method = 'POST', path, headers = {}, body } = shot;
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  return new Promise((resolve, reject) => {
    const sent = request(
      { host: '127.0.0.1', port, method, path, agent, headers: { ...headers, ...length } },
      (answer) => {
        let text = '';
        answer.setEncoding('utf8');
        answer.on('data', (chunk: string) => (text += chunk));
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body: text }));
        answer.on('error', reject);
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}
