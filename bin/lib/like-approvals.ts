import type { Approval, ApprovalPage, ApprovalSheet } from '../../shared/rpc.ts';
import { askOps } from './client.ts';
import { misuse, query, unanswered, type Invocation } from './command.ts';
import type { Report } from './output.ts';

/** Pages that are read in search of like calls: two thousand requests. */
const PAGES = 10;

/** All that wait of the same agent and action for the same policies, itself included, and were not edited; else what went wrong. */
export async function likeIt(call: Invocation, id: string): Promise<Approval[] | Report> {
  const sample = await askOps<ApprovalSheet>(call.access, 'GET', `/approvals/${id}`);
  if (sample.kind !== 'ok') return unanswered(sample, call.access.gate);
  if (sample.value.revision > 0) return misuse(`${id} was edited: decide on it by itself.`);
  const found: Approval[] = [];
  let after: string | undefined;
  for (let page = 0; page < PAGES; page += 1) {
    const path = query({ status: 'waiting', workflow: sample.value.workflow, limit: '200', after });
    const answer = await askOps<ApprovalPage>(call.access, 'GET', `/approvals${path}`);
    if (answer.kind !== 'ok') return unanswered(answer, call.access.gate);
    found.push(...answer.value.approvals.filter((one) => isLike(one, sample.value)));
    if (answer.value.next === null) break;
    after = answer.value.next;
  }
  return found.length > 0 ? found : misuse(`Nothing like ${id} waits any more.`);
}

/** Edited ones are looked at one by one. Pure. */
function isLike(one: Approval, sample: Approval): boolean {
  const policies = (approval: Approval): string =>
    approval.policies
      .map((policy) => policy.id)
      .toSorted()
      .join();
  return (
    one.revision === 0 &&
    one.agent === sample.agent &&
    one.action === sample.action &&
    one.needs === sample.needs &&
    policies(one) === policies(sample)
  );
}
