import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** One request that reached the vendor. */
export interface Seen {
  /** Unix ms, when it arrived, by the vendor's own clock. */
  at: number;
  path: string;
  body: string;
}

export interface Delays {
  /** Milliseconds, least and most. */
  usual: [number, number];
  slow: [number, number];
  slowPercent: number;
}

type Message = { kind: 'port'; port: number } | ({ kind: 'request' } & Seen) | { kind: 'flushed' };

/** The vendor's process, and what it saw. */
export class Witness {
  readonly port: number;
  readonly seen: Seen[] = [];
  readonly #child: ChildProcess;
  readonly #flushing: (() => void)[] = [];

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
    child.on('message', (message: Message) => {
      if (message.kind === 'request')
        this.seen.push({ at: message.at, path: message.path, body: message.body });
      // In the order in which they were asked for.
      if (message.kind === 'flushed') this.#flushing.shift()?.();
    });
  }

  static async start(): Promise<Witness> {
    const child = fork(join(import.meta.dirname, 'witness-server.ts'));
    const [message] = (await once(child, 'message')) as [Message];
    if (message.kind !== 'port') throw new Error('the vendor did not tell its port');
    return new Witness(child, message.port);
  }

  pace(delays: Delays): void {
    this.#child.send({ kind: 'pace', delays });
  }

  /** Resolves when everything that has arrived until now is in `seen`. */
  async flush(): Promise<void> {
    const flushed = new Promise<void>((resolve) => this.#flushing.push(resolve));
    this.#child.send({ kind: 'flush' });
    await flushed;
  }

  async stop(): Promise<void> {
    const ended = once(this.#child, 'exit');
    this.#child.disconnect();
    await ended;
  }
}
