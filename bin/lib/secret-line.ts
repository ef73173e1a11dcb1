import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

/**
 * One line from standard input, without the blanks around it: what should stand in no shell history. At a terminal it asks, and
 * what is typed is not shown. Empty when there is none.
 */
export async function secretLine(
  ask: string,
  input: Readable & { isTTY?: boolean },
  output: Writable,
): Promise<string> {
  if (input.isTTY) output.write(ask);
  const lines = createInterface({ input, terminal: input.isTTY === true });
  try {
    for await (const line of lines) return line.trim();
    return '';
  } finally {
    lines.close();
    if (input.isTTY) output.write('\n');
  }
}
