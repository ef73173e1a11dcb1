import { send, type Shot } from './client.ts';
import { agents, type Gate } from './gate.ts';
import type { Workerd } from './workerd.ts';

export const caseNames = [
  'hello',
  'floor',
  'floor-two-visits',
  'read',
  'read-person',
  'find-person',
  'execute',
  'execute-4-agents',
] as const;
export type CaseName = (typeof caseNames)[number];

export interface Case {
  name: CaseName;
  /** The process that does the work, to read its use of CPU and disk from. */
  pid: number;
  /** Concurrencies it is measured at. */
  at: readonly number[];
  prepare: () => Promise<void>;
  next: () => Shot;
}

const because = {
  goal: 'Tell sales about a new lead',
  explanation: 'The lead asked for a demo and its company fits the segment',
  sources: ['lead_01K4ZQ8M3V7X2N5B9C6D1F0G8H'],
};
export const readBody = JSON.stringify({ mode: 'read', input: { id: '1001' }, because, confidence: 90 });
export const executeBody = JSON.stringify({
  mode: 'execute',
  input: { channel: 'C0BENCH001', text: 'A lead from acme.example was routed to the enterprise queue' },
  because,
  confidence: 90,
});

let keys = 0;
/** Never the same twice in a run: a replayed answer would be measured instead of a call. */
export function freshKey(): string {
  keys += 1;
  return `bench-${process.pid}-${keys}`;
}

/** All that is measured, floor first, so that each round compares neighbours in time. */
export function allCases(floor: Workerd, gate: Gate): Case[] {
  const both = [1, 50] as const;
  const [one] = agents;
  const governed = { pid: gate.workerd.pid, prepare: async () => renewAll(gate) };
  return [
    { name: 'hello', at: both, ...bare(floor, 'hello') },
    { name: 'floor', at: both, ...bare(floor, 'floor') },
    { name: 'floor-two-visits', at: both, ...bare(floor, 'floor-two-visits') },
    { name: 'read', at: both, ...governed, next: () => read(gate, one) },
    { name: 'read-person', at: both, ...governed, next: () => readPerson(gate, one) },
    {
      name: 'find-person',
      at: both,
      pid: gate.workerd.pid,
      prepare: async () => {
        await renewAll(gate);
        person = await addressOf(gate, one);
      },
      next: () => findPerson(gate, one, person),
    },
    { name: 'execute', at: both, ...governed, next: () => execute(gate, one) },
    { name: 'execute-4-agents', at: [50], ...governed, next: () => execute(gate, nextAgent()) },
  ];
}

function bare(floor: Workerd, path: string): Pick<Case, 'pid' | 'prepare' | 'next'> {
  const port = floor.ports[path === 'hello' ? 'hello' : 'front'] ?? 0;
  const headers = { 'content-type': 'application/json' };
  const shot = { port, path: `/${path}`, headers, body: executeBody };
  return { pid: floor.pid, prepare: async () => Promise.resolve(), next: () => shot };
}

async function renewAll(gate: Gate): Promise<void> {
  await Promise.all(Object.values(gate.clients).map(async (client) => client.renew()));
}

function read(gate: Gate, agent: string): Shot {
  return clientOf(gate, agent).call('crm', 'company.read', readBody, null);
}

/** The mail address of the bench's person, as an agent gets it. */
let person = '';

function readPerson(gate: Gate, agent: string): Shot {
  return clientOf(gate, agent).call('crm', 'contact.read', readBody, null);
}

function findPerson(gate: Gate, agent: string, email: string): Shot {
  const body = JSON.stringify({ mode: 'read', input: { email, limit: 1 }, because, confidence: 90 });
  return clientOf(gate, agent).call('crm', 'contact.search', body, null);
}

async function addressOf(gate: Gate, agent: string): Promise<string> {
  const { status, body } = await send(readPerson(gate, agent));
  if (status !== 200) throw new Error(`no person to look for: ${status} ${body}`);
  return (JSON.parse(body) as { output: { email: string } }).output.email;
}

export function execute(gate: Gate, agent: string): Shot {
  return clientOf(gate, agent).call('chat', 'message.post', executeBody, freshKey());
}

function clientOf(gate: Gate, agent: string): Gate['clients'][string] {
  const client = gate.clients[agent];
  if (!client) throw new Error(`${agent}: no such agent in the bench`);
  return client;
}

let turn = 0;
function nextAgent(): string {
  turn += 1;
  return agents[turn % agents.length] ?? agents[0];
}
