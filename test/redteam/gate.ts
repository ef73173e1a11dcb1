/** The whole gate under attack, as shipped but for what only counts how often: with what its vendors were sent and hold. */
import { join } from 'node:path';
import { rmSync } from 'node:fs';
import { compileGovernance } from '../../bin/lib/governance.ts';
import { freshSecrets, type LocalFile, type LocalSecrets } from '../../bin/lib/secrets.ts';
import { GateClient } from '../../examples/gate-client.ts';
import { governanceVersion, type Governance } from '../../shared/governance.ts';
import { vendors as simulated } from '../../workers/sandbox/vendors/index.ts';
import { rigFolder, RigGate } from '../rig/gate.ts';
import { RigVendors } from '../rig/vendors.ts';
import { FrontDoor } from './front-door.ts';
import { VendorWitness } from './witness.ts';

const root = join(import.meta.dirname, '../..');

/** The three workflows' agents, and one of another workflow whose calls the others must not read. */
export const agents = ['lead-router', 'content-writer', 'support-agent', 'audience-keeper'] as const;

const sockets = {
  leads: 'toolgate-leads',
  control: 'toolgate-control',
  approvals: 'toolgate-approvals',
};

/** Vendor -> type -> id -> the record. */
export type VendorState = Record<string, Record<string, Record<string, Record<string, unknown>>>>;

export class RedGate {
  readonly folder: string;
  readonly witness: VendorWitness;
  readonly origin: string;
  readonly local: LocalFile;
  readonly governance: Governance;
  /** Every form that was posted here. */
  readonly forms: Record<string, string>[] = [];
  readonly #rig: RigGate;
  readonly #vendors: RigVendors;
  readonly #door: FrontDoor;
  readonly #clients = new Map<string, GateClient>();

  private constructor(made: {
    folder: string;
    rig: RigGate;
    vendors: RigVendors;
    witness: VendorWitness;
    door: FrontDoor;
    secrets: LocalSecrets;
    governance: Governance;
  }) {
    this.folder = made.folder;
    this.governance = made.governance;
    this.witness = made.witness;
    this.#rig = made.rig;
    this.#vendors = made.vendors;
    this.#door = made.door;
    this.origin = made.door.origin;
    this.local = { gate: this.origin, ...made.secrets.local };
  }

  static async start(): Promise<RedGate> {
    const folder = rigFolder();
    const [secrets, governance] = await Promise.all([freshSecrets([...agents]), patientGovernance()]);
    const vendors = await RigVendors.start(join(folder, 'outside'), secrets);
    const { NOTICE_SLACK_TOKEN = '', MAIL_API_KEY = '' } = secrets.workers['notifier'] ?? {};
    const witness = await VendorWitness.start(vendors.port, [NOTICE_SLACK_TOKEN, MAIL_API_KEY]);
    const rig = await RigGate.start({
      agents: agents.map((name) => ({ name, workflow: '' })),
      vendorPort: witness.port,
      folder: join(folder, 'inside'),
      secrets,
      governance,
      sockets,
    });
    const door = await FrontDoor.open((path) => leadTo(path, rig, vendors));
    // Vendors' own limits would stop an attack before the gate has to.
    for (const vendor of vendors.names) await vendors.fault(vendor, { fault: 'unlimited' });
    return new RedGate({ folder, rig, vendors, witness, door, secrets, governance });
  }

  /** The folder of the gate's own storage and logs; the vendors' is elsewhere. */
  get inside(): string {
    return join(this.folder, 'inside');
  }

  agent(name: string): GateClient {
    const known = this.#clients.get(name);
    if (known) return known;
    const credentials = this.local.agents[name];
    if (!credentials) throw new Error(`${name} has no credentials here`);
    const client = new GateClient(this.origin, credentials);
    this.#clients.set(name, client);
    return client;
  }

