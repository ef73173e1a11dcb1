import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import type { MigratableStorage } from '../../../shared/migrate.ts';
import type { Site } from '../../../shared/manifest.ts';
import { Intake } from '../../../workers/leads/intake.ts';

/** The part of an inbox's storage that its rows need, over a real file, and every byte of that. */
export interface FileStorage extends MigratableStorage {
  bytes(): string;
  close(): void;
}

/** SQLite as a Durable Object has it: what is deleted stays in its page until that is used again. */
export function fileStorage(): FileStorage {
  const folder = mkdtempSync(join(tmpdir(), 'inbox-'));
  const path = join(folder, 'inbox.sqlite');
  const database = new DatabaseSync(path);
  // What is tested is what stands in the file, not that it outlives a power cut.
  database.exec('PRAGMA secure_delete = OFF; PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY');
  const exec = (text: string, ...values: SQLInputValue[]): unknown => {
    const several = /;\s*\S/.test(text);
    if (several) database.exec(text);
    const rows = several ? [] : database.prepare(text).all(...values);
    return { toArray: () => rows, one: () => rows[0] };
  };
  return {
    sql: { exec } as unknown as SqlStorage,
    transactionSync: (work) => {
      database.exec('SAVEPOINT work');
      const result = work();
      database.exec('RELEASE work');
      return result;
    },
    bytes: () => readFileSync(path, 'latin1'),
    close: () => {
      database.close();
      rmSync(folder, { recursive: true });
    },
  };
}

export const aSite = {
  id: 'acme-web',
  consentVersion: '2026-11',
  responseSeconds: 60,
  rules: [{ id: 'demo', when: { interest: ['Product demo'] }, queue: 'sales' }],
} as unknown as Site;

/** An intake with keys of its own, and the private one. */
export function anIntake(): { intake: Intake; privateKey: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const env = {
    LEAD_PUBLIC_KEY: JSON.stringify(publicKey.export({ format: 'jwk' })),
    LEAD_HASH_KEY: 'a key of a test',
  };
  return {
    intake: new Intake(env, aSite.id, 'site key', () => aSite),
    privateKey: JSON.stringify(privateKey.export({ format: 'jwk' })),
  };
}
