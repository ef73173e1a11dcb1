import { compileGovernance } from '../../bin/lib/governance.ts';
import { governanceVersion, type Governance } from '../../shared/governance.ts';
import type { RollbackPage, RollbackView } from '../../shared/rollback/view.ts';
import { putInForce, root, type GateUnderTest } from '../harness.ts';
import { eventually } from './support.ts';

/** What a test does with rollbacks, as people of the gate. */
export interface RollbackKit {
  /** Puts the repository's set in force without these policies, and with whatever `change` makes of it. */
  govern(without: readonly string[], change?: (set: Governance) => void): Promise<void>;
  /** Has an agent execute; throws unless that succeeds. Returns the call. */
  execute(agent: string, action: string, input: Record<string, unknown>, session?: string): Promise<string>;
  simulator<T>(method: string, path: string, body?: unknown): Promise<T>;
  /** How many requests changed something at the vendors. */
  writes(...vendors: string[]): Promise<number>;
  post(person: string, path: string, body: unknown): Promise<Response>;
  /** Opens one, and waits until it is planned. */
  planned(selection: Record<string, string>, options?: { dryRun?: boolean }): Promise<RollbackPage>;
  page(id: string): Promise<RollbackPage>;
  /** As soon as it stands so. */
  when(id: string, ready: (view: RollbackView) => boolean): Promise<RollbackPage>;
}

const because = { goal: 'a test', explanation: 'of rollbacks' };

export function rollbackKit(gate: GateUnderTest): RollbackKit {
  let keys = 0;
  const page = async (id: string): Promise<RollbackPage> =>
    (await gate.ops('auditor', 'GET', `/rollbacks/${id}`)).json<RollbackPage>();
  const when = async (id: string, ready: (view: RollbackView) => boolean): Promise<RollbackPage> =>
    eventually(async () => {
      const found = await page(id);
      return ready(found.rollback) ? found : undefined;
    }, 60_000);
  const post = async (person: string, path: string, body: unknown): Promise<Response> =>
    gate.ops(person, 'POST', path, body);
  const simulator = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const answer = await fetch(`${gate.url.origin}/simulator/${path}`, {
      method,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer.json<T>();
  };
  return {
    simulator,
    post,
    page,
    when,
    govern: async (without, change = () => undefined) => {
      const compiled = await compileGovernance(root);
      if (!compiled.ok) throw new Error(compiled.errors.join('\n'));
      const { version: _, ...set } = structuredClone(compiled.governance);
      set.policies = set.policies.filter(({ id }) => !without.includes(id));
      change(set as Governance);
      await putInForce(gate, { version: governanceVersion(set), ...set });
    },
    execute: async (agent, action, input, session = 'a session') => {
      const [tool = '', ...rest] = action.split('.');
      const answer = await fetch(`${gate.url.origin}/v1/tools/${tool}/${rest.join('.')}`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${await gate.agent(agent).token()}`,
          'content-type': 'application/json',
          'idempotency-key': `rollback-${(keys += 1)}`,
        },
        body: JSON.stringify({ mode: 'execute', input, because, session }),
      });
      const text = await answer.text();
      if (answer.status !== 200) throw new Error(`${action}: ${answer.status} ${text}`);
      return (JSON.parse(text) as { call: string }).call;
    },
    writes: async (...vendors) => {
      const logs = await Promise.all(
        vendors.map(async (vendor) => simulator<{ changed: boolean }[]>('GET', `${vendor}/log`)),
      );
      return logs.flat().filter(({ changed }) => changed).length;
    },
    planned: async (selection, { dryRun = false } = {}) => {
      const opened = await post('operator', '/rollbacks', { selection, reason: 'a test', dryRun });
      if (opened.status !== 201) throw new Error(`not opened: ${opened.status} ${await opened.text()}`);
      const { id } = await opened.json<RollbackView>();
      return when(id, ({ status }) => status !== 'planning');
    },
  };
}
