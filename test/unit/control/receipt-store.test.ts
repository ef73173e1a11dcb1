import { expect, test } from 'vitest';
import { fitting } from '../../../workers/control/receipt-store.ts';

test('a page reads no more rows than fit into an answer, and always one', () => {
  let read = 0;
  function* rows(size: number) {
    for (read = 1; read <= 500; read += 1) yield { id: String(read), body: 'x'.repeat(size) };
  }
  expect(fitting(rows(10), 50)).toMatchObject({ page: { length: 50 }, more: true });
  expect(fitting(rows(1_500_000), 50)).toMatchObject({ page: { length: 2 }, more: true });
  expect(read).toBe(3);
  expect(fitting(rows(5_000_000), 50)).toMatchObject({ page: { length: 1 }, more: true });
  expect(fitting([], 50)).toEqual({ page: [], more: false });
});
