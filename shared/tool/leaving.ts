/** What a tool answers, sealed before it leaves: one request to the vault for all of it. */
import type { JsonSchema, KnownAction } from '../contract.ts';
import type { DispatchClaims } from '../dispatch-token.ts';
import type { Conflict, Image, Imaged } from '../image.ts';
import { mask } from '../mask.ts';
import type { Outcome, UndoPlan } from '../outcome.ts';
import type { Preview, Previewed } from '../preview.ts';
import type { ToolVault } from '../vault.ts';
import { alert } from './alert.ts';
import { changesOf } from './foreseen.ts';
import type { Opened } from './opened.ts';
import { batchOf, type Piece } from './sealing.ts';
import { sealIn } from './to-vault.ts';

/** On whose behalf something leaves. */
export interface Leaving {
  vault: ToolVault;
  token: string;
  claims: DispatchClaims;
  action: KnownAction;
  input: Record<string, unknown>;
  opened: readonly Opened[];
  actions: ReadonlyMap<string, KnownAction>;
}

type Succeeded = Outcome & { kind: 'succeeded' };
type Fields = Record<string, unknown>;

/**
 * An outcome without anything personal in it. Without the vault a read fails; what was done is done, so an execute succeeded with
 * what is personal masked and without what would take it back, and somebody is told.
 */
export async function sealedOutcome(outcome: Outcome, by: Leaving): Promise<Outcome> {
  if (outcome.kind === 'failed' && outcome.conflicts) return sealedConflicts(outcome, outcome.conflicts, by);
  if (outcome.kind !== 'succeeded') return outcome;
  const sealed = await sealedSuccess(outcome, by);
  if (sealed) return sealed;
  const { action, claims } = by;
  alert('vault.silent', { tool: claims.tool, action: claims.action, call: claims.call });
  if (action.mode === 'read') return unavailable;
  return { kind: 'succeeded', output: mask(outcome.output, action.outputSchema) as Fields };
}

/** What succeeded, without anything personal in it; undefined: the vault did not answer. */
export async function sealedSuccess(outcome: Succeeded, by: Leaving): Promise<Succeeded | undefined> {
  const sealed = await seal(piecesOf(outcome, by), by);
  return sealed && rebuilt(outcome, sealed);
}

/** A preview without anything personal in it. What the agent sent comes back as it sent it, whatever the vendor holds. */
export async function sealedPreview(seen: Previewed, by: Leaving): Promise<Previewed> {
  if (seen.kind !== 'foreseen') return seen;
  const { before, after, sideEffects } = seen.preview;
  const schema = eitherSchema(by.action);
  const told = { ...of(by), as: 'told' } as const;
  const sealed = await seal(
    [
      { ...told, value: before, schema, sent: [] },
      { ...told, value: after, schema },
      { ...told, value: sideEffects, schema: ownWords, sent: [] },
    ],
    by,
  );
  if (!sealed) return unavailable;
  const [was, will, effects] = sealed as [Fields | null, Fields, string[]];
  const preview: Preview = {
    ...seen.preview,
    before: was,
    after: will,
    // Compared as they are told: what is equal only in clear would say what the vendor holds.
    changes: changesOf(was, will),
    sideEffects: effects,
  };
  return { kind: 'foreseen', preview };
}

/** An image as the gate keeps it: each text sealed as a whole. */
export async function sealedImage(seen: Imaged, by: Leaving): Promise<Imaged> {
  if (seen.kind !== 'image') return seen;
  const sealed = await seal([keptPiece(seen.image, by.action, by.input)], by);
  return sealed ? { kind: 'image', image: sealed[0] as Image } : unavailable;
}

/** Facts as policies may have them; undefined: the vault did not answer. */
export async function sealedFacts<T extends Fields>(facts: T, by: Leaving): Promise<T | undefined> {
  const schema = by.action.factsSchema ?? {};
  const sealed = await seal([{ ...of(by), value: facts, schema, as: 'told', sent: [] }], by);
  return sealed?.[0] as T | undefined;
}

/** Side effects are told in a tool's own words. */
const ownWords: JsonSchema = { items: { 'x-provenance': 'trusted' } };

