import { readFileSync } from 'node:fs';
import { knownActions, type KnownAction } from '../../shared/contract.ts';
import { sha256 } from '../../shared/crypto.ts';
import { signDispatch, type DispatchClaims } from '../../shared/dispatch-token.ts';
import { imageText, type Image, type Imaged } from '../../shared/image.ts';
import { newId } from '../../shared/ids.ts';
import { placeholdersIn, replaced } from '../../shared/placeholder.ts';
import type { Outcome } from '../../shared/outcome.ts';
import type { Previewed } from '../../shared/preview.ts';
import type { ToolApi } from '../../shared/rpc.ts';
import type { ToolVault } from '../../shared/vault.ts';
import { splitUse, type WithUse } from '../../shared/secret-use.ts';
import { contracts } from '../../workers/tools/catalogue.ts';
import type { LogEntry } from '../../workers/sandbox/request-log.ts';
import { vendors as simulated } from '../../workers/sandbox/vendors/index.ts';
import { root, type GateUnderTest } from '../harness.ts';

/** Every action of every tool: a new tool is in these tests as soon as it is in the catalogue. */
export const actions: readonly KnownAction[] = [...knownActions(contracts).values()];

/** Inputs for contracts that name no example; ids in them need not exist. */
const inputs: Record<string, unknown> = {
  'leads.lead.list': {},
  'leads.lead.get': { lead: 'lead_01JD00000000000000000000QA' },
  'leads.lead.route': { lead: 'lead_01JD00000000000000000000QA', queue: 'sales-dach' },
  'chat.message.schedule': {
    channel: 'C0LEADS001',
    text: 'A lead waits.',
    postAt: tomorrow(),
  },
  'cms.post.publish': {
    post: 101,
    version: sha256(JSON.stringify(['Spring & more', '<p>Soon.</p>', ''])),
  },
  'email.broadcast.schedule': {
    broadcast: '00000000-0000-4000-8000-00000000b001',
    segment: '00000000-0000-4000-8000-00000000a001',
    sendAt: tomorrow(),
  },
  'email.message.schedule': {
    to: 'ada@acme.example',
    from: 'news@acme.example',
    subject: 'Your trial',
    text: 'Hello Ada, your trial ends on Friday.',
    sendAt: tomorrow(),
  },
};

/** In whole seconds, as contracts take a time. */
function tomorrow(): string {
  return new Date(Date.now() + 86_400_000).toISOString().replace(/\.\d+/, '');
}

/** A valid input of an action: the first example of its contract. */
export function exampleOf({ name, inputSchema }: KnownAction): Record<string, unknown> {
  const [example = inputs[name]] = (inputSchema['examples'] ?? []) as unknown[];
  if (example === undefined)
    throw new Error(`${name}: give its input an example with .meta({ examples: [...] })`);
  return example as Record<string, unknown>;
}

/** The vendors that are simulated, by name. */
export const vendors: readonly string[] = Object.keys(simulated);

/** Which simulator stands behind a tool, by the entrypoint in its config; none for a tool without a vendor. */
export const vendorOf: Readonly<Record<string, string | undefined>> = Object.fromEntries(
  contracts.map(({ tool }) => [
    tool,
    /^entrypoint = "([A-Za-z]+)Vendor"$/m.exec(config(tool))?.[1]?.toLowerCase(),
  ]),
);

/** Vars for the Worker of every tool that has a vendor, given its pinned origin. */
export function varsOfTools(
  vars: (origin: string) => Record<string, string>,
): Record<string, Record<string, string>> {
  const tools = contracts.map(({ tool }) => tool).filter((tool) => vendorOf[tool]);
  return Object.fromEntries(
    tools.map((tool) => [tool, vars(/^VENDOR_ORIGIN = "(.+)"$/m.exec(config(tool))?.[1] ?? '')]),
  );
}

function config(tool: string): string {
  return readFileSync(`${root}/workers/tools/${tool}/wrangler.toml`, 'utf8');
}

/** What tools answer is opened again, so that tests compare what the vendor holds; `sealed` asks for it as it left. */
export interface ToolKit {
  /** Any data of a tool's with its placeholders opened, as the tool itself could have it done. */
  opened<T>(answer: T, agent?: string): Promise<T>;
  // Each without the names of the secrets that were used: those are with what `tool` answers.
  /** Runs an action with a good token; `claims` and `text` change what is signed and sent. */
  run(action: KnownAction, options?: RunOptions): Promise<Outcome>;
  find(action: KnownAction, options?: RunOptions): Promise<Outcome | null>;
  /** Throws where they cannot be read. */
  facts(action: KnownAction, options?: RunOptions): Promise<Record<string, string | number | boolean>>;
  preview(action: KnownAction, options?: RunOptions): Promise<Previewed>;
  image(action: KnownAction, options?: RunOptions): Promise<Imaged>;
  tool(name: string): ToolApi;
  token(action: KnownAction, claims?: Partial<DispatchClaims>, text?: string): string;
  simulator(method: string, path: string, body?: unknown): Promise<Response>;
  log(vendor: string): Promise<LogEntry[]>;
  fault(vendor: string, fault: Record<string, unknown>): Promise<void>;
  /** Requests of a tool that changed something at its vendor. */
  changes(action: KnownAction): Promise<number>;
  /** Requests that reached any vendor. */
  requests(): Promise<number>;
  /** Every vendor is as it was at first. */
  reset(): Promise<void>;
  /** Every vendor that was reached through this kit since is as it was at first: for tests that reach none past it. */
  resetReached(): Promise<void>;
}

