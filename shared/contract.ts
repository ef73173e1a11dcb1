import { z } from 'zod';
import { canonical } from './canonical.ts';
import { sha256 } from './crypto.ts';
import { marksFault } from './marks-check.ts';
import type { Measures, Path } from './measures.ts';
import { carriesWords, sinkFields, sinksFault } from './sink-fields.ts';

/** Read, propose and execute are separate rights; `mode` of an action is the highest that makes sense for it. */
export const modes = ['read', 'propose', 'execute'] as const;
export type Mode = (typeof modes)[number];

/** How far up a mode is, from 0; -1 for what is no mode. */
export function modeRank(mode: string | undefined): number {
  return modes.findIndex((known) => known === mode);
}

/** The highest mode of an action that a token's scopes (`action:mode`) hold, if any. */
export function scopedMode(scopes: readonly string[], action: string): Mode | undefined {
  return modes.findLast((mode) => scopes.includes(`${action}:${mode}`));
}

/** What an action touches, so that one policy covers it at every vendor. Parents of the action in Cedar. */
export const groups = [
  'publish',
  'send',
  'budget',
  'segment',
  'suppress',
  'personal-data-sync',
  'export',
  'refund',
  'delete',
  'permission',
  'route',
  'notify',
] as const;
export type Group = (typeof groups)[number];

/** Sensitivity classes, lowest first. */
export const sensitivities = ['public', 'internal', 'confidential', 'regulated', 'restricted'] as const;
export type Sensitivity = (typeof sensitivities)[number];

export { personal, resolves, sink, trusted, untrusted } from './marks.ts';
export type { PersonalClass, Provenance, Resolves, SinkKind } from './marks.ts';

/** How an execute is taken back: the compensating action in words and by name, or why there is none. */
export type Undo =
  | {
      action: string;
      how: string;
      /** Fields of the vendor's record that it leaves changed, in the vendor's own names: a time of change, a revision. */
      leaves?: readonly string[];
    }
  | {
      irreversible: string;
      /** What a person does instead, in words: cancel what follows, notify, apologise. */
      instead?: string;
    };

/** Which record at the vendor an action concerns: what kind of record, and which field holds its id. */
export interface About {
  /** One word of the tool's own, such as `contact`. */
  record: string;
  /** Of a record that the action creates, its output. */
  id: Path | `output.${string}`;
}

/** A kind of record whose content is kept in versions: a page, a mail, a budget, a segment. */
export interface Artefact {
  /** Fields that make up its content, by which it can be restored byte for byte. */
  content: readonly string[];
  /**
   * The actions that write a former content back, in the order in which they are tried. Their input takes the id under the name
   * of `id`, and each field of the content under its own name.
   */
  restore: readonly string[];
  id: string;
}

/** An effect that comes later than the answer: a scheduled message, a future publish. */
export interface Deferred {
  /** Output field that says when it comes (RFC 3339). */
  at: string;
  /**
   * How it is cancelled before that: an action of the same tool that may safely be repeated, with each of its input fields
   * taken from a field of the output. The vendor takes it up to so many seconds before.
   */
  cancel: { action: string; input: Readonly<Record<string, string>>; upTo: number };
}

export interface Action {
  summary: string;
  /** `read` changes nothing at the vendor; `execute` does. */
  mode: 'read' | 'execute';
  groups: readonly Group[];
  sensitivity: Sensitivity;
  /**
   * Execute only: up to which class what it carries may leave by it, such as `public` for what everybody can read. Absent: its own
   * sensitivity, and where its input holds no words, only ids and choices, any.
   */
  clearance?: Sensitivity;
  /** Strict object: unknown fields are refused. */
  input: z.ZodObject;
  output: z.ZodObject;
  /** Execute only. */
  undo?: Undo;
  /**
   * Execute only: after how many seconds `find` can tell for certain whether the vendor did it (its index lag).
   * Absent: the tool cannot tell, and an unknown outcome goes to a person.
   */
  findAfter?: number;
  /**
   * Execute only: the vendor does the same request under the same key once, for so many hours. The call's id is the key, and
   * a request without a clear answer is sent a second time at once.
   */
  idempotency?: { header: string; hours: number };
  /** Execute only: what it does comes later, and can be cancelled until then. */
  deferred?: Deferred;
  /**
   * What the tool looks up itself for the policy, so that the agent cannot lie about it. Integers, booleans and
   * strings only. Looked up in the tool's own records, or at the vendor by requests that only read.
   */
  facts?: z.ZodObject;
  /** Execute only: what it costs and whom it touches, for budgets, blast radius and policies. */
  measures?: Measures;
  /**
   * Execute only: the texts that readers or people outside get of it, scanned for the manifest's claims. A text that is at the
   * vendor already is a fact: only so is what is published what was scanned.
   */
  says?: readonly Path[];
  /** Execute only: the record that it changes. Calls about the same record are taken back in reverse, and not out of turn. */
  about?: About;
}

