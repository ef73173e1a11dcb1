import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { pageSchema } from '../../examples/content/page.ts';
import { groups, type JsonSchema } from '../../shared/contract.ts';
import { directorySchema } from '../../shared/directory.ts';
import { manifestSchema } from '../../shared/manifest.ts';
import { rightsSchema } from '../../shared/rights.ts';
import { sharedLimitsSchema } from '../../shared/shared-limits.ts';
import { catalogue } from '../../workers/tools/catalogue.ts';
import { policyTestSchema } from './policy-tests.ts';
import { registerSchema } from './vendor-register.ts';
import { suiteEditorSchema } from './replay/suite.ts';

const actions = [...catalogue.keys()].sort();
const tools = [...new Set([...catalogue.values()].map(({ tool }) => tool))].sort();

/** What an editor should offer beyond what the zod schema knows, by the path of a property. `*`: any item or key. */
type Offers = Readonly<Record<string, readonly string[]>>;

const manifestOffers: Offers = {
  'grants.*.action': actions,
  'limits.*.action': ['*', ...actions],
  'budgets.*.action': actions,
  'sources.*': tools,
  'destinations.*': tools,
};
const rightsOffers: Offers = { 'barred.actions.*': actions, 'barred.groups.*': groups };
const sharedOffers: Offers = {
  'workflows.*.limits.*.action': ['*', ...actions],
  'workflows.*.budgets.*.action': actions,
};
const testOffers: Offers = { '*.action': actions, '*.group': groups };

interface EditorSchema {
  /** Relative to the root. */
  path: string;
  title: string;
  schema: z.ZodType;
  offers: Offers;
}

const schemas: readonly EditorSchema[] = [
  {
    path: 'governance/manifest.schema.json',
    title: 'A manifest: one agent’s mission, owners and rights',
    schema: manifestSchema,
    offers: manifestOffers,
  },
  {
    path: 'governance/rights.schema.json',
    title: 'Who may decide what, and what nobody may grant',
    schema: rightsSchema,
    offers: rightsOffers,
  },
  {
    path: 'governance/people.schema.json',
    title: 'Who is who, who is asked, and where they are told',
    schema: directorySchema,
    offers: {},
  },
  {
    path: 'governance/shared.schema.json',
    title: 'Limits and budgets that several agents share',
    schema: sharedLimitsSchema,
    offers: sharedOffers,
  },
  {
    path: 'governance/tests.schema.json',
    title: 'What the policies must answer, row by row',
    schema: policyTestSchema,
    offers: testOffers,
  },
  {
    path: 'governance/vendors.schema.json',
    title: 'What is known of each vendor',
    schema: registerSchema,
    offers: {},
  },
  {
    path: 'examples/suites/suite.schema.json',
    title: 'A suite: recorded calls, and what must become of them',
    schema: suiteEditorSchema,
    offers: {},
  },
  {
    path: 'examples/content/page.schema.json',
    title: 'A page: what the content agent may write',
    schema: pageSchema,
    offers: {},
  },
];

/**
 * JSON Schemas of the files in `governance/` of suites and of pages, for editors and models: made from the schemas that the checks use, with the names of
 * actions and tools as choices. By path relative to the root, as text.
 */
export function editorSchemas(): Map<string, string> {
  return new Map(
    schemas.map((schema) => [schema.path, `${JSON.stringify(editorSchema(schema), null, 2)}\n`]),
  );
}

function editorSchema({ title, schema, offers }: EditorSchema): JsonSchema {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io: 'input' }) as JsonSchema;
  const made = offered(rest, '', offers);
  const note = 'Made by `node bin/lib/editor-schemas.ts`: do not edit.';
  return { $schema, title, $comment: note, ...made };
}

/** The schema with each offered place as a choice instead of a pattern. */
function offered(json: JsonSchema, path: string, offers: Offers): JsonSchema {
  const choice = Object.hasOwn(offers, path) ? offers[path] : undefined;
  if (choice) {
    const { pattern: _, ...rest } = json;
    return { ...rest, enum: choice };
  }
  const below = (key: string): string => (path === '' ? key : `${path}.${key}`);
  const properties = json['properties'] as Record<string, JsonSchema> | undefined;
  const made = { ...json };
  if (properties) {
    const entries = Object.entries(properties).map(([key, one]) => [key, offered(one, below(key), offers)]);
    made['properties'] = Object.fromEntries(entries);
  }
  for (const key of ['items', 'additionalProperties'] as const) {
    const inner = json[key];
    if (typeof inner === 'object' && inner !== null)
      made[key] = offered(inner as JsonSchema, below('*'), offers);
  }
  return made;
}

if (import.meta.main) {
  const root = join(import.meta.dirname, '../..');
  for (const [path, text] of editorSchemas()) writeFileSync(join(root, path), text);
}
