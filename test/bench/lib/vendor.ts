import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** Starts the server on loopback that every binding called VENDOR leads to, in a process of its own. */
export async function startVendor(): Promise<{ port: number; stop: () => Promise<void> }> {
  const child = fork(join(import.meta.dirname, 'vendor-server.ts'));
  const [port] = (await once(child, 'message')) as [number];
  const stop = async (): Promise<void> => {
    const ended = once(child, 'exit');
    child.disconnect();
    await ended;
  };
  return { port, stop };
}
