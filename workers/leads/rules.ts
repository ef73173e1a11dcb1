import type { Site } from '../../shared/manifest.ts';
import type { Draft } from './parse.ts';

export type Rule = Site['rules'][number];

/**
 * The first of a site's rules that fits, or undefined: then an agent or a person decides. Every condition given must
 * hold, and what the lead does not say holds for none: a plain case is one that is known to be plain.
 */
export function routeByRules(
  lead: Pick<Draft, 'country' | 'employees' | 'value' | 'interest'>,
  rules: readonly Rule[],
): Rule | undefined {
  return rules.find(({ when }) => {
    const { country, maxEmployees, maxValue, interest } = when;
    return (
      (country === undefined || among(lead.country, country)) &&
      (maxEmployees === undefined || atMost(lead.employees, maxEmployees)) &&
      (maxValue === undefined || atMost(lead.value, maxValue)) &&
      (interest === undefined || among(lead.interest, interest))
    );
  });
}

function among(said: string | null, wanted: readonly string[]): boolean {
  return said !== null && wanted.some((one) => one.toLowerCase() === said.toLowerCase());
}

function atMost(said: number | null, max: number): boolean {
  return said !== null && said <= max;
}
