/**
 * An example agent: routes new leads to the queue that fits them. Deterministic, so that it runs without a model; where a
 * model would decide is marked. Everything it does goes through the gate, and every answer of the gate is a case.
 */
import { pathToFileURL } from 'node:url';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GateClient, type CallOptions, type GateAnswer } from './gate-client.ts';

interface Lead {
  id: string;
  company: string | null;
  companyDomain: string | null;
  country: string | null;
  employees: number | null;
  value: number | null;
}

/** What became of one lead. */
export interface Routing {
  lead: string;
  company: string | null;
  result: 'routed' | 'waits' | 'refused' | 'stopped' | 'unknown';
  queue: string;
  /** Why it waits or was refused, in the gate's words. */
  why: string;
  call: string;
}

/** The queue for a lead. This is the decision that a model would make; the gate does not care who made it. */
export function chooseQueue(
  lead: Lead,
  knownSize: number | null,
): { queue: string; confidence: number; explanation: string } {
  const size = lead.employees ?? knownSize;
  if (size !== null && size >= 1000)
    return { queue: 'enterprise', confidence: 95, explanation: `${size} people work there.` };
  const region = regions.find(({ countries }) => countries.includes(lead.country ?? ''));
  if (region) return { queue: region.queue, confidence: 90, explanation: `The form says ${lead.country}.` };
  if (lead.country)
    return { queue: 'sales-emea', confidence: 75, explanation: `No team of its own for ${lead.country}.` };
  return { queue: 'human-queue', confidence: 50, explanation: 'Neither size nor country is known.' };
}

const regions = [
  { queue: 'sales-dach', countries: ['DE', 'AT', 'CH'] },
  { queue: 'sales-us', countries: ['US', 'CA', 'MX'] },
  { queue: 'sales-emea', countries: ['FR', 'GB', 'SE', 'NL', 'ES', 'IT', 'PT', 'NG', 'ZA', 'AE'] },
];

/** Told whenever the gate or a vendor says "later". */
export type OnWait = (action: string, seconds: number) => void;

/** Routes what is new, one lead after the other, and tells each result at once. Ends early when it is stopped. */
export async function routeNewLeads(
  gate: GateClient,
  tell: (routing: Routing) => Promise<void> | void,
  onWait: OnWait = () => undefined,
): Promise<Routing[]> {
  const results: Routing[] = [];
  // The gate lists up to 100 at a time; a lead that waits or was refused stays new and is not taken up again.
  for (;;) {
    const leads = (await newLeads(gate, onWait)).filter(({ id }) => !results.some(({ lead }) => lead === id));
    if (leads.length === 0) return results;
    for (const lead of leads) {
      const routing = await routeLead(gate, lead, onWait);
      results.push(routing);
      await tell(routing);
      // Stopped means stop: whoever threw the switch wants no more calls, so this run ends here.
      if (routing.result === 'stopped') return results;
      if (routing.result === 'routed') await announce(gate, lead, routing.queue, onWait);
    }
  }
}

async function newLeads(gate: GateClient, onWait: OnWait): Promise<Lead[]> {
  const listed = await patiently(
    gate,
    'leads.lead.list',
    { status: 'new', limit: 100 },
    { mode: 'read' },
    onWait,
  );
  if (listed.status === 423) return [];
  if (listed.status !== 200) throw new Error(`the leads cannot be listed: ${JSON.stringify(listed.body)}`);
  return (listed.body['output'] as { leads: Lead[] }).leads;
}

async function routeLead(gate: GateClient, lead: Lead, onWait: OnWait): Promise<Routing> {
  const { queue, confidence, explanation } = chooseQueue(lead, await knownSize(gate, lead, onWait));
  const because = { goal: 'Every lead reaches the right team.', explanation };
  // The lead is the intention, so a second run of this agent does not route it twice.
  const options = { mode: 'execute' as const, key: `route-${lead.id}`, confidence, because };
  const answer = await patiently(gate, 'leads.lead.route', { lead: lead.id, queue }, options, onWait);
  return {
    lead: lead.id,
    company: lead.company,
    queue,
    ...resultOf(answer),
    call: textOf(answer.body, 'call'),
  };
}

/** What is publicly known of the company's size; null when nobody knows, or the vendor does not answer. */
async function knownSize(
  gate: GateClient,
  { companyDomain, employees }: Lead,
  onWait: OnWait,
): Promise<number | null> {
  if (employees !== null || !companyDomain) return null;
  const answer = await patiently(
    gate,
    'enrichment.company.lookup',
    { domain: companyDomain },
    { mode: 'read' },
    onWait,
  );
  const output = answer.body['output'] as { employeesMin: number | null } | undefined;
  return output?.employeesMin ?? null;
}

async function announce(gate: GateClient, lead: Lead, queue: string, onWait: OnWait): Promise<void> {
  const text = `${lead.company ?? 'A lead'} went to ${queue} (${lead.id}).`;
  const because = { goal: 'The team sees new leads at once.', explanation: 'This lead was just routed.' };
  // A message that is not sent is no reason to stop routing.
  await patiently(
    gate,
    'chat.message.post',
    { channel: 'C0LEADS001', text },
    { mode: 'execute', key: `announce-${lead.id}`, because },
    onWait,
  );
}

function resultOf({ status, body }: GateAnswer): Pick<Routing, 'result' | 'why'> {
  const why = textOf(body, 'detail') || textOf(body, 'title');
  if (status === 200) return { result: 'routed', why: '' };
  if (status === 202) return { result: 'waits', why: `approval ${textOf(body, 'approval')}` };
  if (status === 423 || status === 503) return { result: 'stopped', why };
  return { result: body['code'] === 'indeterminate' ? 'unknown' : 'refused', why };
}

function textOf(body: Record<string, unknown>, key: string): string {
  const value = body[key];
  return typeof value === 'string' ? value : '';
}

/** Calls, and when the gate or the vendor says "later", waits as long as it says; a few times, not for ever. */
async function patiently(
  gate: GateClient,
  action: string,
  input: Record<string, unknown>,
  options: CallOptions,
  onWait: OnWait,
): Promise<GateAnswer> {
  for (let tries = 0; ; tries += 1) {
    const answer = await gate.call(action, input, options);
    const wait = Number(answer.headers.get('retry-after'));
    const later = answer.status === 429 || (answer.status === 502 && wait > 0);
    if (!later || tries === 5) return answer;
    onWait(action, Math.min(wait, 30));
    await new Promise((resolve) => setTimeout(resolve, Math.min(wait, 30) * 1000));
    // A vendor's refusal is recorded under its key; a new attempt is a new intention.
    if (answer.status === 502 && options.key !== undefined)
      options = { ...options, key: `${options.key}-${tries + 1}` };
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const local = JSON.parse(readFileSync(join(import.meta.dirname, '../.toolgate/local.json'), 'utf8')) as {
    gate: string;
    agents: Record<string, { client_id: string; client_secret: string }>;
  };
  const credentials = local.agents['lead-router'];
  if (!credentials) throw new Error('.toolgate/local.json knows no lead-router: run `npm start` first');
  const routed = await routeNewLeads(
    new GateClient(local.gate, credentials),
    ({ lead, queue, result, why }) => console.log(`${lead} ${queue} ${result} ${why}`),
  );
  if (routed.length === 0) console.log('No new lead waits for an agent.');
}
