import { Writable } from 'node:stream';
import { runCommandLine } from '../../bin/lib/run.ts';
import type { GateUnderTest } from '../harness.ts';

/** Tries until `look` gives something, for up to ten seconds: for what arrives by an outbox or an alarm. */
export async function eventually<T>(look: () => Promise<T | undefined>, milliseconds = 10_000): Promise<T> {
  const until = Date.now() + milliseconds;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > until) throw new Error(`it did not happen within ${milliseconds} ms`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

export interface LoggedRequest {
  method: string;
  path: string;
  status: number;
  at: number;
  changed: boolean;
  /** The fault that it met, if any. */
  fault: string | null;
}

/** What the simulated vendor saw. */
export async function simulatorLog(gate: GateUnderTest, vendor: string): Promise<LoggedRequest[]> {
  const answer = await fetch(`${gate.url.origin}/simulator/${vendor}/log`);
  return answer.json<LoggedRequest[]>();
}

/** What a command line wrote, and how it ended. */
export interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs one command line in this process, as a person of the gate. */
export async function runAs(gate: GateUnderTest, person: string, args: string[]): Promise<Ran> {
  const written = { stdout: '', stderr: '' };
  const sink = (name: keyof typeof written): Writable =>
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        written[name] += chunk.toString();
        done();
      },
    });
  const env = {
    TOOLGATE_GATE: gate.url.origin,
    TOOLGATE_TOKEN: gate.secrets.local.people[person]?.token ?? '',
  };
  const code = await runCommandLine(args, env, { stdout: sink('stdout'), stderr: sink('stderr') });
  return { code, ...written };
}
