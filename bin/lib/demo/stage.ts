import { setTimeout as sleep } from 'node:timers/promises';
import { GateClient } from '../../../examples/gate-client.ts';
import { askOps, type GateAnswer } from '../client.ts';
import type { LocalFile } from '../secrets.ts';

/** What a story plays with: the gate as agents and as local people see it, and somewhere to tell it. Throws when one refuses. */
export class Stage {
  readonly gate: string;
  readonly say: (text: string) => void;
  readonly #local: LocalFile;

  constructor(local: LocalFile, say: (text: string) => void) {
    this.#local = local;
    this.gate = local.gate;
    this.say = say;
  }

  agent(name: string): GateClient {
    const credentials = this.#local.agents[name];
    if (credentials) return new GateClient(this.gate, credentials);
    throw new Error(`.toolgate/local.json knows no ${name}: start with npm start -- --fresh`);
  }

  /** Asks the people's API as a local person. */
  async ops<T>(person: string, method: string, path: string, body?: unknown): Promise<T> {
    const token = this.#local.people[person]?.token;
    const answer: GateAnswer<T> = await askOps<T>({ gate: this.gate, token }, method, path, body);
    if (answer.kind === 'ok') return answer.value;
    throw new Error(
      answer.kind === 'unreachable'
        ? `The gate is out of reach: ${answer.detail}`
        : `${answer.problem.title}: ${answer.problem.detail ?? ''}`,
    );
  }

  /** A local person's part: decides on a waiting call. Says whom it plays, since no story decides for real people. */
  async decide(
    person: string,
    approval: string,
    decision: 'approve' | 'reject',
    reason: string,
  ): Promise<void> {
    await this.ops(person, 'POST', `/approvals/${approval}/decision`, { decision, reason });
    this.say(`   ${person} (played by this demo) says ${decision}: ${reason}\n`);
  }

  /** A page of a simulated vendor, as JSON. */
  async vendor<T>(path: string): Promise<T> {
    const answer = await fetch(new URL(`/simulator/${path}`, this.gate));
    return answer.json<T>();
  }

  /** Looks again for up to ten seconds. */
  async until<T>(look: () => Promise<T | undefined>): Promise<T> {
    for (let tries = 0; tries < 50; tries += 1) {
      const found = await look();
      if (found !== undefined) return found;
      await sleep(200);
    }
    throw new Error('What was done did not show up within 10 s.');
  }
}

/** Rows under their titles, aligned. */
export function columns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  const [head = [], ...body] = rows;
  return [line(head), widths.map((width) => '─'.repeat(width)).join('  '), ...body.map(line)].join('\n');
}
