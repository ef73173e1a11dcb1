/** Every reversible action of every tool: what is taken back is as it was, and what somebody changed since is left alone. */
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JsonSchema, KnownAction } from '../../shared/contract.ts';
import type { Image } from '../../shared/image.ts';
import type { UndoPlan } from '../../shared/outcome.ts';
import { vendors } from '../../workers/sandbox/vendors/index.ts';
import { artefactWordOf } from '../../workers/guard/artefact-of.ts';
import { bootGate, type GateUnderTest } from '../harness.ts';
import { action, actions, exampleOf, toolKit, vendorOf, type ToolKit } from './tools-kit.ts';

let gate: GateUnderTest;
let kit: ToolKit;
beforeAll(async () => {
  gate = await bootGate({ govern: false });
  kit = await toolKit(gate);
});
afterAll(async () => gate?.close());

/** Each run is about twenty requests. */
const RUNS = 3;

/** What must be there before an action whose undo the invented data does not allow: mails can be planned for a month ahead. */
const prepared: Readonly<Record<string, { run: string; input: Record<string, unknown> }>> = {
  'email.broadcast.cancel': {
    run: 'email.broadcast.schedule',
    input: { broadcast: '00000000-0000-4000-8000-00000000b001' },
  },
};

/** What vendors keep as history: nothing takes that back. */
const history: Readonly<Record<string, readonly string[]>> = {
  wordpress: ['revisions'],
  hubspot: ['archived'],
  // By which a repeated request is known.
  resend: ['keys'],
};

const reversible = actions.filter(({ undo }) => undo && 'action' in undo);
const atVendors = reversible.filter(({ tool }) => vendorOf[tool]);

/** Of each action: how many generated runs left a plan with images, and which made a version of what they are about. */
const imaged = new Map<string, number>();
const versioned = new Set<string>();

type Plan = UndoPlan & { images: { before: Image; after: Image } };
type Records = Map<string, Record<string, unknown>>;