  /** The people's API as one of the local people. */
  async ops<T>(person: string, method: string, path: string, body?: unknown): Promise<T> {
    const answer = await fetch(`${this.origin}/ops/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.local.people[person]?.token ?? ''}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer.json<T>();
  }

  /** Writes a record into a simulated vendor, as anybody outside could have. */
  async plant(vendor: string, type: string, id: string, body: unknown, key: string | null): Promise<void> {
    const answer = await fetch(`${this.origin}/simulator/${vendor}/records/${type}/${id}`, {
      method: 'PUT',
      body: JSON.stringify({ key, body }),
    });
    if (!answer.ok) throw new Error(`${vendor} ${type} ${id} was not planted: ${answer.status}`);
    await answer.arrayBuffer();
  }

  /** Takes a planted record away again. */
  async clear(vendor: string, type: string, id: string): Promise<void> {
    const page = `${this.origin}/simulator/${vendor}/records/${type}/${id}`;
    await (await fetch(page, { method: 'DELETE' })).arrayBuffer();
  }

  /** All that the simulated vendors hold. */
  async vendorState(): Promise<VendorState> {
    const state: VendorState = {};
    for (const [vendor, { types }] of Object.entries(simulated)) {
      const ofVendor: VendorState[string] = {};
      for (const type of types) ofVendor[type] = await this.#records(vendor, type);
      state[vendor] = ofVendor;
    }
    return state;
  }

  /** SIGKILL of every process of the gate, and a start on what its storage holds. */
  async killAndStart(): Promise<void> {
    await this.#rig.kill();
    await this.#rig.up();
  }

  /** Ends the gate and keeps its folder, for whoever looks into its storage. */
  async end(): Promise<void> {
    await this.#rig.kill();
  }

  async close(): Promise<void> {
    await this.#rig.kill();
    await this.#door.close();
    await this.#vendors.stop();
    await this.witness.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #records(vendor: string, type: string): Promise<VendorState[string][string]> {
    const page = `${this.origin}/simulator/${vendor}`;
    const [ids, records] = await Promise.all([
      fetch(`${page}/ids/${type}`).then(async (answer) => answer.json<{ id: string }[]>()),
      fetch(`${page}/records/${type}`).then(async (answer) => answer.json<Record<string, unknown>[]>()),
    ]);
    return Object.fromEntries(ids.map(({ id }, n) => [id, records[n] ?? {}]));
  }
}

function leadTo(path: string, rig: RigGate, vendors: RigVendors): { port: number; path: string } {
  const [, first = '', ...rest] = path.split('/');
  switch (first.replace(/\?.*/, '')) {
    case 'console':
    case 'ops':
      return { port: rig.port('console'), path };
    case 'leads':
      return { port: rig.port('leads'), path };
    case 'hooks':
      return { port: rig.port(path.startsWith('/hooks/slack') ? 'approvals' : 'control'), path };
    case 'simulator':
      return { port: vendors.port, path: `/${rest.join('/')}` };
    default:
      return { port: rig.port('gateway'), path };
  }
}

/**
 * The repository's own governance with limits, budgets of calls and the error budget out of the way: they would end the attack after
 * some dozens of tries, and hide what the steps before them let through. Policies, grants and approved places are as shipped.
 */
async function patientGovernance(): Promise<Governance> {
  const compiled = await compileGovernance(root);
  if (!compiled.ok) throw new Error(compiled.errors.join('\n'));
  const { version: _, shared: __, ...set } = structuredClone(compiled.governance);
  for (const manifest of Object.values(set.manifests)) {
    manifest.limits = [];
    manifest.budgets = manifest.budgets.filter(({ measure }) => measure !== 'records');
    manifest.errorBudget = { days: 30, overrides: 100, failures: 100, violations: 100_000 };
    for (const site of manifest.sites) {
      site.perAddress = { max: 100_000, per: 60 };
      site.perSite = { max: 100_000, per: 60 };
    }
  }
  return { version: governanceVersion(set), ...set };
}
