import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_FAULTS, verifyExport, type ExportReport } from '../../../bin/lib/journal-verify.ts';
import { nextEntry, type Head } from '../../../shared/journal.ts';
import { chain, checkpointLine, entryData, keys } from './support.ts';

async function verify(lines: readonly string[], key = keys.publicKey): Promise<ExportReport> {
  return verifyExport(
    (async function* () {
      yield* lines;
    })(),
    key,
  );
}

function headsOf(...chains: ReturnType<typeof chain>[]): Record<string, Head> {
  return Object.fromEntries(
    chains.map((entries) => {
      const { source, seq, hash } = entries.at(-1)!.entry;
      return [source, { seq, hash }];
    }),
  );
}

/** An export of two chains, mixed, each in its own order, and its checkpoint. */
const exports = fc
  .tuple(
    fc.array(entryData, { minLength: 1, maxLength: 8 }),
    fc.array(entryData, { minLength: 1, maxLength: 8 }),
    fc.infiniteStream(fc.boolean()),
  )
  .map(([first, second, coin]) => {
    const a = chain('guard:a', first);
    const b = chain('approvals:b', second);
    const heads = headsOf(a, b);
    const lines: string[] = [];
    while (a.length + b.length > 0) {
      const from = b.length === 0 || (a.length > 0 && coin.next().value === true) ? a : b;
      lines.push(from.shift()!.body);
    }
    return { lines, end: checkpointLine(heads), heads };
  });

describe('verifying an export', () => {
  it('finds nothing in an untouched one, however its sources are mixed', async () => {
    await fc.assert(
      fc.asyncProperty(exports, async ({ lines, end }) => {
        expect(await verify([...lines, end, ''])).toEqual({
          entries: lines.length,
          sources: 2,
          faults: [],
          omitted: 0,
          checkpoint: { at: '2026-11-22T12:00:00.000Z', valid: true },
        });
      }),
    );
  });

  const harm: Record<string, (lines: string[], at: number, to: number) => string[]> = {
    'an entry with a changed character': (lines, at, to) =>
      lines.with(
        at,
        lines[at]!.replace(/./gu, (char, place: number) =>
          place === to % lines[at]!.length ? (char === 'x' ? 'y' : 'x') : char,
        ),
      ),
    'an entry left out': (lines, at) => lines.toSpliced(at, 1),
    'an entry twice': (lines, at, to) => lines.toSpliced(to, 0, lines[at]!),
    'the end cut off': (lines, at) => lines.slice(0, at),
    'the beginning cut off': (lines, at) => lines.slice(at + 1),
    'an entry emptied': (lines, at) => lines.with(at, '{}'),
  };

  it.each(Object.entries(harm))('finds %s', async (_, change) => {
    await fc.assert(
      fc.asyncProperty(exports, fc.nat(), fc.nat(), async ({ lines, end }, a, b) => {
        const changed = change(lines, a % lines.length, b % (lines.length + 1));
        const { faults } = await verify([...changed, end]);
        expect(faults).not.toEqual([]);
      }),
    );
  });

  it('finds two entries of one source swapped', async () => {
    await fc.assert(
      fc.asyncProperty(exports, fc.nat(), fc.nat(), async ({ lines, end }, a, b) => {
        const source = (line: string): unknown => (JSON.parse(line) as { source: string }).source;
        const own = lines.flatMap((line, n) => (source(line) === source(lines[0]!) ? [n] : []));
        const [from, to] = [own[a % own.length]!, own[b % own.length]!];
        fc.pre(from !== to);
        const swapped = lines.with(from, lines[to]!).with(to, lines[from]!);
        expect((await verify([...swapped, end])).faults).not.toEqual([]);
      }),
    );
  });

  it('finds an entry rewritten with a fitting hash, by the link of the next or the checkpoint', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(entryData, { minLength: 1, maxLength: 6 }), fc.nat(), async (data, nat) => {
        const entries = chain('guard:a', data);
        const at = nat % entries.length;
        const { entry } = entries[at]!;
        const forged = nextEntry(
          entry.source,
          { seq: entry.seq - 1, hash: entry.prev },
          entry.kind,
          { forged: true },
          5,
        );
        const lines = entries.map(({ body }) => body).with(at, forged.body);
        const { faults } = await verify([...lines, checkpointLine(headsOf(entries))]);
        const last = at === entries.length - 1;
        expect(faults).toEqual([
          last
            ? { kind: 'altered', source: 'guard:a', seq: at + 1 }
            : { kind: 'broken-link', source: 'guard:a', seq: at + 2 },
        ]);
      }),
    );
  });

  it('names a whole source that is missing, and one that was added', async () => {
    const a = chain('guard:a', [{}, {}]);
    const b = chain('guard:b', [{}]);
    const { faults } = await verify([...a.map(({ body }) => body), checkpointLine(headsOf(b))]);
    expect(faults).toEqual([
      { kind: 'truncated', source: 'guard:b', seq: 0, expected: 1 },
      { kind: 'unsigned', source: 'guard:a', seq: 2 },
    ]);
  });

  it('takes a missing or forged checkpoint for a fault, since the end may have been cut off', async () => {
    const a = chain('guard:a', [{}, {}]);
    const lines = a.map(({ body }) => body);
    expect(await verify(lines)).toMatchObject({ faults: [{ kind: 'no-checkpoint' }], checkpoint: null });
    const cut = lines.slice(0, 1);
    const shorter = checkpointLine(headsOf(a.slice(0, 1)));
    const forged = shorter.replace(/"signature":"./, '"signature":"_');
    expect(await verify([...cut, forged])).toMatchObject({
      faults: [{ kind: 'bad-signature' }],
      checkpoint: { valid: false },
    });
    const otherKey = '{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}';
    expect((await verify([...lines, checkpointLine(headsOf(a))], otherKey)).faults).toEqual([
      { kind: 'bad-signature' },
    ]);
    expect((await verify([...lines, checkpointLine(headsOf(a))], 'no key')).faults).toEqual([
      { kind: 'bad-signature' },
    ]);
  });

  it('lets nothing follow the checkpoint', async () => {
    const a = chain('guard:a', [{}, {}]);
    const [first, second] = a.map(({ body }) => body);
    const { faults } = await verify([first!, checkpointLine(headsOf(a.slice(0, 1))), second!]);
    expect(faults).toContainEqual({ kind: 'after-checkpoint', line: 3 });
  });

  it('survives any text, and reports a bounded number of faults', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(fc.string(), fc.json()), { minLength: 1 }), async (lines) => {
        expect((await verify(lines)).faults).not.toEqual([]);
      }),
    );
    const report = await verify(Array.from({ length: MAX_FAULTS + 50 }, () => 'garbage'));
    expect(report.faults).toHaveLength(MAX_FAULTS);
    expect(report.omitted).toBe(51);
  });
});
