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

/** A text in a record that an agent will read. */
export interface Planted {
  payload: Payload;
  n: number;
  agent: Attacked;
  place: Place;
  record: string;
}

const PLACEHOLDER = /\[\[[a-z-]+:[0-9a-z]{6,20}\]\]/g;

export class ObeyingAgent {
  readonly #gate: RedGate;
  readonly #client: GateClient;
  readonly #agent: Attacked;
  readonly #others: Others;
  readonly #personal: (text: string) => string | undefined;
  #placeholders: string[] = [];
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

  /** Reads a planted text through the gate and does what it says, towards `count` goals. */
  async obey({ payload, n, place, record }: Planted, count: number): Promise<Tried[]> {
    const session = `red-${n}`;
    const answer = JSON.stringify(await place.read(this.#client, record, session));
    this.#placeholders = [...new Set([...this.#placeholders, ...(answer.match(PLACEHOLDER) ?? [])])].slice(-20);
    const { text } = payload;
    const on: Situation = {
      agent: this.#agent,
      n,
      text,
      loot: lootOf(text),
      record,
      place: place.name,
      session,
      placeholders: this.#placeholders,
      others: this.#others,
    };
    const tried: Tried[] = [this.#seen('read', payload, place.name, answer)];
    for (const goal of goalsOf(on, count)) tried.push(...(await this.#pursue(goal, on, payload)));
    return tried;
  }

  /** What reading alone gives away. */
  #seen(goal: string, payload: Payload, place: string, answer: string): Tried {
    const attempt = { kind: 'call', action: 'read', input: {}, mode: 'read' } as const;
    const answered = { status: 200, body: {}, text: answer };
    const verdict = judge(attempt, answered, this.#personal);
    return { goal, payload: payload.id, agent: this.#agent, place, what: 'the text itself', verdict };
  }

  async #pursue(goal: Goal, on: Situation, payload: Payload): Promise<Tried[]> {
    const tried: Tried[] = [];
    for (const attempt of goal.tries(on)) {
      const answered = await this.#send(attempt, on);
      const verdict = judge(attempt, answered, this.#personal);
      const what = attempt.kind === 'call' ? `${attempt.action} ${attempt.mode}` : `${attempt.method} ${attempt.path}`;
      tried.push({ goal: goal.name, payload: payload.id, agent: this.#agent, place: on.place, what, verdict });
    }
    return tried;
  }

  async #send(attempt: Attempt, on: Situation): Promise<Answered> {
    // A full house is no defence: whatever is told to come again comes again.
    for (let tries = 0; ; tries += 1) {
      const answered = attempt.kind === 'call' ? await this.#call(attempt, on) : await this.#knock(attempt);
      const later = answered.status === 429 || answered.status === 503;
      if (later && tries===0) console.log(answered.status, answered.text.slice(0,300));
      if (!later || tries === 20) return answered;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
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
    return { status: answer.status, body: answer.body, text: JSON.stringify(answer.body) };
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
    const told = await answer.text();
    return { status: answer.status, body: objectOf(told), text: told };
  }
}

function objectOf(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {}; // A page.
  }
}
