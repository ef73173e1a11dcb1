/** Which secrets the vendor requests of one dispatch carried, by name. Never a value. Pure. */

/** Left out where there is none, so that what needed no vendor stays as it is. */
export interface SecretUse {
  /** Names of settings, in the order of their first use: `NEXT_HUBSPOT_READ_TOKEN`. */
  secrets?: string[];
  /** Those that were of no use: missing, empty, or refused by the vendor. */
  secretsRefused?: string[];
}

/** What a tool answers, and with which secrets it came by it. */
export type WithUse<T extends object> = T & SecretUse;

/** How the names of settings are written. */
const NAME = /^[A-Z][A-Z0-9_]{0,127}$/;
/** A request has at most two credentials, and a call few kinds of requests. */
const NAMES_MAX = 16;

/** Notes of the secrets that requests carried, in the order of their first use. */
export class SecretNotes {
  readonly #used = new Set<string>();
  readonly #refused = new Set<string>();

  /** A request with this secret was handed over. */
  used(setting: string): void {
    this.#used.add(setting);
  }

  /** The secret is missing or empty, or the vendor refused it. */
  refused(setting: string): void {
    this.#refused.add(setting);
  }

  /** Takes over what others noted. What is no setting's name is left out: what a tool says goes into a journal. */
  add({ secrets, secretsRefused }: SecretUse): void {
    for (const name of namesIn(secrets)) keep(this.#used, name);
    for (const name of namesIn(secretsRefused)) keep(this.#refused, name);
  }

  get use(): SecretUse {
    return {
      ...(this.#used.size > 0 && { secrets: [...this.#used] }),
      ...(this.#refused.size > 0 && { secretsRefused: [...this.#refused] }),
    };
  }
}

function namesIn(value: unknown): string[] {
  if (!Array.isArray(value)) return [];
  return value.slice(0, NAMES_MAX).filter((name) => typeof name === 'string' && NAME.test(name));
}

function keep(names: Set<string>, name: string): void {
  if (names.size < NAMES_MAX) names.add(name);
}

/** Splits an answer from the names that came with it. */
export function splitUse<T extends object>(told: WithUse<T>): { told: T; use: SecretUse } {
  const { secrets, secretsRefused, ...rest } = told;
  const use = { ...(secrets && { secrets }), ...(secretsRefused && { secretsRefused }) };
  return { told: rest as unknown as T, use };
}
