import { verifyDispatch, type DispatchClaims } from '../dispatch-token.ts';
import type { JwkText } from '../crypto.ts';
import type { Gate } from './gate.ts';

/** How long after its last moment to start a call stays called off here: the platform may repeat a message for 10 s. */
const KEEP_MS = 30_000;

/** How soon a request under way notices. It looks by its own clock: another invocation cannot abort it. */
const LOOK_MS = 50;

/**
 * The work under way in this isolate, by call, so that a stop can call it off. Best effort: the message may reach another
 * isolate, and then what was handed to the vendor goes on; what has not started is held by its time to start either way.
 */
export class UnderWay {
  readonly #gates = new Map<string, Gate>();
  /** Calls that were called off, until when that is remembered (Unix ms): the dispatch may arrive after the word. */
  readonly #off = new Map<string, number>();

  begin(call: string, gate: Gate, now: number): void {
    for (const [old, until] of this.#off) if (until <= now) this.#off.delete(old);
    this.#gates.set(call, gate);
    if (this.#off.has(call)) gate.callOff();
  }

  end(call: string): void {
    this.#gates.delete(call);
  }

  /** Calls the work off, if it is here: true. Nothing of that call starts in this isolate from now on. */
  callOff({ call, startBefore }: DispatchClaims): boolean {
    this.#off.set(call, startBefore + KEEP_MS);
    const gate = this.#gates.get(call);
    gate?.callOff();
    return gate !== undefined;
  }
}

/** The claims of a token that calls a call of this tool off; undefined for every other token. It opens nothing. */
export function callOffClaims(publicKey: JwkText, token: string, tool: string): DispatchClaims | undefined {
  const checked = verifyDispatch(publicKey, token);
  if (!checked.ok) return undefined;
  const { claims } = checked;
  return claims.purpose === 'cancel' && claims.tool === tool ? claims : undefined;
}

/** A signal that aborts after `milliseconds`, or soon after the work was called off. `done` ends the watch. */
export function watched(gate: Gate, milliseconds: number): { signal: AbortSignal; done(): void } {
  const controller = new AbortController();
  const deadline = Date.now() + milliseconds;
  let timer: ReturnType<typeof setTimeout>;
  const look = (): void => {
    const left = deadline - Date.now();
    if (gate.calledOff) controller.abort(new DOMException('called off', 'AbortError'));
    else if (left <= 0) controller.abort(new DOMException('no answer in time', 'TimeoutError'));
    else timer = setTimeout(look, Math.min(LOOK_MS, left));
  };
  look();
  return { signal: controller.signal, done: () => clearTimeout(timer) };
}
