import { describe, expect, test } from 'vitest';
import { childOf, newTraceparent, readTraceparent, traceId } from '../../../shared/trace.ts';

const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
const parent = '00f067aa0ba902b7';

describe('a traceparent', () => {
  test.each([
    [`00-${trace}-${parent}-01`, `00-${trace}-${parent}-01`],
    [`00-${trace}-${parent}-00`, `00-${trace}-${parent}-00`],
    // Flags that are not ours are not passed on.
    [`00-${trace}-${parent}-ff`, `00-${trace}-${parent}-01`],
    [`00-${trace}-${parent}-fe`, `00-${trace}-${parent}-00`],
    // A later version is read as far as this one knows it, and what follows goes nowhere.
    [`01-${trace}-${parent}-01`, `00-${trace}-${parent}-01`],
    [`cc-${trace}-${parent}-01-what-the-future-holds`, `00-${trace}-${parent}-01`],
  ])('%s is read', (header, read) => {
    expect(readTraceparent(header)).toBe(read);
  });

  test.each([
    null,
    '',
    'x',
    `00-${trace}-${parent}`,
    `00-${trace}-${parent}-01-more`,
    `00-${trace}-${parent}-01-`,
    `00-${trace}-${parent}-01 `,
    ` 00-${trace}-${parent}-01`,
    `00-${trace}-${parent}-01\n`,
    `00-${trace}-${parent}-1`,
    `00-${trace.toUpperCase()}-${parent}-01`,
    `00-${'0'.repeat(32)}-${parent}-01`,
    `00-${trace}-${'0'.repeat(16)}-01`,
    `ff-${trace}-${parent}-01`,
    `cc-${trace}-${parent}-01.more`,
    `00-${trace.slice(1)}-${parent}-01`,
    `00-${trace}-${parent.slice(1)}g-01`,
    `00-${trace}-${parent}-01, 00-${trace}-${parent}-01`,
  ])('%j is none', (header) => {
    expect(readTraceparent(header)).toBeNull();
  });

  test('of a new trace is one, and never the same twice', () => {
    const all = Array.from({ length: 100 }, newTraceparent);
    for (const one of all) expect(readTraceparent(one)).toBe(one);
    expect(new Set(all.map(traceId)).size).toBe(100);
  });

  test('of a child is of the same trace, with a span of its own each time', () => {
    const header = `00-${trace}-${parent}-01`;
    const children = [childOf(header), childOf(header)];
    for (const child of children) {
      expect(readTraceparent(child)).toBe(child);
      expect(traceId(child)).toBe(trace);
      expect(child).not.toContain(parent);
    }
    expect(children[0]).not.toBe(children[1]);
  });
});
