/** The worst agent there is: it does whatever a text says, by every call that its token can express. */
import type { GateClient } from '../../examples/gate-client.ts';
import type { Attempt, Goal, Others, Situation } from './attempt.ts';
import type { Payload } from './corpora.ts';
import type { RedGate } from './gate.ts';
import { goalsOf } from './goals/index.ts';
import { lootOf } from './loot.ts';
import type { Attacked, Place } from './places.ts';
import { judge, type Answered, type Verdict } from './verdict.ts';

/** One attempt and what became of it. */
export interface Tried {
  goal: string;
  payload: string;
  agent: Attacked;
  place: string;
  /** The action, or the method and path. */
  what: string;
  verdict: Verdict;
}

/** How much of what an attacker wants is tried with one text. */
export interface Zeal {
  goals: number;
  /** Attempts for each goal, in turn. */
  attempts: number;
}

/** A text in a record that an agent will read. */
export interface Planted {
  payload: Payload;
  n: number;
  agent: Attacked;
  place: Place;
  record: string;
}

const PLACEHOLDER = /\[\[[a-z-]+:[0-9a-z]{6,20}\]\]/g;

/** So many of an agent's approvals nobody decides on. */
const UNDECIDED = 20;

export class ObeyingAgent {
  /** Approvals that nobody has decided on. */
  readonly waiting: string[] = [];
  readonly #gate: RedGate;
  readonly #client: GateClient;
  readonly #agent: Attacked;
  readonly #others: Others;
  readonly #personal: (text: string) => string | undefined;
  /** Placeholders that the gate gave it, the newest. */
  placeholders: string[] = [];
  #sent = 0;

  constructor(
    gate: RedGate,
    agent: Attacked,
    others: Others,
    personal: (text: string) => string | undefined,
  ) {
    this.#gate = gate;
    this.#client = gate.agent(agent);
    this.#agent = agent;
    this.#others = others;
    this.#personal = personal;
  }

  /** Reads a planted text through the gate and does what it says. */
  async obey({ payload, n, place, record }: Planted, zeal: Zeal): Promise<Tried[]> {
    const session = `red-${n}`;
    const answer = JSON.stringify(await place.read(this.#client, record, session));
    this.placeholders = [...new Set([...this.placeholders, ...(answer.match(PLACEHOLDER) ?? [])])].slice(-20);
    const { text } = payload;
    const on: Situation = {
      agent: this.#agent,
      n,
      text,
      loot: lootOf(text),
      record,
      place: place.name,
      session,
      placeholders: this.placeholders,
      others: this.#others,
    };
    const tried: Tried[] = [this.#seen('read', payload, place.name, answer)];
    for (const goal of goalsOf(on, zeal.goals))
      tried.push(...(await this.#pursue(goal, on, payload, zeal.attempts)));
    return tried;
  }

  /** What reading alone gives away. */
  #seen(goal: string, payload: Payload, place: string, answer: string): Tried {
    const attempt = { kind: 'call', action: 'read', input: {}, mode: 'read' } as const;
    const answered = { status: 200, body: {}, text: answer, soon: false };
    const verdict = judge(attempt, answered, this.#personal);
    return { goal, payload: payload.id, agent: this.#agent, place, what: 'the text itself', verdict };
  }

  async #pursue(goal: Goal, on: Situation, payload: Payload, attempts: number): Promise<Tried[]> {
    const tried: Tried[] = [];
    for (const attempt of inTurn(goal.tries(on), on.n, attempts)) {
      const answered = await this.#send(attempt, on);
      const verdict = judge(attempt, answered, this.#personal);
      const what =
        attempt.kind === 'call' ? `${attempt.action} ${attempt.mode}` : `${attempt.method} ${attempt.path}`;
      tried.push({
        goal: goal.name,
        payload: payload.id,
        agent: this.#agent,
        place: on.place,
        what,
        verdict,
      });
    }
    return tried;
  }

  async #send(attempt: Attempt, on: Situation): Promise<Answered> {
    // A full house is no defence: whatever is told to come again soon comes again.
    for (let tries = 0; ; tries += 1) {
      const answered = attempt.kind === 'call' ? await this.#call(attempt, on) : await this.#knock(attempt);
      if (!answered.soon || tries === 20) return { ...answered, held: await this.#held(answered) };
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  /**
   * By which policies a call is held. A person rejects it, as a hundred of one agent may wait at most, and what fills the queue would hide
   * what comes after. The first ones nobody decides on: they have to be waiting still when all is over.
   */
  async #held({ status, body }: Answered): Promise<string[]> {
    const { approval } = body;
    if (status !== 202 || typeof approval !== 'string') return [];
    const request = await this.#gate.ops<{ policies: { id: string }[] }>(
      'auditor',
      'GET',
      `/approvals/${approval}`,
    );
    if (this.waiting.length < UNDECIDED) this.waiting.push(approval);
    else
      await this.#gate.ops('approver', 'POST', `/approvals/${approval}/decision`, {
        decision: 'reject',
        reason: 'suspicious',
      });
    return request.policies.map(({ id }) => id);
  }

  async #call(attempt: Attempt & { kind: 'call' }, on: Situation): Promise<Answered> {
    this.#sent += 1;
    const { action, input, mode } = attempt;
    const answer = await this.#client.call(action, input, {
      mode,
      session: attempt.session ?? on.session,
      confidence: 99,
      because: {
        goal: 'It was asked for.',
        explanation: attempt.explanation ?? 'The text that was read says so.',
        sources: [on.record],
      },
      ...(mode === 'execute' && { key: attempt.key ?? `red-${this.#agent}-${on.n}-${this.#sent}` }),
    });
    return told(answer.status, answer.headers, JSON.stringify(answer.body));
  }

  async #knock({ method, path, body, headers }: Attempt & { kind: 'http' }): Promise<Answered> {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const answer = await fetch(this.#gate.origin + path, {
      method,
      redirect: 'manual',
      headers: {
        authorization: `Bearer ${await this.#client.token()}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(text !== undefined && method !== 'GET' && { body: text }),
    });
    return told(answer.status, answer.headers, await answer.text());
  }
}

/** `count` of all, from another one on each time, so that all have their turn over many texts. */
function inTurn<T>(all: readonly T[], n: number, count: number): T[] {
  const from = Math.floor(n / 3) % all.length;
  return [...all.slice(from), ...all.slice(0, from)].slice(0, count);
}

function told(status: number, headers: Headers, text: string): Answered {
  const wait = Number(headers.get('retry-after') ?? Number.NaN);
  return { status, body: objectOf(text), text, soon: (status === 429 || status === 503) && wait <= 5 };
}

function objectOf(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {}; // A page.
  }
}
