/** What leaves a tool, with everything personal in it replaced by placeholders. Pure; `to-vault.ts` asks the vault. */
import type { JsonSchema, KnownAction } from '../contract.ts';
import { holdsMangled, neutralised, placeholdersIn } from '../placeholder.ts';
import type { SealItem } from '../vault.ts';
import { sentAs, withheld } from './echo.ts';
import { mapTexts, type Leaf } from './leaves.ts';
import { fieldOf, type Opened } from './opened.ts';
import { subjectOf } from './subject.ts';

/** Data of one kind on its way out. */
export interface Piece {
  value: unknown;
  schema: JsonSchema;
  /** Whose record it is about, where the data itself does not say. */
  action: KnownAction;
  input: Record<string, unknown>;
  /**
   * `told`: an agent or a policy reads it, so texts stay readable. `kept`: the gate keeps it to write it back or to compare it, so
   * it comes back byte for byte, and each text is sealed as a whole but those of which there are versions.
   */
  as: 'told' | 'kept';
  /** What the agent sent and may come back in it; none where it would tell what the vendor held before. */
  sent: readonly Opened[];
}

/** What the vault is asked to seal, and the pieces once it has, in their order. */
export interface Batch {
  items: SealItem[];
  sealed: (texts: readonly string[]) => unknown[];
}

/** Every text of the pieces as it leaves: sealed by the vault, or settled here. The same item is sealed once. */
export function batchOf(pieces: readonly Piece[]): Batch {
  const items = new Map<string, { item: SealItem; at: number }>();
  const take = (leaf: Leaf, piece: Piece): void => {
    const way = wayOf(leaf, piece);
    if (way.kind !== 'vault') return;
    const key = keyOf(way.item);
    if (!items.has(key)) items.set(key, { item: way.item, at: items.size });
  };
  for (const piece of pieces) each(piece, (leaf) => take(leaf, piece));
  return {
    items: [...items.values()].map(({ item }) => item),
    sealed: (texts) =>
      pieces.map((piece) =>
        mapTexts(piece.value, piece.schema, (leaf) => {
          const way = wayOf(leaf, piece);
          if (way.kind === 'settled') return way.text;
          return way.back(texts[items.get(keyOf(way.item))?.at ?? -1] ?? '');
        }),
      ),
  };
}

type Way =
  | { kind: 'settled'; text: string }
  | { kind: 'vault'; item: SealItem; back: (text: string) => string };

function wayOf(leaf: Leaf, piece: Piece): Way {
  const { text } = leaf;
  if (text === '') return settled(text);
  return piece.as === 'kept' ? keptWay(leaf, piece) : toldWay(leaf, piece);
}

/**
 * Exact: what is not sealed is left as it is, and what would not come back as it was is sealed as a whole. Versions stay readable
 * for people, as the texts that they are: in them only what detectors find is sealed, which comes back as exactly.
 */
function keptWay(leaf: Leaf, piece: Piece): Way {
  const { text, cls, trusted } = leaf;
  const risky = holdsMangled(text) || placeholdersIn(text).length > 0;
  const version = cls === 'free-text' && piece.action.artefact?.content.includes(fieldOf(leaf.path)) === true;
  if (cls !== undefined && (risky || !version)) return toVault(leaf, piece, { class: cls, how: 'whole' });
  if (risky) return toVault(leaf, piece, { class: 'free-text', how: 'whole' });
  if (!version && (trusted || !maybePersonal(text))) return settled(text);
  return toVault(leaf, piece, { class: 'free-text', how: 'spans' });
}

function toldWay(leaf: Leaf, piece: Piece): Way {
  const { text, cls, trusted } = leaf;
  const sent = cls === undefined ? undefined : sentAs(leaf, piece.sent);
  if (sent !== undefined) return settled(sent);
  if (cls !== undefined && cls !== 'free-text') return toVault(leaf, piece, { class: cls, how: 'whole' });
  if (cls === undefined && (trusted || !maybePersonal(text))) return settled(neutralised(text));
  const out = withheld(leaf, piece.sent);
  return toVault({ ...leaf, text: out.text }, piece, { class: 'free-text', how: 'spans' }, out.back);
}

function toVault(
  leaf: Leaf,
  { action, input, as }: Piece,
  how: Pick<SealItem, 'class' | 'how'>,
  back: (text: string) => string = (text) => text,
): Way {
  const subject = subjectOf(leaf, action, input, as === 'kept' && how.class === 'free-text');
  const source = `${action.name} ${leaf.path}`;
  return { kind: 'vault', item: { ...how, value: leaf.text, subject, source }, back };
}

function settled(text: string): Way {
  return { kind: 'settled', text };
}

function keyOf({ class: cls, value, subject, how }: SealItem): string {
  return JSON.stringify([cls, how, subject, value]);
}

function each(piece: Piece, look: (leaf: Leaf) => void): void {
  mapTexts(piece.value, piece.schema, (leaf) => {
    look(leaf);
    return leaf.text;
  });
}

/**
 * Whether a text that nobody classed is worth the detectors' look: it holds a mail address, a long number or what secrets look
 * like. A sieve, not a judgement: it lets through what only might be.
 */
function maybePersonal(text: string): boolean {
  return /[@＠]|%40|&#0*64;|&commat;|(?:\d[\s().\-/]{0,2}){7}|[\p{L}\p{N}_\-+/=.]{20}|Bearer\s/iu.test(text);
}