export interface RunOptions {
  input?: Record<string, unknown>;
  claims?: Partial<DispatchClaims>;
  /** Of `run`: what the vendor must still hold. */
  expected?: Image;
  /** As it left the tool, with its placeholders. */
  sealed?: boolean;
}

/**
 * Reaches the tools as the guard does: through its bindings, with tokens signed by its key; or, where those are in the way,
 * through `reach`.
 */
export async function toolKit(gate: GateUnderTest, reach?: (tool: string) => ToolApi): Promise<ToolKit> {
  const env = (await gate.server.getWorker('toolgate-guard').getEnv()) as Record<string, unknown>;
  const { VAULT: vault } = (await gate.server.getWorker('toolgate-crm').getEnv()) as { VAULT: ToolVault };
  const key = gate.secrets.workers['guard']!['DISPATCH_PRIVATE_KEY']!;
  const token = (action: KnownAction, claims: Partial<DispatchClaims> = {}, text = '{}'): string => {
    const now = Date.now();
    return signDispatch(key, {
      purpose: 'run',
      tool: action.tool,
      agent: 'lead-router',
      call: newId('call', now),
      action: action.name,
      contract: action.hash,
      input: sha256(text),
      epoch: 1,
      startBefore: now + 5_000,
      intentAt: now,
      opens: placeholdersIn(text),
      ...claims,
    });
  };
  /** Vendors that may not be as they were at first: bringing all eight back before each of thousands of tests takes minutes. */
  const touched = new Set(vendors);
  const tool = (name: string): ToolApi => {
    touched.add(vendorOf[name] ?? '');
    return reach ? reach(name) : (env[`TOOL_${name.toUpperCase()}`] as ToolApi);
  };
  const opened = async <T>(answer: T, agent = 'lead-router'): Promise<T> => {
    const text = JSON.stringify(answer ?? null);
    const opens = placeholdersIn(text);
    if (opens.length === 0) return answer;
    const any = actions[0] as KnownAction;
    const values = await vault.open(token(any, { opens, agent }), opens);
    if (!values.ok) throw new Error(`the vault: ${values.reason}`);
    const inText = (one: string): string => JSON.stringify(values.value[one] ?? one).slice(1, -1);
    return JSON.parse(replaced(text, inText)) as T;
  };
  const told = async <T extends object>(
    answer: Promise<WithUse<T>>,
    { claims, sealed }: RunOptions = {},
  ): Promise<T> => {
    const plain = splitUse(await answer).told;
    return sealed ? plain : opened(plain, claims?.agent);
  };
  const simulator = async (method: string, path: string, body?: unknown): Promise<Response> => {
    // Looking at a log or a record leaves both as they are.
    if (method !== 'GET' || path.includes('/api')) touched.add(path.split('/')[0] ?? '');
    return fetch(new URL(`/simulator/${path}`, gate.url).href, {
      method,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  };
  const log = async (vendor: string) => (await checked('GET', `${vendor}/log`)) as LogEntry[];
  const back = async (vendor: string) => checked('POST', `${vendor}/reset`);
  const logs = async () => Promise.all(vendors.map(log));
  const checked = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const response = await simulator(method, path, body);
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return response.json();
  };
  return {
    tool,
    token,
    simulator,
    opened,
    run: async (action, options = {}) => {
      const { input = exampleOf(action), claims, expected } = options;
      const text = JSON.stringify(input);
      if (expected === undefined)
        return told(tool(action.tool).run(token(action, claims, text), text), options);
      const image = imageText(expected);
      const opens = placeholdersIn(text + image);
      const bound = token(action, { expected: sha256(image), opens, ...claims }, text);
      return told(tool(action.tool).run(bound, text, image), options);
    },
    find: async (action, options = {}) => {
      const { input = exampleOf(action), claims } = options;
      const text = JSON.stringify(input);
      const found = await tool(action.tool).find(token(action, { purpose: 'find', ...claims }, text), text);
      return found && told(Promise.resolve(found), options);
    },
    facts: async (action, options = {}) => {
      const { input = exampleOf(action), claims } = options;
      const text = JSON.stringify(input);
      const bound = token(action, { purpose: 'facts', ...claims }, text);
      const { facts } = await told(tool(action.tool).facts(bound, text), options);
      if (!facts) throw new Error(`${action.name}: its facts could not be read`);
      return facts;
    },
    preview: async (action, options = {}) => {
      const { input = exampleOf(action), claims } = options;
      const text = JSON.stringify(input);
      const bound = token(action, { purpose: 'preview', ...claims }, text);
      return told(tool(action.tool).preview(bound, text), options);
    },
    image: async (action, options = {}) => {
      const { input = exampleOf(action), claims } = options;
      const text = JSON.stringify(input);
      const bound = token(action, { purpose: 'image', ...claims }, text);
      return told(tool(action.tool).image(bound, text), options);
    },
    log,
    changes: async ({ tool: name }) =>
      (await log(vendorOf[name] ?? '')).filter(({ changed }) => changed).length,
    requests: async () => (await logs()).flat().length,
    fault: async (vendor, fault) => void (await checked('POST', `${vendor}/faults`, fault)),
    reset: async () => {
      await Promise.all(vendors.map(back));
      touched.clear();
    },
    resetReached: async () => {
      await Promise.all(vendors.filter((vendor) => touched.has(vendor)).map(back));
      touched.clear();
    },
  };
}

/** The action of a name, which must exist. */
export function action(name: string): KnownAction {
  const found = actions.find((one) => one.name === name);
  if (!found) throw new Error(`no action ${name}`);
  return found;
}
