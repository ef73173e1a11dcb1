import type { Outcome } from '../../../shared/outcome.ts';
import type { LeadDesk, RoutedBy } from '../../../shared/rpc.ts';
import type { Gate } from '../../../shared/tool/gate.ts';

export type Answer<T> = { ok: true; value: T } | { ok: false; outcome: Outcome };

/** The desk of the leads Worker, asked only while the gate lets a request start. */
export class LeadsClient {
  readonly #desk: LeadDesk;
  readonly #gate: Gate;

  constructor(desk: LeadDesk, gate: Gate) {
    this.#desk = desk;
    this.#gate = gate;
  }

  /** Asks something that changes nothing. */
  async read<T>(ask: (desk: LeadDesk) => Promise<T>): Promise<Answer<T>> {
    return this.#ask(false, ask);
  }

  /** Routes a lead. Anything but `routed` is the inbox's word that it changed nothing. */
  async route(
    lead: string,
    queue: string,
    note: string,
    call: string,
    by?: RoutedBy,
  ): Promise<Answer<Awaited<ReturnType<LeadDesk['route']>>>> {
    const { startBefore } = this.#gate;
    const answer = await this.#ask(true, async (desk) =>
      desk.route(lead, queue, note, call, startBefore, by),
    );
    if (answer.ok && answer.value !== 'routed') this.#gate.nothingChanged();
    return answer;
  }

  async #ask<T>(changes: boolean, ask: (desk: LeadDesk) => Promise<T>): Promise<Answer<T>> {
    if (!this.#gate.mayStart(changes)) return { ok: false, outcome: this.#gate.unstarted(changes) };
    try {
      return { ok: true, value: await ask(this.#desk) };
    } catch (error) {
      const name = error instanceof Error ? error.name : 'error';
      const detail = `no answer from the lead inbox (${name})`;
      return { ok: false, outcome: { kind: 'failed', reason: 'unavailable', detail } };
    }
  }
}
