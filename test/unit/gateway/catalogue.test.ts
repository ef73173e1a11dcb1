import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { defineContract, knownActions } from '../../../shared/contract.ts';
import { catalogue } from '../../../workers/tools/catalogue.ts';
import { allActions, grantedActions } from '../../../workers/gateway/catalogue-view.ts';
import { openApi } from '../../../workers/gateway/openapi.ts';
import { scopedMode, type Mode } from '../../../shared/contract.ts';
import { lowerMode, narrowScopes } from '../../../workers/gateway/scopes.ts';
import { bearer, gateway, ORIGIN } from './support.ts';

const known = knownActions([
  defineContract({
    tool: 'crm',
    vendor: 'Test',
    summary: 'Test',
    actions: {
      'contact.update': {
        summary: 'Update',
        mode: 'execute',
        groups: [],
        sensitivity: 'confidential',
        input: z.strictObject({ id: z.string(), email: z.string(), city: z.string().optional() }),
        output: z.strictObject({
          id: z.string(),
          owner: z.strictObject({ name: z.string(), email: z.string() }),
          notes: z.array(z.strictObject({ id: z.string(), text: z.string() })),
          secretPart: z.strictObject({ hidden: z.string() }),
        }),
        undo: { action: 'crm.contact.update', how: 'The values before.' },
      },
      'contact.read': {
        summary: 'Read',
        mode: 'read',
        groups: [],
        sensitivity: 'confidential',
        input: z.strictObject({ id: z.string() }),
        output: z.strictObject({ id: z.string() }),
      },
    },
  }),
]);

const update = {
  action: 'crm.contact.update',
  mode: 'execute',
  fields: ['id', 'city'],
  returns: ['id', 'name'],
};

describe('what an agent sees of its tools', () => {
  test('has only granted fields on the way in and only returned ones, at any depth, on the way out', () => {
    const [view] = grantedActions(known, [update], ['crm.contact.update:execute']);
    expect(view).toMatchObject({
      name: 'crm.contact.update',
      mcpName: 'crm_contact_update',
      path: '/v1/tools/crm/contact.update',
      mode: 'execute',
      input: { properties: { id: {}, city: {} }, required: ['id'], additionalProperties: false },
    });
    expect(Object.keys(view!.input['properties'] as object)).toEqual(['id', 'city']);
    const output = view!.output['properties'] as Record<
      string,
      { properties?: object; items?: { properties: object } }
    >;
    expect(Object.keys(output)).toEqual(['id', 'owner', 'notes']);
    expect(Object.keys(output['owner']!.properties!)).toEqual(['name']);
    expect(Object.keys(output['notes']!.items!.properties)).toEqual(['id']);
    expect(view!.output['required']).toEqual(['id']);
  });

  test.each([
    ['execute', ['crm.contact.update:propose'], 'propose'],
    ['propose', ['crm.contact.update:execute'], 'propose'],
    ['execute', ['crm.contact.update:execute'], 'execute'],
  ])('a grant to %s with the scopes %j is good for %s', (mode, scopes, seen) => {
    expect(grantedActions(known, [{ ...update, mode }], scopes)[0]?.mode).toBe(seen);
  });

  test.each([
    ['outside the token’s scopes', update, ['crm.contact.read:read']],
    ['not in the catalogue', { ...update, action: 'crm.contact.erase' }, ['crm.contact.erase:execute']],
    ['of a mode that does not exist', { ...update, mode: 'admin' }, ['crm.contact.update:admin']],
    ['an execute that is granted to read', { ...update, mode: 'read' }, ['crm.contact.update:read']],
  ])('an action %s is not there', (_, grant, scopes) => {
    expect(grantedActions(known, [grant], scopes)).toEqual([]);
  });

  test('a read never shows a higher mode than its contract has', () => {
    const grant = { action: 'crm.contact.read', mode: 'execute', fields: null, returns: null };
    expect(grantedActions(known, [grant], ['crm.contact.read:execute'])[0]?.mode).toBe('read');
  });
});

