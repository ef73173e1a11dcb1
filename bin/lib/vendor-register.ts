/** What people wrote down of each vendor: `governance/vendors.yaml`. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { readYaml, type Fault } from './yaml-file.ts';

/** Something that was looked up, with the page and the day; or what nobody has found a page for. */
const fact = z.union([
  z.strictObject({
    says: z.string().min(10).max(500).describe('What the page says, in our own words.'),
    /** An address, or a page of this repository. */
    source: z
      .string()
      .regex(/^(https:\/\/\S{1,300}|docs\/[a-z-]+\.md)$/, 'an https address, or docs/….md')
      .describe('The page: its address, or one of docs/.'),
    read: z.iso.date().describe('The day on which it was looked at.'),
  }),
  z.strictObject({
    unverified: z.string().min(10).max(500).describe('What nobody has found a page for.'),
  }),
]);
export type VendorFact = z.output<typeof fact>;

const entry = z.strictObject({
  residency: fact.describe('Where the vendor keeps the data.'),
  subprocessors: fact.describe('Who else gets it.'),
  logging: fact.describe('What is logged of requests and content, and for how long it is kept.'),
  memory: fact.describe('Whether the vendor learns from it, and how that is turned off.'),
});
export type VendorEntry = z.output<typeof entry>;

/** By tool. */
export const registerSchema = z.record(z.string().regex(/^[a-z]+$/, 'the name of a tool'), entry);
export type Register = z.output<typeof registerSchema>;

/** The four questions of an entry, in the order in which they are shown. */
export const questions = {
  residency: 'Residency',
  subprocessors: 'Sub-processors',
  logging: 'Logging and retention',
  memory: 'Memory and training',
} as const satisfies Record<keyof VendorEntry, string>;

export const registerPath = 'governance/vendors.yaml';

export type ReadRegister = { ok: true; register: Register } | { ok: false; errors: string[] };

/** Reads the register under `root`, which has one entry for each of `tools` and no other. */
export function readRegister(root: string, tools: readonly string[]): ReadRegister {
  const text = readFileSync(join(root, registerPath), 'utf8');
  const errors: string[] = [];
  const register = readYaml({ path: registerPath, text }, registerSchema, errors, (held) =>
    unmatched(held, tools),
  );
  return register && errors.length === 0 ? { ok: true, register } : { ok: false, errors };
}

function unmatched(register: Register, tools: readonly string[]): Fault[] {
  const missing = tools.filter((tool) => !Object.hasOwn(register, tool));
  const unknown = Object.keys(register).filter((tool) => !tools.includes(tool));
  return [
    ...missing.map((tool) => ({
      path: [],
      detail: `the tool ${tool} has no entry: write what is known of its vendor`,
    })),
    ...unknown.map((tool) => ({ path: [tool], detail: 'there is no such tool' })),
  ];
}
