import { beforeEach, expect, test } from 'vitest';
import type { Item, Store } from '../../../workers/sandbox/store.ts';
import { plainVendor } from '../../../workers/sandbox/vendors/plain-vendor.ts';
import type { Reply } from '../../../workers/sandbox/vendors/vendor.ts';

const vendor = plainVendor({
  origin: 'https://api.postbox.test',
  secret: 'HUNTER_API_KEY_SHA256',
  header: 'authorization',
  prefix: 'Basic ',
  basic: true,
  first: { thing: { '1': { id: 1, label: 'first' } } },
  routes: [
    {
      method: 'GET',
      path: '/things',
      does: 'list',
      type: 'thing',
      status: 200,
      in: 'data',
      beside: { good: true },
    },
    { method: 'GET', path: '/things/{id}', does: 'read', type: 'thing', status: 200 },
    { method: 'POST', path: '/things', does: 'create', type: 'thing', status: 201 },
    { method: 'PUT', path: '/things/{id}', does: 'change', type: 'thing', status: 200 },
    { method: 'DELETE', path: '/things/{id}', does: 'remove', type: 'thing', status: 204 },
  ],
});

let store: Store;
beforeEach(() => {
  store = inMemory();
  vendor.seed(store);
});

test('keeps what was created, changed and removed', () => {
  const created = ask('POST', '/things', { label: 'second', unknown: 1 });
  expect(created).toEqual({ status: 201, json: { id: 1001, label: 'second' }, changed: true });
  expect(ask('PUT', '/things/1001', { label: 'third', id: 'text' }).json).toEqual({
    id: 1001,
    label: 'third',
  });
  expect(ask('GET', '/things/1001').json).toEqual({ id: 1001, label: 'third' });
  expect(ask('DELETE', '/things/1')).toEqual({ status: 204, json: null, changed: true });
  expect(ask('GET', '/things')).toEqual({
    status: 200,
    json: { good: true, data: [{ id: 1001, label: 'third' }] },
    changed: false,
  });
});

test('knows no other path, and no record that is gone', () => {
  for (const [method, path] of [
    ['GET', '/other'],
    ['GET', '/things/9'],
    ['PUT', '/things/9'],
    ['DELETE', '/things/9'],
    ['PATCH', '/things/1'],
  ] as const)
    expect(ask(method, path)).toMatchObject({ status: 404 });
});

test('reads the credential out of its header, and nothing else', () => {
  expect(vendor.credential(incoming('GET', '/', undefined, { authorization: 'Basic a2V5' }))).toBe('key');
  expect(vendor.credential(incoming('GET', '/', undefined, { authorization: 'Bearer key' }))).toBeNull();
  expect(vendor.credential(incoming('GET', '/', undefined, { authorization: 'Basic !' }))).toBeNull();
  expect(vendor.credential(incoming('GET', '/'))).toBeNull();
});

function ask(method: string, path: string, body?: object): Reply {
  return vendor.handle(incoming(method, path, body), store);
}

function incoming(method: string, path: string, body?: object, headers: Record<string, string> = {}) {
  return {
    method,
    path,
    query: new URLSearchParams(),
    headers: new Headers(headers),
    body: body === undefined ? '' : JSON.stringify(body),
    now: 0,
  };
}

function inMemory(): Store {
  const items = new Map<string, Item>();
  const at = (type: string, id: string): string => `${type} ${id}`;
  let n = 1000;
  return {
    get: (type, id) => items.get(at(type, id)),
    byKey: () => [],
    list: (type) => [...items].filter(([name]) => name.startsWith(`${type} `)).map(([, item]) => item),
    put: (type, item) => void items.set(at(type, item.id), item),
    remove: (type, id) => void items.delete(at(type, id)),
    next: () => (n += 1),
  };
}
