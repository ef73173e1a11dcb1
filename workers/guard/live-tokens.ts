import { holderStep, type Holder, type HolderEffect } from '../../flags/holder.ts';

/**
 * The dispatch tokens of this incarnation that a tool may still act on, whatever they are for, and the acks that wait for
 * them: wiring of the pure holder in `flags/holder.ts`.
 */
export class LiveTokens {
  readonly #holder: Holder<unknown>;
  readonly #acks = new Map<number, (acked: boolean) => void>();
  #marks = 0;

  constructor(holder: Holder<unknown>) {
    this.#holder = holder;
  }

  get size(): number {
    return this.#holder.tokens.size;
  }

  /**
   * Asks a tool under a token. When `ask` throws, the connection broke and says nothing of what the tool does, so the token
   * stays until its time to start and the margin have passed.
   */
  async holding<T>(ask: () => Promise<T>): Promise<T> {
    const token = this.#mark();
    this.#do(holderStep(this.#holder, { kind: 'issued', token }, Date.now()));
    try {
      const answer = await ask();
      this.#settled(token);
      return answer;
    } catch (error) {
      const { dispatch, margin } = this.#holder.terms;
      setTimeout(() => this.#settled(token), dispatch + margin);
      throw error;
    }
  }

  /** Resolves once nothing can start under an epoch before this one; false: that incarnation does not live here. */
  async push(incarnation: string, epoch: number): Promise<boolean> {
    const ref = this.#mark();
    const acked = new Promise<boolean>((resolve) => this.#acks.set(ref, resolve));
    this.#do(holderStep(this.#holder, { kind: 'push', incarnation, epoch, ref }, Date.now()));
    return acked;
  }

  #settled(token: number): void {
    this.#do(holderStep(this.#holder, { kind: 'settled', token }, Date.now()));
  }

  #do(effects: HolderEffect[]): void {
    for (const effect of effects) this.#perform(effect);
  }

  #perform(effect: HolderEffect): void {
    switch (effect.kind) {
      case 'ack':
      case 'stranger':
        this.#acks.get(effect.ref)?.(effect.kind === 'ack');
        this.#acks.delete(effect.ref);
        return;
      case 'wait': {
        const { ref } = effect;
        setTimeout(
          () => this.#do(holderStep(this.#holder, { kind: 'waited', ref }, Date.now())),
          effect.milliseconds,
        );
        return;
      }
      case 'ask':
        throw new Error('tokens ask for no lease; workers/guard/lease-keeper.ts does');
    }
  }

  #mark(): number {
    this.#marks += 1;
    return this.#marks;
  }
}
