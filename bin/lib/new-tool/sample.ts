/** Values that fit a field: for examples and for the simulator's first data. Pure. */
import type { Field, FieldType } from './plan.ts';

const texts = {
  email: 'ada@acme.example',
  time: '2026-01-15T09:00:00Z',
  date: '2026-01-15',
  uuid: '00000000-0000-4000-8000-000000000001',
  url: 'https://acme.example/',
} as const;

/** A value for a field. One that is personal is like no other, so that a test sees it masked. */
export function sampleFor({ type, name, personal }: Field): unknown {
  return sampleOf(type, personal && `Some ${name}`);
}

/** One value of a type; `words` for plain text. */
export function sampleOf(type: FieldType, words = 'example'): unknown {
  switch (type.kind) {
    case 'text':
      return type.format ? texts[type.format] : words.padEnd(type.min, 'x').slice(0, type.max);
    case 'choice':
      return type.of[0];
    case 'whole':
    case 'number':
      return Math.min(Math.max(1, type.min), type.max);
    case 'flag':
      return true;
    case 'list':
      return [sampleOf(type.of, words)];
  }
}

/** One value for each field, by the name that `key` picks. */
export function samplesOf(fields: readonly Field[], key: 'name' | 'wire'): Record<string, unknown> {
  return Object.fromEntries(fields.map((field) => [field[key], sampleFor(field)]));
}