export interface Contract {
  /** Tool name, `[a-z]+`. */
  tool: string;
  vendor: string;
  summary: string;
  /** By action name without the tool: `contact.update`. */
  actions: Record<string, Action>;
  /** By the kind of record, as in `about`. */
  artefacts?: Readonly<Record<string, Artefact>>;
}

/** An action with everything derived from its contract once, at start-up. */
export interface KnownAction extends Action {
  tool: string;
  /** Full name, `crm.contact.update`. */
  name: string;
  clearance: Sensitivity;
  /** Whether its input has sinks, or it says something in which links may stand. */
  hasSinks: boolean;
  inputSchema: JsonSchema;
  outputSchema: JsonSchema;
  /** Of `facts`. */
  factsSchema?: JsonSchema;
  /** What it is about is kept in versions. */
  artefact?: Artefact;
  /** SHA-256 over the canonical contract of this action; policy sets pin it. */
  hash: string;
}

export type JsonSchema = { [key: string]: unknown };

/** Whether nothing takes an action back. */
export function isIrreversible({ undo }: Pick<Action, 'undo'>): boolean {
  return undo !== undefined && 'irreversible' in undo;
}

/** Checks a contract's own consistency and returns it typed. Throws at start-up: a broken contract is a bug. */
export function defineContract<const C extends Contract>(contract: C): C {
  for (const [key, action] of Object.entries<Action>(contract.actions)) {
    const name = `${contract.tool}.${key}`;
    if (!/^[a-z]+(\.[a-z]+){2}$/.test(name))
      throw new Error(`${name}: an action is named tool.object.verb, in a-z`);
    if (action.mode === 'execute' && !action.undo) {
      throw new Error(`${name}: an execute names its undo or says why it is irreversible`);
    }
    const fault =
      (action.deferred && deferredFault(action, action.deferred, contract)) ??
      (action.measures && measuresFault(action, action.measures)) ??
      (action.undo && undoFault(action, action.undo, contract)) ??
      (action.about && aboutFault(action, action.about)) ??
      (action.says && saysFault(action, action.says)) ??
      marksFault(action, (path) => holds(path, action.input, action.facts)) ??
      sinksFault(action, jsonSchema(action.input), jsonSchema(action.output));
    if (fault) throw new Error(`${name}: ${fault}`);
  }
  for (const [record, artefact] of Object.entries(contract.artefacts ?? {})) {
    const fault = artefactFault(artefact, contract);
    if (fault) throw new Error(`${contract.tool}'s artefact ${record}: ${fault}`);
  }
  return contract;
}

/** An undo by another tool would hold another vendor's images; one by an action that is not there would never run. */
function undoFault({ mode }: Action, undo: Undo, contract: Contract): string | undefined {
  if (mode !== 'execute') return 'reads, so there is nothing to undo';
  if ('irreversible' in undo || executeOf(undo.action, contract)) return undefined;
  return `${undo.action} is no execute of ${contract.tool}, so it undoes nothing`;
}

function aboutFault({ input, output, facts }: Action, { id }: About): string | undefined {
  const [from, field = ''] = id.split('.');
  const there = from === 'output' ? Object.hasOwn(output.shape, field) : holds(id as Path, input, facts);
  return there ? undefined : `has no ${id} to say what it is about`;
}

/** A text that is not there would pass for one that claims nothing. */
function saysFault({ input, facts }: Action, says: readonly Path[]): string | undefined {
  const missing = says.find((path) => !holds(path, input, facts));
  return missing === undefined ? undefined : `has no ${missing} to scan for claims`;
}

function artefactFault({ content, restore, id }: Artefact, contract: Contract): string | undefined {
  for (const name of restore) {
    const shape = executeOf(name, contract)?.input.shape;
    if (!shape) return `${name} is no execute of ${contract.tool}, so it restores nothing`;
    const missing = [id, ...content].find((field) => !Object.hasOwn(shape, field));
    if (missing !== undefined) return `${name} takes no ${missing}`;
  }
  return undefined;
}

