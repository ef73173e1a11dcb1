import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestHarness, type TestHarness } from 'wrangler';
import type { FlagContext } from '../../flags/unleash.ts';
import { root } from '../harness.ts';
import type { Question } from './unleash-spec/index.ts';

/** Unleash's own specification for those who evaluate its flags; not part of this repository. */
const folder = join(root, '../shared/corpora/unleash-client-specification');
const there = existsSync(join(folder, 'index.json'));

interface Spec {
  name: string;
  state: { features?: unknown[]; segments?: unknown[]; events?: Event[] };
  tests?: { description: string; context: FlagContext; toggleName: string; expectedResult: boolean }[];
  variantTests?: { description: string; context: FlagContext; toggleName: string; expectedResult: object }[];
}

type Event =
  | { type: 'hydration'; features: { name: string }[]; segments: { id: number }[] }
  | { type: 'feature-updated'; feature: { name: string } }
  | { type: 'feature-removed'; featureName: string }
  | { type: 'segment-updated'; segment: { id: number } }
  | { type: 'segment-removed'; segmentId: number };

/** The document that a stream of changes comes to; control itself only ever asks for whole documents. */
function documentOf({ state }: Spec): object {
  if (!state.events) return state;
  const features = new Map<string, object>();
  const segments = new Map<number, object>();
  for (const event of state.events) {
    if (event.type === 'hydration') {
      for (const feature of event.features) features.set(feature.name, feature);
      for (const segment of event.segments) segments.set(segment.id, segment);
    } else if (event.type === 'feature-updated') features.set(event.feature.name, event.feature);
    else if (event.type === 'feature-removed') features.delete(event.featureName);
    else if (event.type === 'segment-updated') segments.set(event.segment.id, event.segment);
    else segments.delete(event.segmentId);
  }
  return { version: 2, features: [...features.values()], segments: [...segments.values()] };
}

if (!there) {
  console.warn(`SKIPPED: Unleash's client specification is not at ${folder}, so none of its 279 cases ran.`);
}

describe.skipIf(!there)("Unleash's client specification, evaluated inside workerd", () => {
  let server: TestHarness;
  let url: URL;
  const specs = there
    ? (JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')) as string[]).map(
        (file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as Spec,
      )
    : [];

  beforeAll(async () => {
    server = createTestHarness({
      root,
      workers: [{ configPath: 'test/worker/unleash-spec/wrangler.toml' }],
    });
    ({ url } = await server.listen());
  });
  afterAll(async () => server.close());

  test('is all here: 279 cases', () => {
    const cases = specs.flatMap(({ tests = [], variantTests = [] }) => [...tests, ...variantTests]);
    expect(cases).toHaveLength(279);
  });

  test.each(specs.map((spec) => [spec.name, spec] as const))('%s', async (_, spec) => {
    const flags = spec.tests ?? [];
    const variants = spec.variantTests ?? [];
    const question: Question = {
      document: documentOf(spec),
      asks: [
        ...flags.map(({ toggleName, context }) => ({ flag: toggleName, context, variant: false })),
        ...variants.map(({ toggleName, context }) => ({ flag: toggleName, context, variant: true })),
      ],
    };
    const response = await fetch(url, { method: 'POST', body: JSON.stringify(question) });
    expect(response.status).toBe(200);
    const answers = await response.json<unknown[]>();
    const told = [...flags, ...variants].map(({ description }, n) => [description, answers[n]]);
    const expected = [...flags, ...variants].map(({ description, expectedResult }) => [
      description,
      typeof expectedResult === 'boolean' ? expectedResult : expect.objectContaining(expectedResult),
    ]);
    expect(told).toEqual(expected);
  });
});
