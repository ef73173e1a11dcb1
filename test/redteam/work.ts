/** Work on people's data as agents and people do it: what is typed, held, approved, proposed, rejected, undone, and what still waits. */
import type { CallOptions, GateAnswer, GateClient } from '../../examples/gate-client.ts';
import type { RedGate } from './gate.ts';
import type { PersonalValue } from './personal.ts';

/** What agents type here about people who are nowhere else. */
export const typed: readonly PersonalValue[] = [
  { class: 'typed email', value: 'quendolin.tarrasch@typed.example' },
  { class: 'typed email', value: 'ferenc.ostrowick@typed.example' },
  { class: 'typed phone', value: '+49 30 5550171' },
  { class: 'typed phone', value: '+49 30 5550172' },
  { class: 'typed phone', value: '+49 30 5550173' },
  { class: 'typed phone', value: '+49 30 5550174' },
  { class: 'typed phone', value: '+1 206 555 0175' },
  { class: 'typed card', value: '4242 4242 4242 4242' },
  { class: 'typed iban', value: 'DE02 1203 0000 0000 2020 51' },
];

const because = { goal: 'Contacts are right.', explanation: 'The customer wrote so.' };
const CONTACT = 'crm.contact.update';

/** Does the work. Values are typed in fields that are for them and in free text. */
export async function workOnPeople(gate: RedGate): Promise<void> {
  const support = gate.agent('support-agent');
  const router = gate.agent('lead-router');
  await support.call('crm.contact.read', { id: '101' }, { mode: 'read' });
  await support.call('crm.contact.search', { email: 'quendolin.tarrasch@typed.example' }, { mode: 'read' });
  await support.call(
    'support.conversation.search',
    { email: 'ferenc.ostrowick@typed.example' },
    { mode: 'read' },
  );
  await support.call('support.conversation.read', { conversation: '2001' }, { mode: 'read' });

  const done = await held(support, { id: '101', phone: '+49 30 5550171' }, 'work-done');
  await decide(gate, done, 'approve');
  await support.wait(word(done, 'call'), 10);
  await gate.ops('operator', 'POST', `/calls/${word(done, 'call')}/undo`, {
    agent: 'support-agent',
    reason: 'It was another person.',
  });
  await decide(gate, await held(support, { id: '102', phone: '+49 30 5550172' }, 'work-rejected'), 'reject');
  await held(support, { id: '109', phone: '+49 30 5550173' }, 'work-waits');
  await support.call(CONTACT, { id: '105', phone: '+49 30 5550174' }, { mode: 'propose', because });

  const words = 'Ring +1 206 555 0175 or write to ferenc.ostrowick@typed.example.';
  const asked: CallOptions = { mode: 'execute', key: 'work-chat', because };
  await router.call('chat.message.post', { channel: 'C0LEADS001', text: words }, asked);
  const reply = 'Your card 4242 4242 4242 4242 and DE02 1203 0000 0000 2020 51 are noted.';
  await support.call(
    'support.conversation.reply',
    { conversation: '2009', reply },
    { mode: 'propose', because },
  );
}

async function held(agent: GateClient, input: Record<string, unknown>, key: string): Promise<GateAnswer> {
  const answer = await agent.call(CONTACT, input, { mode: 'execute', key, because });
  if (answer.status !== 202) throw new Error(`${key} does not wait: ${JSON.stringify(answer.body)}`);
  return answer;
}

/** Two people decide: at night a change of a person's data takes both. */
async function decide(gate: RedGate, answer: GateAnswer, decision: 'approve' | 'reject'): Promise<void> {
  const reason = decision === 'approve' ? 'as-expected' : 'wrong-data';
  const path = `/approvals/${word(answer, 'approval')}/decision`;
  for (const person of decision === 'approve' ? ['approver', 'approver2'] : ['approver']) {
    // By day the first one is enough, and the second comes too late.
    await gate.ops(person, 'POST', path, { decision, reason }).catch(() => undefined);
  }
}

function word({ body }: GateAnswer, key: string): string {
  const value = body[key];
  return typeof value === 'string' ? value : '';
}
