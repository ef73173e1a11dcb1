/** What becomes of a tool's preview in the guard: told to the agent, journaled, compared with a later one. Pure. */
import { canonical } from '../../shared/canonical.ts';
import type { JsonSchema, KnownAction } from '../../shared/contract.ts';
import type { Grant, Manifest } from '../../shared/manifest.ts';
import { mask } from '../../shared/mask.ts';
import type { Change, Preview } from '../../shared/preview.ts';
import type { ProposalChange } from '../../shared/problems.ts';
import type { RequestPreview } from '../../shared/rpc.ts';
import { onlyFields } from './output.ts';

/** A keyed hash of a text, so that what is kept of a record tells nothing of it. */
export type Fingerprint = (text: string) => string;

/** Names that no field of a contract has. */
const RECORD = '(record)';
const SIDE_EFFECTS = '(side effects)';

/** What the agent is told: of the fields that it is granted to receive, and of no others, not even that they would change. */
export function grantedPreview(preview: Preview, returns: readonly string[] | undefined): Preview {
  if (!returns) return preview;
  const { before, after, changes } = preview;
  return {
    ...preview,
    before: before && onlyFields(before, returns),
    after: onlyFields(after, returns),
    changes: changes.filter(({ field }) => returns.includes(field)),
  };
}

/**
 * Personal fields that an agent does not receive by proposing. What a vendor holds of a person it is told where this grant's
 * `returns` lists the field, or where a grant to read the same kind of record gives it; else a right to propose would be one to
 * read whomever it names. Pure.
 */
export function withheldFields(
  { name, inputSchema, outputSchema }: KnownAction,
  { grants }: Pick<Manifest, 'grants'>,
  catalogue: ReadonlyMap<string, KnownAction>,
): string[] {
  const reads = grants.filter((grant) => kindOf(grant.action) === kindOf(name));
  const fields = Object.entries(propertiesOf(eitherSchema(inputSchema, outputSchema)));
  return fields
    .filter(([, schema]) => JSON.stringify(schema).includes('"x-personal"'))
    .map(([field]) => field)
    .filter((field) => !reads.some((grant) => givesField(grant, field, catalogue)));
}

/** `crm.contact` of `crm.contact.update`. */
function kindOf(action: string): string {
  return action.slice(0, action.lastIndexOf('.'));
}

function givesField(
  { action, returns }: Grant,
  field: string,
  catalogue: ReadonlyMap<string, KnownAction>,
): boolean {
  const known = catalogue.get(action);
  if (known?.mode !== 'read' || (returns && !returns.includes(field))) return false;
  // By name at any depth, as `returns` has it.
  return JSON.stringify(known.outputSchema).includes(`${JSON.stringify(field)}:`);
}

/** A preview without some fields, if it holds what a vendor has: nor is it told whether they would change, which tells as much. */
export function withoutFields(preview: Preview, withheld: readonly string[]): Preview {
  const { before, after, changes } = preview;
  if (before === null || withheld.length === 0) return preview;
  const rest = (fields: Record<string, unknown>): Record<string, unknown> =>
    Object.fromEntries(Object.entries(fields).filter(([field]) => !withheld.includes(field)));
  return {
    ...preview,
    before: rest(before),
    after: rest(after),
    changes: changes.filter(({ field }) => !withheld.includes(field)),
  };
}

/** What changes, for journals and approvers: personal fields masked by contract. `forPeople`: as `mask` has it. */
export function maskedChanges(
  { changes }: Preview,
  { inputSchema, outputSchema }: KnownAction,
  forPeople = false,
): Change[] {
  const schema = eitherSchema(inputSchema, outputSchema);
  const masked = (field: string, value: unknown): unknown =>
    (mask({ [field]: value }, schema, forPeople) as Record<string, unknown>)[field] ?? null;
  return changes.map(({ field, before, after }) => ({
    field,
    before: masked(field, before),
    after: masked(field, after),
  }));
}

/** A preview as an approver sees it: personal fields masked by contract, free text kept readable. */
export function previewForPeople(preview: Preview, action: KnownAction): RequestPreview {
  const { before, after, sideEffects } = preview;
  const schema = eitherSchema(action.inputSchema, action.outputSchema);
  const masked = (fields: Record<string, unknown>): Record<string, unknown> =>
    mask(fields, schema, true) as Record<string, unknown>;
  return {
    before: before && masked(before),
    after: masked(after),
    changes: maskedChanges(preview, action, true),
    sideEffects,
  };
}

/** The fields of both; where both have one, the personal one, so that it is masked if either says so. */
function eitherSchema(input: JsonSchema, output: JsonSchema): JsonSchema {
  const fields: Record<string, unknown> = { ...propertiesOf(output) };
  for (const [name, schema] of Object.entries(propertiesOf(input))) {
    if (!Object.hasOwn(fields, name) || isPersonal(schema)) fields[name] = schema;
  }
  return { type: 'object', properties: fields };
}

function propertiesOf(schema: JsonSchema): Record<string, unknown> {
  return (schema['properties'] ?? {}) as Record<string, unknown>;
}

function isPersonal(schema: unknown): boolean {
  return typeof schema === 'object' && schema !== null && 'x-personal' in schema;
}

/** What a preview rests on, field by field: what the vendor holds, whether it has the record at all, and the side effects. */
export function seenIn({ before, sideEffects }: Preview, fingerprint: Fingerprint): Record<string, string> {
  const fields = Object.entries(before ?? {}).map(([field, value]) => [field, canonical(value)] as const);
  const all = [
    ...fields,
    [RECORD, before === null ? 'absent' : 'present'],
    [SIDE_EFFECTS, canonical(sideEffects)],
  ];
  return Object.fromEntries(all.map(([name = '', text = '']) => [name, fingerprint(`${name}\n${text}`)]));
}

/**
 * What changed at the vendor since a proposal: the names of the fields, and what they hold now where the agent is granted to
 * receive it. `told`: the same preview without what is withheld from the agent. Empty: nothing that the proposal rested on.
 */
export function changedSince(
  then: Readonly<Record<string, string>>,
  now: Preview,
  returns: readonly string[] | undefined,
  fingerprint: Fingerprint,
  told: Preview = now,
): ProposalChange[] {
  const seen = seenIn(now, fingerprint);
  const names = [...new Set([...Object.keys(then), ...Object.keys(seen)])].filter(
    (name) => then[name] !== seen[name],
  );
  return names.map((name) => changeOf(name, told, returns));
}

function changeOf(name: string, now: Preview, returns: readonly string[] | undefined): ProposalChange {
  if (name === RECORD) return { what: 'record' };
  if (name === SIDE_EFFECTS) return { what: 'side-effects', now: now.sideEffects };
  const told = grantedPreview(now, returns).before ?? {};
  return { what: 'field', field: name, ...(Object.hasOwn(told, name) && { now: told[name] }) };
}
