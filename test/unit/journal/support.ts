import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { generateKeyPairSync } from 'node:crypto';
import * as fc from 'fast-check';
import { signText } from '../../../shared/crypto.ts';
import { checkpointText, GENESIS, nextEntry, type Entry, type Head } from '../../../shared/journal.ts';

/** A real SQLite database behind the part of a Durable Object's storage that the journal uses. */
export function sqlite(): { sql: SqlStorage; transactionSync<T>(work: () => T): T } {
  const database = new DatabaseSync(':memory:');
  const exec = (text: string, ...values: SQLInputValue[]): unknown => {
    const statements = text.split(';').filter((part) => part.trim() !== '');
    if (statements.length > 1) {
      database.exec(text);
      return cursor([]);
    }
    const statement = database.prepare(text);
    return cursor(statement.all(...values));
  };
  return {
    sql: { exec } as unknown as SqlStorage,
    transactionSync: (work) => {
      database.exec('SAVEPOINT work');
      try {
        const result = work();
        database.exec('RELEASE work');
        return result;
      } catch (error) {
        database.exec('ROLLBACK TO work; RELEASE work');
        throw error;
      }
    },
  };
}

function cursor(rows: unknown[]): unknown {
  return {
    toArray: () => rows,
    one: () => {
      if (rows.length !== 1) throw new Error(`expected one row, got ${rows.length}`);
      return rows[0];
    },
    [Symbol.iterator]: () => rows[Symbol.iterator](),
  };
}

/** JSON that a journal entry may hold. */
export const entryData: fc.Arbitrary<Record<string, unknown>> = fc.dictionary(
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.jsonValue({ stringUnit: 'grapheme', maxDepth: 3 }),
  { maxKeys: 5 },
);

/** A chain of some source. */
export function chain(
  source: string,
  data: readonly Record<string, unknown>[],
): { entry: Entry; body: string }[] {
  let head: Head = { seq: 0, hash: GENESIS };
  return data.map((item, n) => {
    const sealed = nextEntry(source, head, 'call.intent', item, 1_750_000_000_000 + n);
    head = sealed.entry;
    return sealed;
  });
}

export const keys = ((): { privateKey: string; publicKey: string } => {
  const pair = generateKeyPairSync('ed25519');
  return {
    privateKey: JSON.stringify(pair.privateKey.export({ format: 'jwk' })),
    publicKey: JSON.stringify(pair.publicKey.export({ format: 'jwk' })),
  };
})();

/** The checkpoint line of an export. */
export function checkpointLine(heads: Record<string, Head>, privateKey = keys.privateKey): string {
  const at = '2026-11-22T12:00:00.000Z';
  return JSON.stringify({
    checkpoint: { at, heads, signature: signText(privateKey, checkpointText({ at, heads })) },
  });
}
