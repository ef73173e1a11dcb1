/** To whom the texts of a call go, and what it lets out to them. Pure. */
import type { Resolves } from '../../../shared/contract.ts';
import { classOf, placeholdersIn, type Placeholder } from '../../../shared/placeholder.ts';
import type { Fault } from '../../../shared/problems.ts';
import type { Release } from '../../../shared/releases.ts';
import type { KnownPlaceholder } from '../../../shared/vault.ts';
import type { AskedCall } from '../call.ts';
import { placesIn } from '../places.ts';

type Recipient = NonNullable<Resolves['recipient']>;
type Facts = Readonly<Record<string, unknown>>;
type Known = ReadonlyMap<Placeholder, KnownPlaceholder>;

/** Placeholders among the facts that say who receives a text: of those the vault has yet to be asked. */
export function addresseesIn({ action, placeholders }: AskedCall, facts: Facts): Placeholder[] {
  if (placeholders.every(({ typed }) => typed)) return [];
  const named = recipientsOf(action.inputSchema).filter((path) => path.startsWith('facts.'));
  return named.flatMap((path) => valuesAt(path, {}, facts)).filter((value) => classOf(value) !== undefined);
}

/**
 * Free text that would tell somebody of another person. What came from a vendor is opened in a text only for its subject; of what
 * was typed no subject is known, so it never is one. `known`: of the call's placeholders, and of those that name a recipient.
 */
export function strayed(call: AskedCall, facts: Facts, known: Known): Fault[] {
  return opened(call).flatMap(({ pointer, placeholder, inText, resolves }) => {
    const about = known.get(placeholder);
    if (!inText || about?.typed) return [];
    if (about && isSubject(about, resolves?.recipient, call, facts, known)) return [];
    const whom = resolves?.recipient?.replace(/^input\./, '') ?? 'its recipient';
    return [
      {
        pointer: `/input${pointer}`,
        detail: `is opened only in a text to the person that it is about, and ${whom} is not known to be that person`,
      },
    ];
  });
}

/** What a call lets out where it runs, once each. */
export function releasesOf(call: AskedCall, facts: Facts, known: Known): Release[] {
  const [anybody] = recipientsOf(call.action.inputSchema);
  return opened(call).flatMap(({ pointer, placeholder, resolves }) => {
    const about = known.get(placeholder);
    if (!about) return [];
    const recipient = resolves?.recipient ?? anybody;
    const to =
      recipient === undefined
        ? 'vendor'
        : isSubject(about, recipient, call, facts, known)
          ? 'subject'
          : 'other';
    return [{ class: about.class, source: about.typed ? 'typed' : about.source, pointer, to }];
  });
}

interface Opened {
  pointer: string;
  placeholder: Placeholder;
  inText: boolean;
  resolves: Resolves | null;
}

function opened({ input, action, placeholders }: AskedCall): Opened[] {
  if (placeholders.length === 0) return [];
  return placesIn(input, action.inputSchema).flatMap(({ pointer, text, class: cls, resolves }) =>
    placeholdersIn(text).map((placeholder) => ({
      pointer,
      placeholder,
      inText: cls === 'free-text',
      resolves,
    })),
  );
}

/** Every one who receives it is the person that it is about. */
function isSubject(
  { subject }: KnownPlaceholder,
  recipient: Recipient | undefined,
  { input }: AskedCall,
  facts: Facts,
  known: Known,
): boolean {
  if (subject === null || recipient === undefined) return false;
  const who = valuesAt(recipient, input, facts);
  return who.length > 0 && who.every((one) => known.get(one)?.subject === subject);
}

function valuesAt(path: Recipient, input: Facts, facts: Facts): string[] {
  const [from, field = ''] = path.split('.');
  const values = from === 'facts' ? facts : input;
  const value: unknown = Object.hasOwn(values, field) ? values[field] : [];
  return (Array.isArray(value) ? (value as unknown[]) : [value]).map((one) =>
    typeof one === 'string' ? one : '',
  );
}

/** Everybody whom the texts of an action may go to, by its contract. */
function recipientsOf(schema: unknown): Recipient[] {
  const known = byContract.get(schema as object);
  if (known) return known;
  const found: Recipient[] = [];
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    const { recipient } = ((value as { 'x-resolves'?: Resolves })['x-resolves'] ?? {}) as Partial<Resolves>;
    if (recipient !== undefined) found.push(recipient);
    for (const inner of Object.values(value)) visit(inner);
  };
  visit(schema);
  const once = [...new Set(found)];
  byContract.set(schema as object, once);
  return once;
}

/** Contracts do not change while a Worker runs. */
const byContract = new WeakMap<object, Recipient[]>();
