import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import type { Manifest } from '../../../shared/manifest.ts';
import { sinksOf } from '../../../workers/guard/derived.ts';
import { migrations } from '../../../workers/guard/migrations.ts';
import { ProvenanceIndex } from '../../../workers/guard/provenance-index.ts';
import { sqlite } from '../journal/support.ts';
import { known } from '../policy/ask.ts';

/** Benign questions full of words that attacks use; not part of this repository. */
const corpora = process.env['TOOLGATE_CORPORA'] ?? resolve(import.meta.dirname, '../../../../shared/corpora');
const corpus = join(corpora, 'notinject-benign/NotInject_one.json');
const there = existsSync(corpus);
if (!there) console.warn('notinject-benign is not here: what benign text costs is NOT measured in this run');

const manifest = {
  approved: { channels: ['C0LEADS001'], queues: [], accounts: [], campaigns: [], regions: [] },
  sites: [],
} as unknown as Pick<Manifest, 'approved' | 'sites'>;

test.skipIf(!there)('what benign people write, quoted to the team, is held in 5 % of cases at most', () => {
  const { sql } = sqlite();
  for (const migration of migrations) sql.exec(migration.sql);
  const exec = (text: string, ...values: unknown[]): unknown =>
    sql.exec(
      text,
      ...(values.map((one) => (one instanceof ArrayBuffer ? new Uint8Array(one) : one)) as string[]),
    );
  const index = new ProvenanceIndex({ exec } as unknown as SqlStorage, () => 'a key');
  const texts = (JSON.parse(readFileSync(corpus, 'utf8')) as { prompt: string }[]).map(
    ({ prompt }) => prompt,
  );
  const held = texts.filter((prompt, n) => {
    const output = { id: `lead_${n}`, message: prompt };
    index.learn({ call: `call_${n}`, session: null, action: known('leads.lead.get'), input: {}, output }, n);
    const action = known('chat.message.post');
    const input = { channel: 'C0LEADS001', text: `A lead asks: ${prompt}` };
    const derived = index.of({ input, session: null, action }, manifest, n);
    return sinksOf(action, derived?.arguments ?? null).unproven.length > 0;
  });
  expect(texts.length).toBeGreaterThan(100);
  expect(index.reading.state(texts.length).readUntrusted).toBe(true);
  expect(held.length / texts.length).toBeLessThanOrEqual(0.05);
});
