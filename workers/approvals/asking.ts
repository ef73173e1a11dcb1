import { released } from '../../shared/released.ts';
import type { Approval, Covering } from '../../shared/rpc.ts';
import { within } from '../../shared/within.ts';
import { directoryNow } from '../../shared/directory-now.ts';
import { addressesOf, stillHeld, type Known } from './eligible.ts';
import type { Env } from './env.ts';

/** Whoever decides does not wait for others any longer; they may try again. */
const ASK_MS = 5_000;

/** What is known of people as one of them decides; null: it cannot be told now, so nothing is decided. */
export async function knownOf(env: Env, email: string, now: number): Promise<Known | null> {
  try {
    const [directory, lent] = await Promise.all([directoryNow(env), delegationsTo(env, email, now)]);
    const others = addressesOf(directory, email).filter((one) => one !== email);
    const more = await Promise.all(others.map(async (other) => delegationsTo(env, other, now)));
    const delegations = [...lent, ...more.flat()].map((one) => ({
      ...one,
      roles: stillHeld(env, directory, { email: one.from, roles: one.roles }),
    }));
    return { directory, delegations };
  } catch {
    return null;
  }
}

async function delegationsTo(env: Env, email: string, now: number): Promise<Known['delegations']> {
  const asked = env.APPROVALS_INDEX.getByName('index').delegationsTo(email, now);
  return released(await within(ASK_MS, asked));
}

/** What stops a call right now; null: control does not answer, so it cannot be told, and nothing is approved. */
export async function stopsOf(
  env: Env,
  { agent, workflow, tool, action }: Approval,
): Promise<Covering | null> {
  const asked = env.STOPPAGES.inForce({ agent, workflow, tool, action });
  return within(ASK_MS, asked).then(released, () => null);
}
