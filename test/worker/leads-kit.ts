import { governanceVersion, type Governance } from '../../shared/governance.ts';
import type { Manifest, Site } from '../../shared/manifest.ts';
import { signDispatch, type DispatchClaims } from '../../shared/dispatch-token.ts';
import type { LeadField } from '../../shared/lead-seal.ts';
import type { LeadDesk, LeadDetail, LeadsConsole } from '../../shared/rpc.ts';
import { compileGovernance } from '../../bin/lib/governance.ts';
import { putInForce, root, type GateUnderTest } from '../harness.ts';

/** A site with generous limits; what a test is about, it overrides. */
export function aSite(id: string, overrides: Partial<Site> = {}): Site {
  return {
    id,
    name: 'Acme',
    publishableKey: keyOf(id),
    origins: ['https://www.acme.example'],
    fieldNames: {},
    consentVersion: '2026-11',
    responseSeconds: 3_600,
    perAddress: { max: 10_000, per: 60 },
    perSite: { max: 10_000, per: 60 },
    rules: [],
    ...overrides,
  };
}

export function keyOf(site: string): string {
  return `pk_${site.replaceAll('-', '')}00000000`;
}

/** An invented person's form, with everything that a rule or a policy could look at. */
export const ada = {
  name: 'Ada Example',
  email: 'ada@acme.example',
  phone: '+49 30 5550100',
  company: 'Acme',
  country: 'DE',
  employees: '40',
  value: '120000',
  currency: 'EUR',
  interest: 'demo',
  message: 'We would like to see it.',
  consent: 'yes',
};

/** A last moment to start that no test runs past. */
export const soon = (): number => Date.now() + 30_000;

export interface LeadsKit {
  /** Applies the repository's governance with these sites in place of its own. */
  apply(sites: readonly Site[]): Promise<void>;
  /** Posts JSON with the site's key and returns status and body. */
  post(site: string, fields: Record<string, unknown>, headers?: Record<string, string>): Promise<Posted>;
  /** Posts anything, following no redirect. */
  raw(path: string, init: RequestInit): Promise<Response>;
  desk(): Promise<LeadDesk>;
  console(): Promise<LeadsConsole>;
  token(person: string): string;
  /** The dispatch token of a call of this action of the leads tool. */
  call(action: 'leads.lead.get' | 'leads.lead.list', claims?: Partial<DispatchClaims>): string;
  /** Fields of a lead as an operator has them shown; undefined: it has none such. */
  revealed(id: string, ...fields: LeadField[]): Promise<(string | undefined)[]>;
  /** What people see of a site, newest first. */
  seen(site: string, person?: string): Promise<LeadDetail[]>;
  one(site: string, id: string): Promise<LeadDetail>;
  evict(site: string): Promise<void>;
  sql(site: string, query: string): Promise<Record<string, unknown>[]>;
}

export interface Posted {
  status: number;
  body: Record<string, unknown>;
  headers: Headers;
}

export async function leadsKit(gate: GateUnderTest): Promise<LeadsKit> {
  const worker = gate.server.getWorker('toolgate-leads');
  const consoleEnv = await gate.server.getWorker<Record<string, unknown>>('toolgate-console').getEnv();
  const toolEnv = await gate.server.getWorker<Record<string, unknown>>('toolgate-leads-tool').getEnv();
  const token = (person: string): string => gate.secrets.local.people[person]?.token ?? '';
  const people = async (): Promise<LeadsConsole> => consoleEnv['LEADS'] as LeadsConsole;
  const reveal = async (id: string, field: LeadField): Promise<string | undefined> => {
    const shown = await (await people()).reveal(token('operator'), id, { field, reason: 'a test looks' });
    return shown.ok ? shown.value.values.join('\n') : undefined;
  };
  const raw = async (path: string, init: RequestInit): Promise<Response> =>
    fetch(new URL(path, gate.url).href, { redirect: 'manual', ...init });
  const seen = async (site: string, person = 'operator'): Promise<LeadDetail[]> => {
    const listed = await (await people()).list(token(person), { site, limit: 200 });
    if (!listed.ok) throw new Error(listed.problem.code);
    return listed.value;
  };
  return {
    raw,
    token,
    call: (action, claims = {}) => dispatched(gate, action, claims),
    revealed: async (id, ...fields) => Promise.all(fields.map(async (field) => reveal(id, field))),
    seen,
    console: people,
    desk: async () => toolEnv['LEADS'] as LeadDesk,
    apply: async (sites) => void (await putInForce(gate, await governing(sites))),
    post: async (site, fields, headers = {}) => {
      const response = await raw(`/leads/${site}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'publishable-key': keyOf(site), ...headers },
        body: JSON.stringify(fields),
      });
      const body = await response.json<Record<string, unknown>>();
      return { status: response.status, body, headers: response.headers };
    },
    one: async (site, id) => {
      const found = (await seen(site)).find((lead) => lead.id === id);
      if (!found) throw new Error(`no lead ${id}`);
      return found;
    },
    evict: async (site) => worker.evictDurableObject('LeadInbox', { name: site }),
    sql: async (site, query) => {
      const storage = await worker.getDurableObjectStorage('LeadInbox', { name: site });
      return storage.exec(query);
    },
  };
}

function dispatched(gate: GateUnderTest, action: string, claims: Partial<DispatchClaims>): string {
  const now = Date.now();
  return signDispatch(gate.secrets.workers['guard']!['DISPATCH_PRIVATE_KEY']!, {
    purpose: 'run',
    tool: 'leads',
    agent: 'lead-router',
    call: 'call_01JD00000000000000000000QA',
    action,
    contract: 'hash',
    input: 'hash',
    epoch: 1,
    startBefore: soon(),
    intentAt: now,
    ...claims,
  });
}

async function governing(sites: readonly Site[]): Promise<Governance> {
  const compiled = await compileGovernance(root);
  if (!compiled.ok) throw new Error(compiled.errors.join('\n'));
  const { version: _, ...rest } = compiled.governance;
  const router = rest.manifests['lead-router'] as Manifest;
  const content = {
    ...rest,
    manifests: { ...rest.manifests, 'lead-router': { ...router, sites: [...sites] } },
  };
  return { version: governanceVersion(content), ...content };
}
