import { describe, expect, test } from 'vitest';
import type { Receipt } from '../../../shared/rpc.ts';
import { eventsOf } from '../../../workers/console/receipt-events.ts';

const forming = { id: 'rcpt_1', status: 'forming' } as Receipt;
const confirmed: Receipt = { ...forming, status: 'confirmed' };
const settled: Receipt = { ...forming, status: 'settled' };

/** Names of the events, and at which of them an id stands. */
function told(
  had: Receipt | null,
  receipt: Receipt,
  versions: [string | null, string] = ['1', '2'],
): string[] {
  const text = eventsOf({ version: versions[0], receipt: had }, { version: versions[1], receipt });
  return text
    .split('\n\n')
    .filter((block) => block !== '')
    .map((block) => `${/event: (\w+)/.exec(block)?.[1]}${/^id: (.*)/.exec(block)?.[1] ?? ''}`);
}

describe('the events between two states of a receipt', () => {
  test.each<[what: string, had: Receipt | null, receipt: Receipt, events: string[]]>([
    ['a first look', null, forming, ['progress2']],
    ['one more ack', forming, forming, ['progress2']],
    ['confirmed', forming, confirmed, ['confirmed2']],
    ['a call that ended after that', confirmed, confirmed, ['progress2']],
    ['settled', confirmed, settled, ['settled2', 'end']],
    ['both at once: no reader misses the confirmation', forming, settled, ['confirmed', 'settled2', 'end']],
    ['a first look at the end', null, settled, ['confirmed', 'settled2', 'end']],
  ])('%s', (_, had, receipt, events) => {
    expect(told(had, receipt)).toEqual(events);
  });

  test('are only the end for a reader that came back with the last state', () => {
    expect(told(null, settled, ['2', '2'])).toEqual(['end']);
  });
});