function executeOf(name: string, { tool, actions }: Contract): Action | undefined {
  const [, action] = Object.entries(actions).find(([key]) => `${tool}.${key}` === name) ?? [];
  return action?.mode === 'execute' ? action : undefined;
}

function deferredFault(action: Action, { at, cancel }: Deferred, contract: Contract): string | undefined {
  const from = [at, ...Object.values(cancel.input)].find(
    (field) => !Object.hasOwn(action.output.shape, field),
  );
  if (from !== undefined) return `its output has no ${from} to take a deferred effect from`;
  const cancelling = executeOf(cancel.action, contract);
  if (!cancelling) return 'a deferred effect is cancelled by an execute of the same tool';
  const to = Object.keys(cancel.input).find((field) => !Object.hasOwn(cancelling.input.shape, field));
  return to === undefined ? undefined : `${cancel.action} takes no ${to}`;
}

/** A measure that names a field which is not there would count nothing, and nobody would notice. */
function measuresFault({ input, facts, groups }: Action, measures: Measures): string | undefined {
  const { spend, consent, recipients, records, account, campaign, region } = measures;
  const paths = [spend?.amount, spend?.currency, consent, recipients, records, account, campaign, region];
  const missing = paths.filter((path) => typeof path === 'string').find((path) => !holds(path, input, facts));
  if (missing !== undefined) return `has no ${missing} to measure`;
  const sure = consent === undefined || !groups.includes('send') || isAlwaysSaid(consent, facts);
  return sure ? undefined : `sends, so its ${consent} is always said: where it is not known it is false`;
}

/** Policies deny a message without consent only where they are told; a fact that may be absent would pass for one. */
function isAlwaysSaid(consent: Path, facts: z.ZodObject | undefined): boolean {
  const field: unknown = facts?.shape[consent.slice('facts.'.length)];
  return field instanceof z.ZodBoolean;
}

function holds(path: Path, input: z.ZodObject, facts: z.ZodObject | undefined): boolean {
  const [from, field = ''] = path.split('.');
  return Object.hasOwn((from === 'facts' ? facts : input)?.shape ?? {}, field);
}

/** Derives the known actions of some contracts, by full name. */
export function knownActions(contracts: readonly Contract[]): ReadonlyMap<string, KnownAction> {
  const known = new Map<string, KnownAction>();
  for (const contract of contracts) {
    for (const [key, action] of Object.entries(contract.actions)) {
      const name = `${contract.tool}.${key}`;
      if (known.has(name)) throw new Error(`${name}: two contracts define it`);
      known.set(name, derive(contract, name, action));
    }
  }
  return known;
}

function derive({ tool, artefacts = {} }: Contract, name: string, action: Action): KnownAction {
  const inputSchema = jsonSchema(action.input);
  const outputSchema = jsonSchema(action.output);
  const { mode, groups, sensitivity, undo, findAfter, idempotency, deferred, measures, about, says } = action;
  const factsSchema = action.facts && jsonSchema(action.facts);
  const clearance = clearanceOf(action, inputSchema);
  const hash = sha256(
    canonical({
      name,
      mode,
      groups,
      sensitivity,
      clearance,
      undo,
      findAfter,
      idempotency,
      deferred,
      facts: factsSchema,
      measures,
      about,
      says,
      inputSchema,
      outputSchema,
    }),
  );
  const artefact = about && Object.hasOwn(artefacts, about.record) ? artefacts[about.record] : undefined;
  return {
    ...action,
    tool,
    name,
    clearance,
    hasSinks: mode === 'execute' && ((says?.length ?? 0) > 0 || sinkFields(inputSchema).length > 0),
    inputSchema,
    outputSchema,
    ...(factsSchema && { factsSchema }),
    ...(artefact && { artefact }),
    hash,
  };
}

/** What carries no words lets nothing leave but the choice itself. */
function clearanceOf({ clearance, sensitivity, says }: Action, input: JsonSchema): Sensitivity {
  return clearance ?? (says?.length || carriesWords(input) ? sensitivity : 'restricted');
}

/** JSON Schema (2020-12) of a contract's object, without the `$schema` line. */
function jsonSchema(schema: z.ZodObject): JsonSchema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input' }) as JsonSchema;
  return rest;
}
