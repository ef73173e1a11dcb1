import { spawn } from 'node:child_process';
import type { Command } from '../lib/command.ts';
import { consoleLink } from '../lib/console-link.ts';

export const openConsole: Command = {
  name: 'console',
  summary: 'A link that opens the console, signed in as a local person (it holds a credential: keep it)',
  usage: '[--open]',
  examples: [
    'toolgate console --as approver',
    'toolgate console --as operator --open',
    'toolgate console --json',
  ],
  details: ['--open   also opens it, with the program that opens links here (xdg-open, open)'],
  options: { open: { type: 'boolean' } },
  takes: 0,
  person: 'operator',
  run: async ({ access, values }) => {
    const url = consoleLink(access.gate, access.token);
    if (values['open'] === true) show(url);
    return { text: url, json: { url }, exit: 0 };
  },
};

/** Not waited for: a machine without a browser has the link all the same. */
function show(url: string): void {
  const program = process.platform === 'darwin' ? 'open' : 'xdg-open';
  const child = spawn(program, [url], { detached: true, stdio: 'ignore' });
  child.once('error', () => undefined);
  child.unref();
}
