import { isId } from '../../shared/ids.ts';
import type { Problem } from '../../shared/problems.ts';
import type { Approval, Result } from '../../shared/rpc.ts';
import { knownOf } from './asking.ts';
import type { Directory } from '../../shared/directory.ts';
import { directoryNow } from '../../shared/directory-now.ts';
import type { Env } from './env.ts';
import { cannotTell, notFound } from './problems.ts';
import { readCard, type Card } from './slack/cards.ts';
import { addressOf, cardFault, rolesInSlack, slackFault, wordsOf, type NoCard } from './slack/eligible.ts';
import type { Pressed } from './slack/request.ts';

/**
 * Decides what a button stands for, by the same path as any decision. `credential`: hash of Slack's request. Answers what whoever
 * pressed is told.
 */
export async function press(env: Env, pressed: Pressed, credential: string, now: number): Promise<string> {
  const card = readCard(pressed.value, env.CARD_KEY ?? '');
  const fault = cardFault(env.CARD_KEY ? card : null, pressed.button, now);
  if (fault || !card) return wordsOf(fault ?? { why: 'forged' });
  // Control that does not answer: nobody can be known, so nothing is decided.
  const directory = await directoryNow(env).catch(() => null);
  if (!directory) return cannotTell.problem.detail;
  const email = addressOf(directory, pressed.member);
  if (email === null) return wordsOf({ why: 'stranger' });
  return decideAs(env, card, { email, credential, directory }, now);
}

interface Member {
  email: string;
  credential: string;
  directory: Directory;
}

async function decideAs(
  env: Env,
  card: Card,
  { email, credential, directory }: Member,
  now: number,
): Promise<string> {
  const { approval: id, decision, digest } = card;
  const workflow = isId('appr', id) ? await env.APPROVALS_INDEX.getByName('index').workflowOf(id) : null;
  if (workflow === null) return notFound.problem.detail;
  // By these they decide at all; of what, their address says.
  const person = { email, roles: rolesInSlack(env, directory, email), credential };
  const known = await knownOf(env, email, now);
  if (!known) return cannotTell.problem.detail;
  const object = env.APPROVALS.getByName(workflow);
  const sheet = await object.sheet(id, person, known);
  if (!sheet) return notFound.problem.detail;
  const fault: NoCard | null = slackFault(sheet, email, directory);
  if (fault) return wordsOf(fault);
  const reason = decision === 'approve' ? 'as-expected' : 'not-needed';
  return told(await object.decide(person, id, { decision, reason, note: 'by a button in Slack', digest }));
}

function told(outcome: Result<Approval>): string {
  if (!outcome.ok) return `Nothing was decided. ${detailOf(outcome.problem)}`;
  const { agent, action, status } = outcome.value;
  return status === 'waiting'
    ? `Your word on ${action} of ${agent} is recorded; more people are needed.`
    : `${action} of ${agent} is ${status}.`;
}

function detailOf(problem: Problem): string {
  return problem.detail ?? 'Look at it in the console.';
}
