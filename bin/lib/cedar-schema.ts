import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { schemaToText, type Schema } from '@cedar-policy/cedar-wasm/nodejs';
import { cedarSchema, vocabulary } from '../../shared/cedar/schema.ts';
import { catalogue } from '../../workers/tools/catalogue.ts';

/** All that policies may speak of, derived from the tools' contracts. */
export const words = vocabulary(catalogue);

const head = `// All that policies may speak of. Made from the tools' contracts by \`node bin/lib/cedar-schema.ts\`: do not edit.

`;

/** The schema as Cedar text, for people and for real Cedar. */
export function schemaText(): string {
  const answer = schemaToText(cedarSchema(words) as Schema);
  if (answer.type === 'failure') throw new Error(answer.errors.map(({ message }) => message).join('\n'));
  // Nothing here shadows Cedar's own types, so their plain names do, as policies write them.
  const text = answer.text.replaceAll('__cedar::', '').replaceAll(/\{\s+\}/g, '{}');
  return `${head}${text.trim()}\n`;
}

export const schemaPath = 'governance/schema.cedarschema';

if (import.meta.main) {
  writeFileSync(join(import.meta.dirname, '../..', schemaPath), schemaText());
}
