import type { KnownAction } from './contract.ts';

/** Where a contract says a measure is found: a field of the call's input, or of the tool's own facts. */
export type Path = `input.${string}` | `facts.${string}`;

/** What a call costs and whom it touches, as a contract declares it. Budgets, blast radius and policies all read this. */
export interface Measures {
  /** Money that the call commits, in minor units, and its ISO 4217 currency: a field, or the currency itself. */
  spend?: { amount: Path; currency: Path | { fixed: string } };
  /** People who get something of it: a fixed number, or a field that holds the number or the list. */
  recipients?: number | Path;
  /** Records it changes. */
  records?: number | Path;
  account?: Path;
  campaign?: Path;
  region?: Path;
  /** Whether the person concerned consented: a bool of the facts, which the agent cannot state. */
  consent?: `facts.${string}`;
}

/** What one call comes to. */
export interface Measured {
  spend: number;
  /** Null: it spends nothing. */
  currency: string | null;
  recipients: number;
  records: number;
  accounts: string[];
  campaigns: string[];
  regions: string[];
  /** Null: the contract says nothing of consent, or the tool does not know. */
  consent: boolean | null;
}

type Values = Readonly<Record<string, unknown>>;

/** Reads a call's measures. A field that is absent or null counts nothing; the contract's schema has checked the rest. Pure. */
export function measure(
  { measures = {} }: Pick<KnownAction, 'measures'>,
  input: Values,
  facts: Values,
): Measured {
  const at = (path: Path | undefined): unknown => path && read(path, input, facts);
  const spend = Math.max(0, numberOf(at(measures.spend?.amount)));
  const consent = at(measures.consent);
  return {
    spend,
    currency: spend > 0 ? currencyOf(measures.spend, at) : null,
    recipients: counted(measures.recipients, at),
    records: counted(measures.records, at),
    accounts: named(at(measures.account)),
    campaigns: named(at(measures.campaign)),
    regions: named(at(measures.region)),
    consent: typeof consent === 'boolean' ? consent : null,
  };
}

function read(path: Path, input: Values, facts: Values): unknown {
  const [from, field = ''] = path.split('.');
  const values = from === 'facts' ? facts : input;
  return Object.hasOwn(values, field) ? values[field] : undefined;
}

function currencyOf(spend: Measures['spend'], at: (path: Path) => unknown): string | null {
  if (!spend) return null;
  const currency = typeof spend.currency === 'object' ? spend.currency.fixed : at(spend.currency);
  return typeof currency === 'string' ? currency : null;
}

function counted(measure: number | Path | undefined, at: (path: Path) => unknown): number {
  if (typeof measure === 'number') return measure;
  const value = measure && at(measure);
  return Array.isArray(value) ? value.length : Math.max(0, numberOf(value));
}

function numberOf(value: unknown): number {
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : 0;
}

function named(value: unknown): string[] {
  const values: unknown[] = Array.isArray(value) ? value : [value];
  return [...new Set(values.filter((one) => typeof one === 'string'))].sort();
}
