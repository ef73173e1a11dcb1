import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { editorSchemas } from '../../../bin/lib/editor-schemas.ts';
import { root } from './ask.ts';

type Json = { [key: string]: unknown };

const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const made = (path: string): Json => JSON.parse(editorSchemas().get(path)!) as Json;

test.each([...editorSchemas()])(
  '%s is up to date (else run: node bin/lib/editor-schemas.ts)',
  (path, text) => {
    expect(read(path)).toBe(text);
  },
);

test.each([...editorSchemas().keys()])('every field of %s says what it is', (path) => {
  expect(unexplained(made(path), '')).toEqual([]);
});

/** Paths of fields that have no description. Keys that people choose need none: what they name is described. */
function unexplained(json: Json, path: string): string[] {
  const fields = Object.entries((json['properties'] ?? {}) as Record<string, Json>);
  const inner = [json['items'], json['additionalProperties']].filter((one) => typeof one === 'object');
  return [
    ...fields.filter(([, field]) => field['description'] === undefined).map(([name]) => `${path}.${name}`),
    ...fields.flatMap(([name, field]) => unexplained(field, `${path}.${name}`)),
    ...inner.flatMap((one) => unexplained(one as Json, `${path}.*`)),
  ];
}

test('actions are offered by name', () => {
  const actions = JSON.stringify(made('governance/manifest.schema.json')['properties']);
  expect(actions).toContain('"crm.contact.update"');
  expect(made('governance/manifest.schema.json')).toHaveProperty(
    'properties.grants.items.properties.action.enum',
    expect.arrayContaining(['leads.lead.route']),
  );
  expect(made('governance/tests.schema.json')).toHaveProperty(
    'items.properties.group.enum',
    expect.arrayContaining(['publish']),
  );
});

/** Each YAML file of governance/ with the schema that it names in its first line, relative to itself. */
const files = ['governance', 'governance/manifests', 'governance/tests'].flatMap((folder) =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => ({ folder, path: `${folder}/${name}` })),
);

test.each(files)('$path names its schema for editors, and fits it', ({ folder, path }) => {
  const text = read(path);
  const [, named] = /^# yaml-language-server: \$schema=(\S+)\n/.exec(text) ?? [];
  const schema = join(folder, named ?? 'none');
  expect([...editorSchemas().keys()]).toContain(schema);
  const fits = z.fromJSONSchema(made(schema)).safeParse(parse(text));
  expect(fits.error?.issues ?? []).toEqual([]);
});
