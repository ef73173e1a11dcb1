import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { root } from '../harness.ts';

export interface Told {
  exit: number;
  stdout: string;
  stderr: string;
}

/** Runs the command line as a person would, with only this environment. */
export async function toolgate(args: string[], env: Record<string, string>): Promise<Told> {
  const command = [join(root, 'bin/toolgate.ts'), ...args];
  const options = { env: { PATH: process.env['PATH'] ?? '', ...env }, cwd: root, timeout: 60_000 };
  return new Promise((resolve) => {
    execFile(process.execPath, command, options, (error, stdout, stderr) => {
      // A run that was ended by a signal has no code; it is no success.
      const exit = error === null ? 0 : typeof error.code === 'number' ? error.code : 128;
      resolve({ exit, stdout, stderr });
    });
  });
}
