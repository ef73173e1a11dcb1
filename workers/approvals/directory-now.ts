import type { Directory } from '../../shared/directory.ts';
import { released } from '../../shared/released.ts';
import { within } from '../../shared/within.ts';
import type { Env } from './env.ts';

/** Whoever decides does not wait for control any longer; they may try again. */
const DIRECTORY_MS = 5_000;

/**
 * Who is who under the policy set in force. Rejects when control does not answer: who may decide cannot be told then, so nothing is
 * decided.
 */
export async function directoryNow({ DIRECTORY }: Pick<Env, 'DIRECTORY'>): Promise<Directory> {
  return released(await within(DIRECTORY_MS, DIRECTORY.directory()));
}
