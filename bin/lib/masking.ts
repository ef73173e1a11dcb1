/** Masks a vendor's real records for the simulator: on this machine, so that what is real never leaves it. Pure. */
import type { FieldClass, ImportShape, MaskedRecord } from '../../workers/sandbox/import-shapes.ts';
import {
  isReplaced,
  RARE,
  RECORDS_MAX,
  sharedWords,
  synthetic,
  type Replaced,
} from '../../workers/sandbox/masked.ts';

/** What was done to the values, as counts by type and field. */
export interface MaskingReport {
  /** Replaced by synthetic values, as `contacts/email`. */
  masked: Record<string, number>;
  /** Kept as they were. */
  kept: Record<string, number>;
  /** Left out: fields that nobody classed, and values that are not as their class is. */
  dropped: Record<string, number>;
}

export type Masking =
  | { ok: true; records: Record<string, MaskedRecord[]>; report: MaskingReport }
  | { ok: false; error: string };

/**
 * Masks a file's records: `{ contacts: [ … ] }`, each as the vendor's own export has it. The same value becomes the same synthetic
 * one throughout this import and no other: the table is kept nowhere. Refuses types that nobody classed, and what is no list of
 * records.
 */
export function maskRecords(file: unknown, shapes: Readonly<Record<string, ImportShape>>): Masking {
  if (!isObject(file)) return refused('The file is a JSON object: { "contacts": [ … ] }.');
  const types = Object.keys(file);
  const unknown = types.find((type) => !Object.hasOwn(shapes, type));
  const known = Object.keys(shapes).join(', ');
  if (types.length === 0 || unknown !== undefined)
    return refused(`Only these types are classed, and no others are loaded: ${known}.`);
  const count = Object.values(file).reduce<number>(
    (sum, list) => sum + (Array.isArray(list) ? list.length : 0),
    0,
  );
  if (count > RECORDS_MAX) return refused(`At most ${RECORDS_MAX} records are loaded at once.`);
  const run = new Run();
  const records: Record<string, MaskedRecord[]> = {};
  for (const type of types) {
    const shape = shapes[type];
    const given = shape && recordsOf(file[type], shape);
    if (!shape || !given) return refused(`${type} is a list of records as the vendor's own export has them.`);
    records[type] = run.mask(type, shape, given);
  }
  return { ok: true, records, report: run.report };
}

/** One import: which synthetic value stands for which real one, while it lasts. */
class Run {
  readonly report: MaskingReport = { masked: {}, kept: {}, dropped: {} };
  readonly #tables = new Map<Replaced, Map<string, string>>();

  mask(type: string, shape: ImportShape, records: readonly Record<string, unknown>[]): MaskedRecord[] {
    const shared = new Map(
      Object.entries(shape.fields)
        .filter(([, cls]) => cls === 'shared')
        .map(([field]) => [field, sharedWords(records.map((record) => record[field]))] as const),
    );
    return records.map((record, n) => {
      const fields = Object.entries(record).flatMap(([field, value]) => {
        const masked = this.#field(type, field, value, shape, shared.get(field));
        return masked === undefined ? [] : [[field, masked] as const];
      });
      return { id: shape.id(n + 1), fields: Object.fromEntries(fields) };
    });
  }

  /** What stands in the place of a value; undefined: nothing does. */
  #field(
    type: string,
    field: string,
    value: unknown,
    { fields }: ImportShape,
    shared: ReadonlySet<string> | undefined,
  ): string | boolean | undefined {
    if (value === null || value === undefined || value === '') return undefined;
    const cls = Object.hasOwn(fields, field) ? fields[field] : undefined;
    const masked = cls && this.#value(cls, value, shared);
    const how = masked === undefined ? 'dropped' : masked === value ? 'kept' : 'masked';
    // A name that nobody classed may be a person's: `custom_ada_lovelace`.
    const place = cls === undefined ? `${type}/(unknown fields)` : `${type}/${field}`;
    this.report[how][place] = (this.report[how][place] ?? 0) + 1;
    return masked;
  }

  #value(cls: FieldClass, value: unknown, shared?: ReadonlySet<string>): string | boolean | undefined {
    if (typeof cls === 'object')
      return typeof value === 'string' && cls.choice.includes(value) ? value : undefined;
    if (isReplaced(cls))
      return typeof value === 'string' || typeof value === 'number'
        ? this.#standIn(cls, String(value))
        : undefined;
    switch (cls) {
      case 'flag':
        return typeof value === 'boolean' ? value : undefined;
      case 'number':
        return (typeof value === 'string' || typeof value === 'number') && /^\d{1,9}$/.test(String(value))
          ? String(value)
          : undefined;
      case 'shared':
        return typeof value === 'string' && shared?.has(value) ? value : RARE;
    }
  }

  #standIn(cls: Replaced, value: string): string {
    const table = this.#tables.get(cls) ?? new Map<string, string>();
    this.#tables.set(cls, table);
    const same = value.trim().toLowerCase();
    const known = table.get(same) ?? synthetic[cls](table.size + 1);
    table.set(same, known);
    return known;
  }
}

/** The fields of each record; undefined when it is no list of such records. */
function recordsOf(list: unknown, { inner }: ImportShape): Record<string, unknown>[] | undefined {
  if (!Array.isArray(list)) return undefined;
  const fields = list.map((record) => (isObject(record) && inner !== null ? record[inner] : record));
  return fields.every(isObject) ? fields : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refused(error: string): { ok: false; error: string } {
  return { ok: false, error };
}
