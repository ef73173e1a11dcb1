import { contracts } from '../../workers/tools/catalogue.ts';
import type { Fault } from '../../workers/sandbox/faults.ts';
import { ask, type GateAnswer } from './client.ts';
import { misuse, unanswered, type Invocation } from './command.ts';
import type { Report } from './output.ts';

/** A simulated vendor, as the simulator's own index names it. */
export interface Simulated {
  vendor: string;
  /** Origin of the real one. */
  looksLike: string;
  types: string[];
}

/** What one simulated vendor holds. */
export interface Summary {
  origin: string;
  /** Records by type. */
  records: Record<string, number>;
  faults: Fault[];
  requests: number;
}

export type Found<T> = { ok: true; value: T } | { ok: false; report: Report };

const noSandbox =
  'Only a gate with a simulator has this: npm start starts one here; --gate URL names another.';

/** Every simulated vendor of the gate. */
export async function simulatedVendors(call: Invocation): Promise<Found<Simulated[]>> {
  const answer = await simulator<unknown>(call, 'GET', '');
  // What answers there may be any host: a list of vendors is a simulator, and nothing else is.
  if (answer.ok && !isIndex(answer.value)) return { ok: false, report: nothingSimulated(call) };
  return answer as Found<Simulated[]>;
}

/** The one that a name means: the vendor's, or that of the tool that reaches it. Without a name: all. */
export async function vendorsNamed(call: Invocation, name: string | undefined): Promise<Found<Simulated[]>> {
  const all = await simulatedVendors(call);
  if (!all.ok || name === undefined) return all;
  const tool = contracts.find((contract) => contract.tool === name);
  const one = all.value.find(({ vendor }) => vendor === (tool?.vendor.toLowerCase() ?? name));
  if (one) return { ok: true, value: [one] };
  const names = all.value.map(({ vendor }) => `${vendor}${toolOf(vendor, ' (', ')')}`);
  return { ok: false, report: misuse(`No vendor "${name}" is simulated. There are: ${names.join(', ')}.`) };
}

/** The tool that reaches a vendor, between two texts; nothing if there is none. */
export function toolOf(vendor: string, before = '', after = ''): string {
  const found = contracts.find((contract) => contract.vendor.toLowerCase() === vendor);
  return found ? `${before}${found.tool}${after}` : '';
}

/** Asks the same of each vendor, one after the other. */
export async function askEach<T>(
  call: Invocation,
  name: string | undefined,
  method: 'GET' | 'POST',
  page: string,
): Promise<Found<[vendor: string, answer: T][]>> {
  const vendors = await vendorsNamed(call, name);
  if (!vendors.ok) return vendors;
  const answers: [string, T][] = [];
  for (const { vendor } of vendors.value) {
    const answer = await simulator<T>(call, method, `/${vendor}${page}`);
    if (!answer.ok) return answer;
    answers.push([vendor, answer.value]);
  }
  return { ok: true, value: answers };
}

/** Asks the simulator's own pages; `credential` for what only people may do. The others hold invented data and no secret. */
export async function simulator<T>(
  call: Invocation,
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  body?: unknown,
  credential?: string,
): Promise<Found<T>> {
  const { gate } = call.access;
  const url = new URL(`/simulator${path}`, gate);
  const sent = body !== undefined && { body: JSON.stringify(body) };
  const headers = credential === undefined ? {} : { authorization: `Bearer ${credential}` };
  const answer: GateAnswer<T> = await ask<T>(url, { method, headers, ...sent });
  if (answer.kind === 'ok') return { ok: true, value: answer.value };
  const absent = answer.kind === 'refused' && answer.problem.status === 404;
  return { ok: false, report: absent ? nothingSimulated(call) : unanswered(answer, gate) };
}

function isIndex(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.every((one) => typeof (one as Partial<Simulated> | null)?.vendor === 'string')
  );
}

function nothingSimulated({ access: { gate } }: Invocation): Report {
  const detail = `No vendor is simulated at ${gate}.`;
  return { text: `${detail}\n${noSandbox}`, json: { error: 'no-simulator', gate, next: noSandbox }, exit: 1 };
}
