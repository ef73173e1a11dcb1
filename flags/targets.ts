/** What a stop can hit: `all`, `workflow:x`, `agent:x`, `tool:x`, `action:x`. */
export type Target = 'all' | `${'workflow' | 'agent' | 'tool' | 'action'}:${string}`;

const shape = /^(all|(workflow|agent):[a-z][a-z0-9-]{1,62}|tool:[a-z]{1,63}|action:[a-z]+(\.[a-z]+){2})$/;

/** Whether text names a target; anything else is refused, never guessed at. */
export function isTarget(text: string): text is Target {
  return text.length <= 200 && shape.test(text);
}

/** What a call is, as far as stops are concerned. */
export interface Coverage {
  agent: string;
  workflow: string;
  tool: string;
  action: string;
}

/** Whether a stop of `target` covers the call. */
export function covers(target: Target, call: Coverage): boolean {
  if (target === 'all') return true;
  const colon = target.indexOf(':');
  const kind = target.slice(0, colon) as 'workflow' | 'agent' | 'tool' | 'action';
  return call[kind] === target.slice(colon + 1);
}

/** Whether a stop of `a` holds something of `b`: everything under `all`, and a tool's actions under the tool. */
export function overlaps(a: Target, b: Target): boolean {
  if (a === 'all' || a === b) return true;
  const action = b.startsWith('action:') ? b.slice('action:'.length) : null;
  return action !== null && covers(a, { agent: '', workflow: '', tool: action.split('.')[0] ?? '', action });
}

/** Whether a stop may cover the call. A workflow that is not known may be the one. */
export function mayCover(
  target: Target,
  call: Omit<Coverage, 'workflow'> & { workflow: string | null },
): boolean {
  if (call.workflow === null && target.startsWith('workflow:')) return true;
  return covers(target, { ...call, workflow: call.workflow ?? '' });
}

/**
 * The only agent that a stop can concern; null: any. Only a stop of one agent surely leaves the others out: which workflow
 * a guard acts in is what its own lease says, and that may be of an older policy set than control's.
 */
export function onlyAgent(target: Target): string | null {
  return target.startsWith('agent:') ? target.slice('agent:'.length) : null;
}
