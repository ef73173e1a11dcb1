import type { ExerciseContact, ExerciseRecord } from '../../../shared/exercise.ts';
import type { ContactName, ContactTest } from '../../../shared/rpc.ts';
import { askOps, type Access } from '../client.ts';
import { until } from '../own-stop.ts';

export interface Notifying {
  access: Access;
  /** Somebody else than who runs the exercise: answers in the sandbox, where nobody has the contacts' mailboxes. */
  second: Access | null;
  sandbox: boolean;
  exercise: string;
  agent: string;
  contacts: readonly ContactName[];
  /** How long an answer is waited for (ms) where people have to give it. */
  patience: number;
  interrupted: AbortSignal;
  say: (line: string) => void;
}

/**
 * Notifies the agent's contacts, marked as a test, and waits until each has acknowledged by its code. In the sandbox another
 * local person answers for them; anywhere else only the contacts themselves can. Returns what control has recorded.
 */
export async function notify(job: Notifying): Promise<ExerciseContact[]> {
  const { access, sandbox, second, agent, exercise, contacts } = job;
  for (const contact of contacts) {
    const path = `/agents/${agent}/contact-tests`;
    const asked = await askOps<ContactTest>(access, 'POST', path, { contact, exercise });
    if (asked.kind !== 'ok') continue;
    const { code, address } = asked.value;
    job.say(`notify ${contact}, ${address}: TEST, an exercise and no incident`);
    if (!sandbox) job.say(`  send them: toolgate readiness ${agent} --answer ${code}`);
    else if (second) await askOps(second, 'POST', `/agents/${agent}/contact-answers`, { code });
  }
  let found: ExerciseContact[] = [];
  await until(job.interrupted, sandbox ? 5_000 : job.patience, async () => {
    found = await acknowledged(access, exercise);
    return found.length === contacts.length && found.every((one) => one.acknowledged !== null);
  });
  return found;
}

/** What control has of the exercise's notifications; none when it does not answer: then nobody has acknowledged. */
async function acknowledged(access: Access, exercise: string): Promise<ExerciseContact[]> {
  const answer = await askOps<ExerciseRecord>(access, 'GET', `/exercises/${exercise}`);
  return answer.kind === 'ok' ? answer.value.contacts : [];
}