describe('scopes', () => {
  test('unknown modes are lower than none', () => {
    expect(lowerMode('execute', 'admin')).toBeUndefined();
    expect(lowerMode(undefined, 'read')).toBeUndefined();
    expect(scopedMode(['crm.contact.update:admin'], 'crm.contact.update')).toBeUndefined();
  });

  test('a request is deduplicated and never reordered into something wider', () => {
    const grants = [{ action: 'a.b.c', mode: 'execute' }];
    expect(narrowScopes(grants, 'a.b.c:read a.b.c:read')).toEqual(['a.b.c:read']);
    expect(narrowScopes(grants, 'a.b.c:execute a.b.c:erase')).toBeNull();
    expect(narrowScopes([], null)).toEqual([]);
  });
});

describe('the OpenAPI document', () => {
  const actions = allActions(catalogue);
  const document = openApi(ORIGIN, actions);

  test('has a function for each action of the catalogue, named once', () => {
    const paths = document['paths'] as Record<string, Record<string, { operationId: string }>>;
    const ids = Object.values(paths).flatMap((item) =>
      Object.values(item).map(({ operationId }) => operationId),
    );
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toEqual(expect.arrayContaining(actions.map(({ mcpName }) => mcpName)));
    expect(document['openapi']).toBe('3.1.0');
  });

  test('refers to nothing that it does not hold', () => {
    const refs = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map((match) =>
      String(match[1]),
    );
    expect(refs.length).toBeGreaterThan(0);
    for (const ref of refs) {
      const found = ref
        .split('/')
        .reduce<unknown>((at, key) => (at as Record<string, unknown>)?.[key], document);
      expect(found, ref).toBeDefined();
    }
  });

  test('takes an execute by its input or by its proposal, and a read or a proposal by its input alone', () => {
    const bodyOf = (mode: Mode): unknown => {
      const one = actions.find(
        ({ name }) => name === (mode === 'read' ? 'crm.contact.read' : 'crm.contact.update'),
      )!;
      const paths = openApi(ORIGIN, [{ ...one, mode }])['paths'] as Record<string, Record<string, object>>;
      return Reflect.get(paths[one.path]!['post']!, 'requestBody');
    };
    const inputs = { required: ['mode', 'input'] };
    const reference = { required: ['mode', 'proposal'], properties: { mode: { const: 'execute' } } };
    const of = (schema: object) => ({ content: { 'application/json': { schema } } });
    expect(bodyOf('execute')).toMatchObject(of({ oneOf: [inputs, reference] }));
    expect(bodyOf('propose')).toMatchObject(of(inputs));
    expect(bodyOf('read')).toMatchObject(of(inputs));
    expect(JSON.stringify(bodyOf('propose'))).not.toContain('proposal');
  });

  test('offers the modes that make sense', () => {
    const text = JSON.stringify(document);
    expect(text).toContain('"mode":{"enum":["propose","execute"]}');
    expect(text).toContain('"mode":{"enum":["read"]}');
  });

  test('shows a caller with a token only what it may call, and a bad token nothing', async () => {
    const gate = gateway();
    const full = (await (await gate.fetch('/openapi.json')).json<{ paths: object }>()).paths;
    const own = (
      await (
        await gate.fetch('/openapi.json', { headers: bearer(await gate.token('crm.contact.read:read')) })
      ).json<{ paths: object }>()
    ).paths;
    expect(Object.keys(full)).toContain('/v1/tools/crm/contact.update');
    expect(Object.keys(own)).toContain('/v1/tools/crm/contact.read');
    expect(Object.keys(own)).not.toContain('/v1/tools/crm/contact.update');
    expect((await gate.fetch('/openapi.json', { headers: bearer('x.y.z') })).status).toBe(401);
  });
});
