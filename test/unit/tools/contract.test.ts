import { describe, expect, test } from 'vitest';
import { readdirSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import {
  defineContract,
  groups,
  knownActions,
  sensitivities,
  type Action,
  type Contract,
  type Deferred,
  type JsonSchema,
} from '../../../shared/contract.ts';
import { mask } from '../../../shared/mask.ts';
import { catalogue, contracts } from '../../../workers/tools/catalogue.ts';

const workers = new URL('../../../workers', import.meta.url).pathname;
const known = [...catalogue.values()];

test('every tool of this repository is in the catalogue, and only those', () => {
  const names = readdirSync(`${workers}/tools`, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
  expect(new Set(contracts.map(({ tool }) => tool))).toEqual(new Set(names));
  expect(contracts).toHaveLength(names.length);
});

describe.each(contracts.map((contract) => [contract.tool, contract] as const))(
  'tool %s',
  (tool, contract) => {
    const config = readFileSync(`${workers}/tools/${tool}/wrangler.toml`, 'utf8');
    const guard = readFileSync(`${workers}/guard/wrangler.toml`, 'utf8');

    test('has no public route in any environment', () => {
      expect(config).toMatch(/^workers_dev = false$/m);
      expect(config).toMatch(/^preview_urls = false$/m);
      expect(config).not.toMatch(/^\s*route/m);
    });

    test('is bound to the guard, in the sandbox and in production', () => {
      const bindings = guard.match(new RegExp(`^binding = "TOOL_${tool.toUpperCase()}"$`, 'gm')) ?? [];
      expect(bindings).toHaveLength(2);
    });

    test('goes live only in production, with no simulator there', () => {
      const [sandbox = '', production = ''] = config.split('[env.production]');
      expect(sandbox).not.toContain('live');
      expect(production).not.toContain('"VENDOR"');
    });

    test('says what it is for', () => {
      expect(contract.summary.length).toBeGreaterThan(20);
      expect(Object.keys(contract.actions).length).toBeGreaterThan(0);
    });
  },
);

describe.each(known.map((action) => [action.name, action] as const))('%s', (name, action) => {
  const examples = (action.inputSchema['examples'] ?? []) as Record<string, unknown>[];

  test('is named tool.object.verb, has a summary, known groups and a known sensitivity', () => {
    expect(name).toMatch(/^[a-z]+(\.[a-z]+){2}$/);
    expect(action.summary.length).toBeGreaterThan(10);
    for (const group of action.groups) expect(groups).toContain(group);
    expect(sensitivities).toContain(action.sensitivity);
  });

  test('refuses unknown fields, in input and in output, at every depth', () => {
    for (const schema of [action.inputSchema, action.outputSchema]) expect(openObjects(schema)).toEqual([]);
    const first = examples[0] ?? {};
    expect(action.input.safeParse({ ...first, surprise: true }).success).toBe(false);
  });

  test('bounds every text and list that an agent may send', () => {
    expect(unbounded(action.inputSchema)).toEqual([]);
  });

  test('every example fits', () => {
    for (const example of examples) expect(action.input.safeParse(example).error).toBeUndefined();
  });

  test('an execute says how it is undone, by an action that exists, or why it cannot be; a read changes nothing', () => {
    if (action.mode === 'read') {
      expect([action.undo, action.findAfter]).toEqual([undefined, undefined]);
      return;
    }
    const { undo } = action;
    if (undo && 'action' in undo) expect(catalogue.has(undo.action)).toBe(true);
    else expect(undo?.irreversible.length).toBeGreaterThan(20);
  });

  test('says whose words each text of its output is', () => {
    expect(unattributed(action.outputSchema)).toEqual([]);
  });

  test('says which record it is about if it changes one', () => {
    expect(action.about === undefined).toBe(action.mode === 'read');
  });

  test('what looks personal by its name is classed as personal', () => {
    const personal = /^(e-?mail|phone|first_?name|last_?name|full_?name|address|message|text|note)$/i;
    expect(unclassed(action.inputSchema, personal).concat(unclassed(action.outputSchema, personal))).toEqual(
      [],
    );
  });

  test('masking leaves nothing of an example that is classed as personal', () => {
    for (const example of examples) {
      const masked = JSON.stringify(mask(example, action.inputSchema));
      for (const value of personalValues(example, action.inputSchema)) expect(masked).not.toContain(value);
    }
  });

  test('its hash is stable, and another contract has another', () => {
    const contract = contracts.find(({ tool }) => tool === action.tool) as Contract;
    expect(knownActions([contract]).get(name)?.hash).toBe(action.hash);
    const key = name.slice(action.tool.length + 1);
    const changed = { ...contract, actions: { [key]: { ...action, sensitivity: 'restricted' as const } } };
    const open = {
      ...contract,
      actions: { [key]: { ...action, groups: [...action.groups, 'delete' as const] } },
    };
    const cancel = { action: name, input: {}, upTo: 0 };
    const later = { ...contract, actions: { [key]: { ...action, deferred: { at: 'elsewhere', cancel } } } };
    for (const other of [changed, open, later])
      expect(knownActions([other]).get(name)?.hash).not.toBe(action.hash);
  });
});

describe('a deferred effect', () => {
  const post = contracts.find(({ tool }) => tool === 'chat') as Contract;
  const schedule = post.actions['message.schedule'] as Action;
  const deferred = schedule.deferred as Deferred;
  const define = (changed: Deferred) => () =>
    defineContract({
      ...post,
      actions: { ...post.actions, 'message.schedule': { ...schedule, deferred: changed } },
    });

  test('of a shipped contract is cancelled by what its output holds', () => {
    expect(define(deferred)).not.toThrow();
  });

  test.each([
    ['a time that is not in the output', { ...deferred, at: 'when' }, 'no when'],
    [
      'an input from nowhere',
      { ...deferred, cancel: { ...deferred.cancel, input: { channel: 'place' } } },
      'no place',
    ],
    [
      'a field that the cancelling action lacks',
      { ...deferred, cancel: { ...deferred.cancel, input: { id: 'channel' } } },
      'takes no id',
    ],
    [
      'an action of another tool',
      { ...deferred, cancel: { ...deferred.cancel, action: 'crm.contact.update' } },
      'same tool',
    ],
  ])('with %s is a broken contract', (_what, changed, fault) => {
    expect(define(changed)).toThrow(fault);
  });
});

test('no two actions have the same hash', () => {
  expect(new Set(known.map(({ hash }) => hash)).size).toBe(known.length);
});

/** Every schema inside a schema, with its place. */
function* walk(schema: JsonSchema, place = ''): Generator<[string, JsonSchema]> {
  yield [place, schema];
  const properties = (schema['properties'] ?? {}) as Record<string, JsonSchema>;
  for (const [name, inner] of Object.entries(properties)) yield* walk(inner, `${place}/${name}`);
  for (const key of ['anyOf', 'oneOf', 'allOf']) {
    for (const inner of (schema[key] ?? []) as JsonSchema[]) yield* walk(inner, place);
  }
  if (typeof schema['items'] === 'object') yield* walk(schema['items'] as JsonSchema, `${place}/*`);
}

/** Places of texts for which neither they nor what holds them is marked. */
function unattributed(schema: JsonSchema, place = '', marked = false): string[] {
  const here = marked || schema['x-provenance'] !== undefined;
  const { properties = {}, items } = schema as {
    properties?: Record<string, JsonSchema>;
    items?: JsonSchema;
  };
  const inside = Object.entries(properties).map(([name, inner]) => [`${place}/${name}`, inner] as const);
  const variants = ['anyOf', 'oneOf', 'allOf'].flatMap((key) => (schema[key] ?? []) as JsonSchema[]);
  return [
    ...(schema['type'] === 'string' && !here ? [place] : []),
    ...[...inside, ...variants.map((inner) => [place, inner] as const)].flatMap(([at, inner]) =>
      unattributed(inner, at, here),
    ),
    ...(items ? unattributed(items, `${place}/*`, here) : []),
  ];
}

function openObjects(schema: JsonSchema): string[] {
  return [...walk(schema)]
    .filter(([, inner]) => inner['type'] === 'object' && inner['additionalProperties'] !== false)
    .map(([place]) => place);
}

function unbounded(schema: JsonSchema): string[] {
  const boundedText = (inner: JsonSchema) =>
    inner['enum'] !== undefined ||
    inner['const'] !== undefined ||
    inner['maxLength'] !== undefined ||
    endsBounded(inner);
  return [...walk(schema)]
    .filter(
      ([, inner]) =>
        (inner['type'] === 'string' && !boundedText(inner)) ||
        (inner['type'] === 'array' && inner['maxItems'] === undefined),
    )
    .map(([place]) => place);
}

/** A pattern from start to end without an open repetition. */
function endsBounded({ pattern }: JsonSchema): boolean {
  return (
    typeof pattern === 'string' &&
    /^\^.*\$$/.test(pattern) &&
    !/[*+]|\{\d+,\}/.test(pattern.replace(/\[[^\]]*\]/g, 'x'))
  );
}

function unclassed(schema: JsonSchema, personal: RegExp): string[] {
  return [...walk(schema)]
    .filter(([, inner]) => inner['properties'] !== undefined)
    .flatMap(([place, inner]) =>
      Object.entries(inner['properties'] as Record<string, JsonSchema>)
        .filter(([name, field]) => personal.test(name) && !isClassed(field))
        .map(([name]) => `${place}/${name}`),
    );
}

/** A list is classed by its items. */
function isClassed(field: JsonSchema): boolean {
  const items = field['items'] as JsonSchema | undefined;
  return field['x-personal'] !== undefined || (items !== undefined && isClassed(items));
}

function personalValues(example: Record<string, unknown>, schema: JsonSchema): string[] {
  const properties = (schema['properties'] ?? {}) as Record<string, JsonSchema>;
  return Object.entries(example)
    .filter(([name]) => properties[name]?.['x-personal'] !== undefined)
    .map(([, value]) => String(value));
}

describe('consent that a contract measures', () => {
  const email = contracts.find(({ tool }) => tool === 'email') as Contract;
  const send = email.actions['message.send'] as Action;
  const facts = send.facts as z.ZodObject;
  const define = (changed: Partial<Action>) => () =>
    defineContract({ ...email, actions: { ...email.actions, 'message.send': { ...send, ...changed } } });

  test('of a shipped contract is always said', () => {
    expect(define({})).not.toThrow();
  });

  test('of what is sent may not be left out, since an unknown one would pass for none', () => {
    const optional = facts.extend({ consent: z.boolean().optional() });
    expect(define({ facts: optional })).toThrow('facts.consent is always said');
    expect(define({ facts: optional, groups: ['notify'] })).not.toThrow();
  });

  test('is a fact that is there', () => {
    expect(define({ facts: facts.omit({ consent: true }) })).toThrow('no facts.consent to measure');
  });
});
