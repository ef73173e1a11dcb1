import type { JsonSchema, KnownAction } from '../../shared/contract.ts';
import type { PolicyQuestion } from '../../shared/policy.ts';
import type { AttributePath } from './policy-reads.ts';

/** Whether a value that policies read was masked before it was journaled, so that nobody can tell what it was. */
export type IsMasked = (path: AttributePath) => boolean;

/** Which values of a recorded question are masked: by their class in the contract, or by a mark that masking left. Pure. */
export function maskedIn(action: KnownAction, { input, facts }: PolicyQuestion): IsMasked {
  const hidden = new Set([
    ...maskedFields('input', action.inputSchema, input),
    ...maskedFields('facts', action.factsSchema ?? {}, facts),
  ]);
  // Read from the values, and what they name was masked with them; counts were recorded.
  const { account, campaign, region } = action.measures ?? {};
  if (account && hidden.has(account)) hidden.add('accounts');
  if (campaign && hidden.has(campaign)) hidden.add('campaigns');
  if (region && hidden.has(region)) hidden.add('regions');
  return ([variable, first = '', second]) => {
    if (variable !== 'context') return false;
    if (hidden.has(first) || (second !== undefined && hidden.has(`${first}.${second}`))) return true;
    // `context.input` as a whole holds every field of it.
    return second === undefined && [...hidden].some((path) => path.startsWith(`${first}.`));
  };
}

function maskedFields(from: string, schema: JsonSchema, values: Readonly<Record<string, unknown>>): string[] {
  const properties = (schema['properties'] ?? {}) as Record<string, JsonSchema>;
  return Object.entries(values)
    .filter(([, value]) => value !== null)
    .filter(([name, value]) => personal(properties[name]) || marked(value))
    .map(([name]) => `${from}.${name}`);
}

/** Whether a class stands anywhere in a field's schema. */
function personal(schema: unknown): boolean {
  return JSON.stringify(schema ?? {}).includes('"x-personal"');
}

/** Whether masking left its mark in a text that is classed as nothing. An agent may write the same itself: then it counts, too. */
function marked(value: unknown): boolean {
  return /\[(?:email|secret|number)\]/.test(JSON.stringify(value ?? null));
}
