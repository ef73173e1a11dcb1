/** Looks for people's raw values wherever the gate keeps or shows something, but in the vault and at the vendors. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { RedGate } from './gate.ts';
import type { PersonalValue, Search } from './personal.ts';

/** A raw value where none may be. */
export interface Leak {
  where: string;
  class: string;
  /** Its first characters: this is shown in logs. */
  begins: string;
  /** What stands before it. */
  after: string;
}

/** Storage that may hold people's data: the vault, sealed though it is, and the sandbox, which plays the vendors. */
const exempt = /\/toolgate-(?:vault|sandbox)-/;

/** Every file of the gate's storage, logs too; the gate should have ended. */
export function leaksInFiles(
  folder: string,
  search: Search,
): { leaks: Leak[]; files: number; bytes: number } {
  const all = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name));
  const files = all.filter((path) => statSync(path).isFile() && isLookedAt(path));
  const leaks: Leak[] = [];
  let bytes = 0;
  for (const path of files) {
    const content = readFileSync(path);
    bytes += content.length;
    leaks.push(...found(relative(folder, path), content, search));
  }
  return { leaks, files: files.length, bytes };
}

/** The Workers' own code and configuration hold no data, and are most of the bytes. */
function isLookedAt(path: string): boolean {
  return (path.includes('/storage/') || path.endsWith('.log')) && !exempt.test(path);
}

/** The audit log's export, the lists that people's programs read, and every page of the console that a link leads to. */
export async function leaksShown(
  gate: RedGate,
  search: Search,
  pages: number,
): Promise<{ leaks: Leak[]; looked: string[] }> {
  const leaks: Leak[] = [];
  const looked: string[] = [];
  const look = async (path: string): Promise<string> => {
    const text = await shown(gate, path);
    looked.push(path);
    leaks.push(...found(path, Buffer.from(text), search));
    return text;
  };
  for (const path of lists) await look(`/ops/v1/${path}`);
  const queue = ['/console'];
  for (let next = queue.shift(); next !== undefined && looked.length < pages; next = queue.shift()) {
    const links = [...(await look(next)).matchAll(/href="(\/console[^"#]*)"/g)].map(([, href = '']) => href);
    const fresh = links
      .map((href) => href.replaceAll('&amp;', '&'))
      .filter((href) => !known(href, queue, looked));
    queue.push(...new Set(fresh));
  }
  return { leaks, looked };
}

const lists = [
  'journal/export',
  'calls',
  'approvals',
  'approvals?status=waiting',
  'incidents',
  'leads?site=acme-web&limit=200',
  'leads/errors?site=acme-web',
];

function known(href: string, queue: readonly string[], looked: readonly string[]): boolean {
  return queue.includes(href) || looked.includes(href) || /assets|sign-out/.test(href);
}

async function shown(gate: RedGate, path: string): Promise<string> {
  const token = gate.local.people['auditor']?.token ?? '';
  const headers = path.startsWith('/console')
    ? { 'cf-access-jwt-assertion': token }
    : { authorization: `Bearer ${token}` };
  const answer = await fetch(gate.origin + path, { headers, redirect: 'manual' });
  return answer.text();
}

/** What the gate told its own people. */
export function leaksInNotices(gate: RedGate, search: Search): Leak[] {
  const notices = gate.witness.sent.filter(
    ({ notice, host }) => notice || host === 'receiver.sandbox.example',
  );
  return notices.flatMap(({ host, path, body }) =>
    found(`notice to ${host}${path}`, Buffer.from(body), search),
  );
}

function found(where: string, bytes: Buffer, search: Search): Leak[] {
  return search.in(bytes).map(({ of, at }) => ({ where, ...shownOf(of), after: before(bytes, at) }));
}

function shownOf({ class: cls, value }: PersonalValue): { class: string; begins: string } {
  return { class: cls, begins: value.slice(0, 4) };
}

function before(bytes: Buffer, at: number): string {
  return bytes
    .subarray(Math.max(0, at - 60), at)
    .toString('latin1')
    .replace(/[^ -~]/g, '.');
}

/** Leaks by place and class, for a report: `where` without ids. */
export function counted(leaks: readonly Leak[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { where, class: cls } of leaks) {
    const place = where.replace(/[0-9a-f]{32,}|[a-z]+_[0-9A-Z]{26}/g, '…');
    const key = `${place}: ${cls}`;
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}
