import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  action,
  actions,
  toolKit,
  varsOfTools,
  vendorOf,
  vendors,
  type ToolKit,
} from '../worker/tools-kit.ts';
import { bootGate, type GateUnderTest } from '../harness.ts';
import { descriptions, present } from './descriptions/catalogue.ts';
import { unlisted, unneeded, type Exchange } from './descriptions/conformity.ts';
import { unchecked } from './descriptions/exceptions.ts';
import { DOOR, doorConfig, openDoor, throughDoor, throughIt } from './descriptions/door.ts';
import { furtherInputs } from './descriptions/inputs.ts';
import { startPrisms } from './descriptions/prism.ts';
import type { Server } from './processes.ts';

/**
 * Prism between each tool and the simulator, holding every request and every answer to the vendor's own description
 * (or a third party's, where the vendor has none).
 */

const atVendors = actions.filter((one) => vendorOf[one.tool]);
const checked = atVendors.filter((one) => unchecked[vendorOf[one.tool] ?? ''] === undefined);

describe.skipIf(!present())("held to the vendors' descriptions", () => {
  let gate: GateUnderTest;
  let kit: ToolKit;
  let prisms: Server;
  const all: Exchange[] = [];

  beforeAll(async () => {
    const tools = [...new Set(checked.map(({ tool }) => tool))];
    gate = await bootGate({
      govern: false,
      // What is out of order here is so by intent, and must not spare the vendor in the next test.
      vars: varsOfTools(() => ({ VENDOR_BREAKER: 'off' })),
      beside: [{ config: doorConfig(tools) }],
      bindings: Object.fromEntries(tools.map((tool) => [tool, { VENDOR: DOOR }])),
    });
    kit = await toolKit(gate, (tool) => throughDoor(gate, tool));
    const { ways, server } = await startPrisms(descriptions, gate.url);
    prisms = server;
    await openDoor(gate, ways);
  });
  afterAll(async () => {
    await gate?.close();
    await prisms?.kill();
  });
  beforeEach(async () => kit.reset());
  // What a test that failed left behind is not the next one's.
  afterEach(async () => void (await seen()));

  /** What went through the door since it was last asked. */
  async function seen(): Promise<Exchange[]> {
    const exchanges = await throughIt(gate);
    all.push(...exchanges);
    return exchanges;
  }

  describe.each(checked)('$name', (one) => {
    test('conforms when it runs and is taken back', async () => {
      const outcome = await kit.run(one);
      expect(unlisted(await seen())).toEqual([]);
      expect(outcome).toMatchObject({ kind: 'succeeded' });
      if (outcome.kind === 'succeeded' && outcome.undo) {
        const { action: name, input } = outcome.undo;
        await kit.run(action(name), { input });
      }
      expect(unlisted(await seen())).toEqual([]);
    });

    test('conforms when it is foreseen, looked for, judged and run on other inputs', async () => {
      if (one.mode === 'execute') await kit.preview(one);
      if (one.mode === 'execute') await kit.image(one);
      if (one.facts) await kit.facts(one);
      if (one.findAfter !== undefined) await kit.find(one);
      for (const input of furtherInputs[one.name] ?? []) {
        expect(one.input.safeParse(input).error, `furtherInputs of ${one.name}`).toBeUndefined();
        await kit.run(one, { input });
      }
      expect(unlisted(await seen())).toEqual([]);
    });

    test('conforms when the vendor is out of order, or at its limit', async () => {
      for (const fault of ['500', '429']) {
        await kit.fault(vendorOf[one.tool]!, { fault, times: 1 });
        await kit.run(one);
      }
      const exchanges = await seen();
      expect(exchanges.filter(({ status }) => status >= 400).length).toBeGreaterThanOrEqual(2);
      expect(unlisted(exchanges)).toEqual([]);
    });
  });

  test('every tool went through, and every exception is still needed', () => {
    const through = new Set(all.map(({ vendor }) => vendor));
    expect(through).toEqual(new Set(checked.map(({ tool }) => vendorOf[tool])));
    expect(unneeded(all)).toEqual([]);
  });
});

test('a vendor whose description is missing says why, and only such a vendor', () => {
  const described = new Set(descriptions.map(({ vendor }) => vendor));
  expect([...described, ...Object.keys(unchecked)].sort()).toEqual([...vendors].sort());
  for (const why of Object.values(unchecked)) expect(why.length).toBeGreaterThan(20);
});
