import { canonical } from '../../shared/canonical.ts';
import { annotationFaults } from '../../shared/cedar/annotations.ts';
import { checkPolicy, type Names } from '../../shared/cedar/check.ts';
import { cedarSchema, vocabulary, type PolicyVocabulary } from '../../shared/cedar/schema.ts';
import type { KnownAction } from '../../shared/contract.ts';
import { directoryFaults, unknownGroups } from '../../shared/directory-check.ts';
import { pointer } from '../../shared/faults.ts';
import type { Governance, Policy } from '../../shared/governance.ts';
import { checkManifest, uniqueNames } from '../../shared/manifest-check.ts';
import type { Fault } from '../../shared/problems.ts';
import { barredFaults, rightsFaults } from '../../shared/rights.ts';
import type { Cedar } from './engine.ts';

type Catalogue = ReadonlyMap<string, KnownAction>;

/** More help nobody. */
const FAULTS_MAX = 100;

/**
 * Whether a policy set may be applied: what the command line checks before it sends one, asked again of what arrived, so
 * that nobody gets round it by sending a set of his own making. Real Cedar against the schema of this Worker's own
 * contracts, warnings as errors; each policy's text says what is enforced; the contracts it pins are the live ones; the
 * manifests hold. Returns all faults as JSON Pointers with their remedies; none: it may be applied.
 */
export function checkSet(set: Governance, catalogue: Catalogue, cedar: Cedar): Fault[] {
  const words = vocabulary(catalogue);
  const names = {
    agents: new Set(Object.keys(set.manifests)),
    workflows: new Set(Object.values(set.manifests).map(({ workflow }) => workflow)),
  };
  return [
    ...contractFaults(set.contracts, catalogue),
    ...policyFaults(set.policies, words, names, cedar),
    ...manifestFaults(set, catalogue),
    ...rightsFaults(set.rights).map((detail) => ({ pointer: '/rights', detail })),
    ...directoryFaults(set.people).map(({ path, detail }) => ({
      pointer: pointer(['people', ...path]),
      detail,
    })),
  ].slice(0, FAULTS_MAX);
}

/** An action whose contract is another one now would be denied by every guard; better to be told while somebody looks. */
function contractFaults(pinned: Governance['contracts'], catalogue: Catalogue): Fault[] {
  return Object.entries(pinned).flatMap(([action, hash]) => {
    const known = catalogue.get(action);
    if (known?.hash === hash) return [];
    const why = known ? `the contract of ${action} is another one now` : `no tool has ${action} (any more)`;
    return [{ pointer: pointer(['contracts', action]), detail: `${why}: compile the set again` }];
  });
}

// ── policies ───────────────────────────────────────────────────────────────────────────────────────────────────────

function policyFaults(
  policies: readonly Policy[],
  words: PolicyVocabulary,
  names: Names,
  cedar: Cedar,
): Fault[] {
  const told = policies.map((policy, index) => ({
    policy,
    faults: [...textFaults(policy, cedar), ...twinFaults(policy, index, policies)],
  }));
  // What is not just what Cedar made of its text is looked at no further: its JSON may have any form.
  const sound = told.filter(({ faults }) => faults.length === 0).map(({ policy }) => policy);
  const found = new Map(sound.map((policy) => [policy.id, [...checkPolicy(policy.json, words, names)]]));
  const general: string[] = [];
  for (const { id, detail } of validated(sound, words, cedar)) (found.get(id ?? '') ?? general).push(detail);
  return [
    ...told.flatMap(({ policy, faults }, index) =>
      [...faults, ...(faults.length === 0 ? (found.get(policy.id) ?? []) : [])].map((fault) => ({
        pointer: pointer(['policies', index]),
        detail: `policy ${policy.id}: ${fault}`,
      })),
    ),
    ...general.map((detail) => ({ pointer: '/policies', detail })),
  ];
}

/** The text is what people read and the JSON form is what guards enforce, so both must say the same. */
function textFaults({ id, reason, json, text }: Policy, cedar: Cedar): string[] {
  if (text === undefined) return ['comes without its Cedar text, which people read: compile the set again'];
  const answer = cedar.policyToJson(text);
  if (answer.type === 'failure') return answer.errors.map(({ message }) => message);
  const { annotations = {}, ...meant } = answer.json;
  const faults = annotationFaults(annotations);
  if (annotations['id'] !== id || annotations['reason'] !== reason)
    faults.push('has another id or reason than its text: compile the set again');
  if (!sameJson(meant, json))
    faults.push('its text says something else than its JSON form, which is enforced: compile the set again');
  return faults;
}

function sameJson(a: unknown, b: unknown): boolean {
  try {
    return canonical(a) === canonical(b);
  } catch {
    return false; // Too deep to be compared is too deep to be enforced.
  }
}

function twinFaults({ id }: Policy, index: number, policies: readonly Policy[]): string[] {
  return policies.findIndex((other) => other.id === id) === index ? [] : ['its id is taken by another'];
}

/** Real Cedar's own validation, errors and warnings alike. Null: it concerns no policy by name. */
function validated(
  policies: readonly Policy[],
  words: PolicyVocabulary,
  cedar: Cedar,
): { id: string | null; detail: string }[] {
  const staticPolicies = Object.fromEntries(policies.map(({ id, json }) => [id, json]));
  type Call = Parameters<Cedar['validate']>[0];
  const call = { schema: cedarSchema(words), policies: { staticPolicies } } as unknown as Call;
  const answer = cedar.validate(call);
  if (answer.type === 'failure') return answer.errors.map(({ message }) => ({ id: null, detail: message }));
  const found = [...answer.validationErrors, ...answer.validationWarnings].map(({ policyId, error }) => ({
    id: policyId,
    detail: `${error.message}${error.help ? `: ${error.help}` : ''}`,
  }));
  return [...found, ...answer.otherWarnings.map(({ message }) => ({ id: null, detail: message }))];
}

// ── manifests ──────────────────────────────────────────────────────────────────────────────────────────────────────

function manifestFaults({ manifests, rights, people }: Governance, catalogue: Catalogue): Fault[] {
  const all = Object.entries(manifests);
  const first = new Map<string, string>();
  return all.flatMap(([key, manifest]) => {
    const faults = [
      ...checkManifest(manifest, catalogue),
      ...barredFaults(manifest, rights, catalogue),
      ...unknownGroups(manifest, people),
    ];
    const found = faults.map(({ path, detail }) => ({
      pointer: pointer(['manifests', key, ...path]),
      detail,
    }));
    if (key !== manifest.agent) {
      const detail = `holds the manifest of "${manifest.agent}": name it so`;
      found.push({ pointer: pointer(['manifests', key]), detail });
    }
    for (const name of uniqueNames(manifest)) {
      const other = first.get(name);
      if (other !== undefined) {
        const detail = `${name} is in the manifest of ${other} too: choose another`;
        found.push({ pointer: pointer(['manifests', key]), detail });
      } else first.set(name, key);
    }
    return found;
  });
}