describe.each(atVendors.map((one) => [one.name, one] as const))('%s', (name, done) => {
  const vendor = vendorOf[done.tool] ?? '';
  const leaves = done.undo && 'action' in done.undo ? (done.undo.leaves ?? []) : [];
  /** What the simulator looks each record up by. */
  const keys = new Map<string, unknown>();

  test('is undone to the same vendor state; over a later change only when forced', async () => {
    await fc.assert(
      fc.asyncProperty(inputOf(done), async (input) => {
        const plan = await acted(input);
        if (!plan) return;
        imaged.set(name, (imaged.get(name) ?? 0) + 1);
        await undoes(plan.before, plan.plan);
        await conflicts(input);
      }),
      { numRuns: RUNS, seed: 20_261_122, endOnFailure: true },
    );
  });

  /** Runs it on fresh records; undefined: the vendor refused this input, or it left nothing to compare. */
  async function acted(
    input: Record<string, unknown>,
  ): Promise<{ before: Records; after: Records; plan: Plan } | undefined> {
    await kit.simulator('POST', `${vendor}/reset`);
    // Vendors' limits are another test's business.
    await kit.fault(vendor, { fault: 'unlimited' });
    const first = prepared[name];
    if (first) await kit.run(action(first.run));
    const before = await state();
    const outcome = await kit.run(done, { input: { ...input, ...first?.input } });
    const told = {
      id: 'call',
      workflow: null,
      session: null,
      input,
      person: null,
      now: 0,
      undoMs: 0,
      keepMs: 0,
    };
    if (artefactWordOf('agent', told, done, outcome)) versioned.add(name);
    if (outcome.kind !== 'succeeded' || !outcome.undo?.images) return undefined;
    const plan = { ...outcome.undo, images: outcome.undo.images };
    return { before, after: await state(), plan };
  }

  async function undoes(before: Records, plan: Plan): Promise<void> {
    const undoing = action(plan.action);
    const { input, images } = plan;
    expect(await kit.image(undoing, { input })).toEqual({ kind: 'image', image: images.after });
    const undone = await kit.run(undoing, { input, expected: images.after });
    expect(undone, JSON.stringify(undone)).toMatchObject({ kind: 'succeeded' });
    const now = await state();
    for (const [id, body] of before) expect(now.get(id), id).toEqual(body);
    // What a call made is gone, or out of the way as its contract says; that the image tells.
    const more = [...now.keys()].filter((id) => !before.has(id));
    expect(more.length).toBeLessThanOrEqual(done.about?.id.startsWith('output.') ? 1 : 0);
    expect(await kit.image(undoing, { input })).toEqual({ kind: 'image', image: images.before });
  }

  async function conflicts(input: Record<string, unknown>): Promise<void> {
    const again = await acted(input);
    if (!again) throw new Error('the same on the same records ended otherwise');
    const { plan } = again;
    const undoing = action(plan.action);
    const how = await byHand(again.before, again.after);
    const changed = await state();
    const writes = await changes();
    const told = await kit.run(undoing, { input: plan.input, expected: plan.images.after });
    expect(told, JSON.stringify(told)).toMatchObject({ kind: 'failed', reason: 'changed' });
    expect(await state()).toEqual(changed);
    expect(await changes()).toBe(writes);
    // What was put back or is gone, the vendor itself may refuse to write.
    if (how !== 'changed') return;
    const seen = await kit.image(undoing, { input: plan.input });
    if (seen.kind !== 'image') throw new Error(`no image to force over: ${JSON.stringify(seen)}`);
    const forced = await kit.run(undoing, { input: plan.input, expected: seen.image });
    expect(forced, JSON.stringify(forced)).toMatchObject({ kind: 'succeeded' });
  }

  /** All records of the vendor but for its history, by type and id, without what an undo may leave. */
  async function state(): Promise<Records> {
    const types = (vendors[vendor]?.types ?? []).filter((type) => !history[vendor]?.includes(type));
    return new Map((await Promise.all(types.map(recordsOf))).flat());
  }

  async function recordsOf(type: string): Promise<[string, Record<string, unknown>][]> {
    const pages = ['ids', 'records'].map(async (page) => kit.simulator('GET', `${vendor}/${page}/${type}`));
    const [ids = [], bodies = []] = await Promise.all(
      pages.map(async (page) => (await page).json<Record<string, unknown>[]>()),
    );
    return ids.map(({ id, key }, n) => {
      const at = `${type}/${encodeURIComponent(String(id))}`;
      keys.set(at, key);
      return [at, without(leaves, bodies[n]) as Record<string, unknown>];
    });
  }

  async function changes(): Promise<number> {
    return (await kit.log(vendor)).filter(({ changed }) => changed).length;
  }

  /** What a colleague does to what the call changed: changes it again, puts it back, or removes what it made. */
  async function byHand(before: Records, after: Records): Promise<'changed' | 'put back' | 'removed'> {
    const touched = [...after].find(([id, body]) => before.has(id) && !same(before.get(id), body));
    if (touched) {
      const [id, body] = touched;
      const { patch, third } = otherwise(before.get(id) ?? {}, body);
      await hand('PATCH', id, patch);
      return third ? 'changed' : 'put back';
    }
    const made = [...after.keys()].filter((id) => !before.has(id));
    for (const id of made) await hand('DELETE', id);
    if (made.length > 0) return 'removed';
    // The call removed it, so a colleague puts it back.
    for (const [id, body] of before) {
      if (!after.has(id)) await hand('PUT', id, { key: keys.get(id) ?? null, body });
    }
    return 'put back';
  }

  async function hand(method: string, id: string, body?: Record<string, unknown>): Promise<void> {
    const answer = await kit.simulator(method, `${vendor}/records/${id}`, body);
    if (!answer.ok) throw new Error(`${method} ${id} by hand: ${answer.status} ${await answer.text()}`);
  }
});

test('every reversible action at a vendor leaves images, so that a later change is seen', () => {
  const without = atVendors.map(({ name }) => name).filter((name) => !imaged.get(name));
  expect(without, 'these cannot be compared, so people can only force their undo').toEqual([]);
});

