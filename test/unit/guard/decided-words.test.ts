import { expect, test } from 'vitest';
import type { Notice, Notifier } from '../../../shared/notices.ts';
import { DecidedWords } from '../../../workers/guard/decided-words.ts';
import { migrations } from '../../../workers/guard/migrations.ts';
import { sqlite } from '../journal/support.ts';

const webhook = 'https://agents.acme.example/toolgate';

function fixture() {
  const { sql } = sqlite();
  for (const migration of migrations) sql.exec(migration.sql);
  const words = new DecidedWords('lead-router', sql);
  const told: Notice[] = [];
  const notifier: Notifier = {
    notify: async (notice) => {
      told.push(notice);
      return Promise.resolve([]);
    },
  };
  const away: Notifier = { notify: async () => Promise.reject(new Error('away')) };
  words.expect('call_1', 'lead-routing', webhook);
  return { words, told, notifier, away };
}

test('the end of a call is told once, with ids and status and nothing else', async () => {
  const { words, told, notifier } = fixture();
  expect(words.any).toBe(false);
  words.ended('call_1', 'succeeded', 1_000);
  expect(words.any).toBe(true);
  expect(await words.tell(notifier, webhook, 2_000)).toBe(true);
  expect(await words.tell(notifier, webhook, 3_000)).toBe(true);
  expect(told).toEqual([
    {
      id: 'call_1-succeeded',
      at: '1970-01-01T00:00:01.000Z',
      workflow: 'lead-routing',
      agent: 'lead-router',
      path: '/v1/calls/call_1',
      kind: 'call-decided',
      webhook,
      call: 'call_1',
      status: 'succeeded',
    },
  ]);
});

test('a notifier that is away is told later, and after a day no more', async () => {
  const { words, told, notifier, away } = fixture();
  words.ended('call_1', 'rejected', 1_000);
  expect(await words.tell(away, webhook, 2_000)).toBe(false);
  expect(await words.tell(notifier, webhook, 3_000)).toBe(true);
  expect(told).toHaveLength(1);
  words.expect('call_2', 'lead-routing', webhook);
  words.ended('call_2', 'rejected', 1_000);
  expect(await words.tell(notifier, webhook, 1_000 + 24 * 3_600_000)).toBe(true);
  expect(told).toHaveLength(1);
});

test('nothing is told to an address that the manifest in force does not name, nor while none is known', async () => {
  const { words, told, notifier } = fixture();
  words.ended('call_1', 'expired', 1_000);
  expect(await words.tell(notifier, undefined, 2_000)).toBe(false);
  expect(words.any).toBe(true);
  expect(await words.tell(notifier, 'https://other.acme.example/', 2_000)).toBe(true);
  expect(words.any).toBe(false);
  expect(await words.tell(notifier, webhook, 3_000)).toBe(true);
  expect(told).toEqual([]);
});

test('a call that nobody waits to hear of leaves nothing', async () => {
  const { words, told, notifier } = fixture();
  words.ended('call_9', 'succeeded', 1_000);
  expect(words.any).toBe(false);
  expect(await words.tell(notifier, null, 2_000)).toBe(true);
  expect(told).toEqual([]);
});
