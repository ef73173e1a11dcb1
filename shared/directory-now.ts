import type { People } from './approvals.ts';
import type { Directory } from './directory.ts';
import { released } from './released.ts';
import { within } from './within.ts';

/** Whoever decides does not wait for control any longer; they may try again. */
const DIRECTORY_MS = 5_000;

/**
 * Who is who under the policy set in force. Rejects when control does not answer: who may decide cannot be told then, so nothing is
 * decided.
 */
export async function directoryNow({ DIRECTORY }: { DIRECTORY: People }): Promise<Directory> {
  return released(await within(DIRECTORY_MS, DIRECTORY.directory()));
}
