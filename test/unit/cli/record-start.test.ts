import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PageRefused } from '../../../bin/lib/journal-pages.ts';
import { recordStart } from '../../../bin/lib/record-start.ts';

const now = Date.parse('2026-11-22T12:00:00Z');
const since = Date.parse('2026-10-23T12:00:00Z');

/** Times of what is recorded, oldest first; null: the journal cannot be read. */
let times: number[] | null = [];
let asked = 0;
let server: Server;
let gate = '';

/** Answers as the gate does: the newest entry until a time. */
beforeAll(async () => {
  server = createServer((request, response) => {
    asked += 1;
    const until = Date.parse(new URL(request.url ?? '', 'http://gate').searchParams.get('until') ?? '');
    const found = times?.findLast((at) => at <= until);
    const entries = found === undefined ? [] : [{ at: new Date(found).toISOString() }];
    response.writeHead(times ? 200 : 503, { 'content-type': 'application/json' });
    response.end(
      JSON.stringify(times ? { entries, next: null } : { code: 'unavailable', status: 503, title: 'x' }),
    );
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  gate = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

async function start(recorded: number[] | null): Promise<number | null> {
  [times, asked] = [recorded, 0];
  return recordStart({ gate, token: undefined }, since, now);
}

test('a record that is older than asked for reaches back that far', async () => {
  expect(await start([since - 1, now - 1])).toBe(since);
  expect(asked).toBe(1);
});

test('a younger record begins where its first entry is, within a minute, and few requests find it', async () => {
  const first = Date.parse('2026-11-17T08:30:00Z');
  const every = Array.from({ length: 5000 }, (_, index) => first + index * 60_000);
  expect(Math.abs((await start(every))! - first)).toBeLessThanOrEqual(60_000);
  expect(asked).toBeLessThan(30);
});

test('one entry is a record', async () => {
  expect(await start([now - 5])).toBe(now - 5);
});

test('an empty record begins nowhere', async () => {
  expect(await start([])).toBeNull();
});

test('a journal that cannot be read is no empty record', async () => {
  await expect(start(null)).rejects.toBeInstanceOf(PageRefused);
});