test('every action that restores an artefact makes a version of it', () => {
  const restoring = new Set(atVendors.flatMap(({ artefact }) => artefact?.restore ?? []));
  expect([...restoring].filter((one) => !versioned.has(one))).toEqual([]);
  expect(restoring.size).toBeGreaterThan(0);
});

/** The contract's example, with the fields that a person would fill in made up anew. */
function inputOf(of: KnownAction): fc.Arbitrary<Record<string, unknown>> {
  const example = exampleOf(of);
  const properties = (of.inputSchema['properties'] ?? {}) as Record<string, JsonSchema>;
  const varied = Object.entries(properties)
    .filter(([field]) => `input.${field}` !== of.about?.id)
    .flatMap(([field, schema]) => {
      const arbitrary = valueOf(schema);
      return arbitrary ? [[field, arbitrary] as const] : [];
    });
  const model = Object.fromEntries(varied);
  const optional = fc.record(model, { requiredKeys: [] });
  return optional
    .map((made) => ({ ...example, ...made }))
    .filter((input) => of.input.safeParse(input).success);
}

/** Texts that vendors get wrong. Whole, so that no contract can find a half of a character in them. */
const texts = ['Ada', 'Ōtani 世界', "O'Hara & Söhne", 'مرحبا', '𝒳 👩‍👩‍👧', 'a  b'];

/** Values of what people write, or choose from; undefined: ids and the like stay as the example has them. */
function valueOf(schema: JsonSchema): fc.Arbitrary<unknown> | undefined {
  const choices = schema['anyOf'];
  if (Array.isArray(choices)) return valueOf({ ...(choices[0] as JsonSchema), ...markOf(schema) });
  if (Array.isArray(schema['enum'])) return fc.constantFrom(...(schema['enum'] as unknown[]));
  if (schema['type'] === 'boolean') return fc.boolean();
  const cls = schema['x-personal'];
  if (cls === 'name' || cls === 'free-text') return fc.constantFrom(...texts);
  return undefined;
}

function markOf(schema: JsonSchema): JsonSchema {
  return schema['x-personal'] === undefined ? {} : { 'x-personal': schema['x-personal'] };
}

/** The first leaf in which two records differ, set to what is neither; where a state has no third value, all put back. */
function otherwise(
  before: Record<string, unknown>,
  after: Record<string, unknown>,
): { patch: Record<string, unknown>; third: boolean } {
  const [first] = differing(before, after);
  const other = first && thirdOf(first.is);
  if (!first || other === undefined) return { patch: patchOf(differing(before, after)), third: false };
  return { patch: patchOf([{ ...first, was: other }]), third: true };
}

interface Leaf {
  path: string[];
  was: unknown;
  is: unknown;
}

function differing(
  before: Record<string, unknown>,
  after: Record<string, unknown>,
  path: string[] = [],
): Leaf[] {
  return Object.keys(after).flatMap((name) => {
    const [was, is, at] = [before[name], after[name], [...path, name]];
    if (same(was, is)) return [];
    return isObject(was) && isObject(is) ? differing(was, is, at) : [{ path: at, was, is }];
  });
}

function patchOf(leaves: readonly Leaf[]): Record<string, unknown> {
  const patch: Record<string, unknown> = {};
  for (const { path, was } of leaves) {
    let into = patch;
    for (const name of path.slice(0, -1)) into = (into[name] ??= {}) as Record<string, unknown>;
    into[path.at(-1) ?? ''] = was ?? null;
  }
  return patch;
}

function thirdOf(value: unknown): unknown {
  if (typeof value === 'number') return value + 1;
  if (typeof value !== 'string' || /^[A-Z_a-z]{3,20}$/.test(value)) return undefined;
  return /^\d+$/.test(value) ? String(Number(value) + 1) : `${value} by hand`;
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A record without the fields that an undo may leave changed, wherever they stand in it. */
function without(leaves: readonly string[], value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => without(leaves, item));
  if (!isObject(value)) return value;
  const kept = Object.entries(value).filter(([name]) => !leaves.includes(name));
  return Object.fromEntries(kept.map(([name, item]) => [name, without(leaves, item)]));
}
