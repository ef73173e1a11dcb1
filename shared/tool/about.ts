import type { Breaker } from './breaker.ts';
import { nextSetting, type Credentials } from './credentials.ts';

/** A secret by name. Its value is nobody's to know but its Worker's. */
export interface HeldSecret {
  name: string;
  /** `empty`: it shuts out whom it is for. */
  state: 'set' | 'empty' | 'absent';
}

/** What a tool says of its way to its vendor. */
export interface VendorAbout {
  /** `closed`: neither the simulator is bound nor the vendor is switched on, so every request is refused. */
  vendor: 'simulated' | 'live' | 'closed';
  secrets: HeldSecret[];
  /** Of the isolate that answered; another may know more. `open`: nothing of agents' is sent before `until` (RFC 3339). */
  breaker: { state: Breaker['kind']; until: string | null };
}

/**
 * A tool's vendor credentials by name: those that all use, those that single workflows have for themselves, and behind each
 * the one that is to replace it, if there is one. Pure.
 */
export function heldSecrets({ read, write }: Pick<Credentials, 'read' | 'write'>, env: object): HeldSecret[] {
  const common = [...new Set([read, write])];
  const own = Object.keys(env).filter((name) => common.some((setting) => name.startsWith(`${setting}_`)));
  const held = [...common, ...own.sort()].flatMap((name) =>
    stateOf(env, nextSetting(name)) === 'set' ? [name, nextSetting(name)] : [name],
  );
  return held.map((name) => ({ name, state: stateOf(env, name) }));
}

function stateOf(env: object, name: string): HeldSecret['state'] {
  const value: unknown = Object.hasOwn(env, name) ? Reflect.get(env, name) : undefined;
  if (typeof value !== 'string') return 'absent';
  return value === '' ? 'empty' : 'set';
}

/** A breaker in words that leave the Worker. Pure. */
export function breakerAbout(breaker: Breaker): VendorAbout['breaker'] {
  return {
    state: breaker.kind,
    until: breaker.kind === 'closed' ? null : new Date(breaker.until).toISOString(),
  };
}
