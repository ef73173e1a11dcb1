/** The door as the test sees it. */
import type { ToolApi } from '../../../shared/rpc.ts';
import type { GateUnderTest } from '../../harness.ts';
import type { Exchange } from './conformity.ts';
import type { Asked, Way } from './door/index.ts';

export const DOOR = 'toolgate-vendor-door';

/** The door's Wrangler config, bound to these tools. */
export function doorConfig(tools: readonly string[]) {
  return {
    name: DOOR,
    main: 'test/peers/descriptions/door/index.ts',
    compatibility_date: '2026-10-01',
    services: tools.map((tool) => ({ binding: `TOOL_${tool.toUpperCase()}`, service: `toolgate-${tool}` })),
  };
}

/** Tells the door where Prism is. */
export async function openDoor(gate: GateUnderTest, ways: readonly Way[]): Promise<void> {
  const body = JSON.stringify(ways);
  await gate.server.getWorker(DOOR).fetch('http://door/toolgate-ways', { method: 'POST', body });
}

/** What went through the door since it was last asked. */
export async function throughIt(gate: GateUnderTest): Promise<Exchange[]> {
  const answer = await gate.server.getWorker(DOOR).fetch('http://door/toolgate-seen');
  return (await answer.json()) as Exchange[];
}

/** A tool, called by the door. */
export function throughDoor(gate: GateUnderTest, tool: string): ToolApi {
  const call =
    (method: Asked['method']) =>
    async (token: string, input: string): Promise<never> => {
      const body = JSON.stringify({ tool, method, token, input } satisfies Asked);
      const answer = await gate.server
        .getWorker(DOOR)
        .fetch('http://door/toolgate-call', { method: 'POST', body });
      if (!answer.ok) throw new Error(`${tool} ${method}: ${answer.status} ${await answer.text()}`);
      return (await answer.json()) as never;
    };
  return {
    run: call('run'),
    find: call('find'),
    facts: call('facts'),
    preview: call('preview'),
    image: call('image'),
    cancel: async () => false,
    about: async () => ({ tool, vendor: null }),
  };
}