const unavailable = {
  kind: 'failed',
  reason: 'unavailable',
  detail: 'the vault did not answer, so nothing is told',
} as const satisfies Outcome;

async function seal(pieces: Piece[], { vault, token, action }: Leaving): Promise<unknown[] | undefined> {
  const batch = batchOf(pieces);
  const texts = await sealIn(vault, token, batch.items, action.mode === 'execute');
  return texts && batch.sealed(texts);
}

/** The output, and what takes the call back: nothing of that is the agent's to read. */
function piecesOf({ output, undo, content }: Succeeded, by: Leaving): Piece[] {
  const { action, actions } = by;
  // A record that the action made is named by its output.
  const input = { ...output, ...by.input };
  const inverse = undo && actions.get(undo.action);
  const kept = undo && inverse ? undoPieces(undo, inverse) : [];
  const contents = content ? [content.before, content.after] : [];
  return [
    { ...of(by), value: output, schema: action.outputSchema, as: 'told' },
    ...contents.map((image) => keptPiece(image, restoring(by), input, action)),
    ...kept,
  ];
}

function undoPieces({ input, images }: UndoPlan, inverse: KnownAction): Piece[] {
  const plan = { ...keptPiece(input, inverse, input), schema: inverse.inputSchema };
  if (!images) return [plan];
  return [plan, keptPiece(images.before, inverse, input), keptPiece(images.after, inverse, input)];
}

/** The parts in the order in which `piecesOf` took them. */
function rebuilt({ undo, content }: Succeeded, sealed: unknown[]): Succeeded {
  const left = [...sealed];
  const output = left.shift() as Fields;
  const pair = (): { before: Image; after: Image } => ({
    before: left.shift() as Image,
    after: left.shift() as Image,
  });
  const contents = content && pair();
  const plan = undo && {
    action: undo.action,
    input: left.shift() as Fields,
    ...(undo.images && { images: pair() }),
  };
  return { kind: 'succeeded', output, ...(plan && { undo: plan }), ...(contents && { content: contents }) };
}

/** Where the vendor holds something else: told to people, who see it masked. */
async function sealedConflicts(
  outcome: Outcome & { kind: 'failed' },
  conflicts: readonly Conflict[],
  by: Leaving,
): Promise<Outcome> {
  const schema = eitherSchema(by.action);
  const pieces = conflicts.map(({ field, expected, found }) => ({
    expected: keptPiece({ [field]: expected }, by.action, by.input, by.action, schema),
    found: keptPiece({ [field]: found }, by.action, by.input, by.action, schema),
  }));
  const sealed = await seal(
    pieces.flatMap(({ expected, found }) => [expected, found]),
    by,
  );
  const { conflicts: _, ...without } = outcome;
  if (!sealed) return without;
  const told = conflicts.map(({ field }, at) => ({
    field,
    expected: (sealed[2 * at] as Fields)[field],
    found: (sealed[2 * at + 1] as Fields)[field],
  }));
  return { ...without, conflicts: told };
}

function of({ action, input, opened }: Leaving): Pick<Piece, 'action' | 'input' | 'sent'> {
  return { action, input, sent: opened };
}

function keptPiece(
  value: unknown,
  holds: KnownAction,
  input: Fields,
  action = holds,
  schema = eitherSchema(holds),
): Piece {
  return { value, schema, action, input, as: 'kept', sent: [] };
}

/** The action that writes a former content back, by whose contract the content is held. */
function restoring({ action, actions }: Leaving): KnownAction {
  return actions.get(action.artefact?.restore[0] ?? '') ?? action;
}

/** Fields as output or input know them: what either says is personal is. */
function eitherSchema({ inputSchema, outputSchema }: KnownAction): JsonSchema {
  const [taken, given] = [inputSchema, outputSchema].map(
    (schema) => (schema['properties'] ?? {}) as Record<string, JsonSchema>,
  );
  const personal = Object.entries(taken ?? {}).filter(([, field]) => field['x-personal'] !== undefined);
  return { properties: { ...taken, ...given, ...Object.fromEntries(personal) } };
}
