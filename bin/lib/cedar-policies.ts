import {
  policySetTextToParts,
  policyToJson,
  validate,
  type DetailedError,
} from '@cedar-policy/cedar-wasm/nodejs';
import { annotationFaults } from '../../shared/cedar/annotations.ts';
import { checkPolicy, type Names } from '../../shared/cedar/check.ts';
import type { PolicyVocabulary } from '../../shared/cedar/schema.ts';
import type { Policy, PolicyJson } from '../../shared/governance.ts';

export interface SourceFile {
  /** Relative to the root, as errors name it. */
  path: string;
  text: string;
}

interface Part extends SourceFile {
  /** The policy's own text, and where in the file it begins. */
  source: string;
  start: number;
  json: PolicyJson;
}

/** What policies are checked against. */
export interface Checks {
  words: PolicyVocabulary;
  /** The same words as Cedar schema text. */
  schema: string;
  names: Names;
}

/**
 * Parses, validates and checks policies with real Cedar, all files together. Warnings are errors. Every error names file,
 * line and remedy; with any error the policies are not to be used.
 */
export function compilePolicies(
  files: readonly SourceFile[],
  checks: Checks,
): { policies: Policy[]; errors: string[] } {
  const errors: string[] = [];
  const parts = files.flatMap((file) => split(file, errors));
  const named = parts.flatMap((part) => name(part, errors));
  refuseTwins(named, errors);
  errors.push(...validated(named, checks.schema));
  for (const { part } of named) {
    const faults = checkPolicy(part.json, checks.words, checks.names);
    errors.push(...faults.map((fault) => `${place(part, 0)}: ${fault}`));
  }
  const policies = named.map(({ policy }) => policy).sort((a, b) => (a.id < b.id ? -1 : 1));
  return { policies, errors };
}

function split(file: SourceFile, errors: string[]): Part[] {
  const answer = policySetTextToParts(file.text);
  if (answer.type === 'failure') {
    errors.push(...answer.errors.map((error) => described({ ...file, source: '', start: 0 }, error)));
    return [];
  }
  if (answer.policy_templates.length > 0)
    errors.push(`${file.path}: holds a template: name the entity in the policy`);
  return answer.policies.flatMap((source) =>
    parse({ ...file, source, start: file.text.indexOf(source) }, errors),
  );
}

function parse(part: Omit<Part, 'json'>, errors: string[]): Part[] {
  const answer = policyToJson(part.source);
  if (answer.type === 'success') return [{ ...part, json: answer.json }];
  errors.push(...answer.errors.map((error) => described(part, error)));
  return [];
}

interface NamedPart {
  part: Part;
  policy: Policy;
}

/** Takes `@id` and `@reason` out of a policy. */
function name(part: Part, errors: string[]): NamedPart[] {
  const { annotations = {}, ...json } = part.json;
  const faults = annotationFaults(annotations);
  errors.push(...faults.map((fault) => `${place(part, 0)}: ${fault}`));
  const { id, reason } = annotations;
  return id && reason && faults.length === 0
    ? [{ part, policy: { id, reason, json, text: part.source.trim() } }]
    : [];
}

function refuseTwins(named: readonly NamedPart[], errors: string[]): void {
  const first = new Map<string, Part>();
  for (const { part, policy } of named) {
    const other = first.get(policy.id);
    if (other)
      errors.push(`${place(part, 0)}: @id("${policy.id}") is taken by ${place(other, 0)}: choose another`);
    else first.set(policy.id, part);
  }
}

/** Real Cedar's own validation, errors and warnings alike. */
function validated(named: readonly NamedPart[], schema: string): string[] {
  const byId = new Map(named.map(({ part, policy }) => [policy.id, part]));
  const staticPolicies = Object.fromEntries([...byId].map(([id, { source }]) => [id, source]));
  const answer = validate({ schema, policies: { staticPolicies } });
  if (answer.type === 'failure') return answer.errors.map(({ message }) => `governance: ${message}`);
  const found = [...answer.validationErrors, ...answer.validationWarnings].map(({ policyId, error }) => {
    const part = byId.get(policyId);
    return part ? described(part, error) : `governance: ${error.message}`;
  });
  return [...oncePerFault(found), ...answer.otherWarnings.map(({ message }) => `governance: ${message}`)];
}

/** Cedar tells a fault once for each action that the policy concerns; one of them is enough to mend it. */
function oncePerFault(found: readonly string[]): string[] {
  const byFault = new Map<string, string[]>();
  for (const one of found.toSorted()) {
    const fault = one.replace(/Action::"[^"]*"/, '');
    byFault.set(fault, [...(byFault.get(fault) ?? []), one]);
  }
  return [...byFault.values()].map(([one = '', ...more]) => {
    return more.length === 0 ? one : `${one} (and for ${more.length} more actions)`;
  });
}

function described(part: Omit<Part, 'json'>, { message, help, sourceLocations }: DetailedError): string {
  const [at] = sourceLocations ?? [];
  const expected = at?.label ? ` (${at.label})` : '';
  const remedy = help ? `: ${help}` : '';
  return `${place(part, at?.start ?? 0)}: ${message}${expected}${remedy}`;
}

/** `file:line:column`. Cedar counts bytes of UTF-8 from where the policy begins. */
function place({ path, text, source, start }: Omit<Part, 'json'>, bytes: number): string {
  const from = source === '' ? text : source;
  const before = text.slice(0, start) + Buffer.from(from).subarray(0, bytes).toString();
  const lines = before.split('\n');
  return `${path}:${lines.length}:${(lines.at(-1)?.length ?? 0) + 1}`;
}
