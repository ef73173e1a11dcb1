import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { modes } from '../../../shared/contract.ts';
import { flagSchema } from '../../../shared/incidents.ts';
import { reasonCodes } from '../../../shared/rpc.ts';
import { faults } from '../../../workers/sandbox/faults.ts';
import { readYaml } from '../yaml-file.ts';

const name = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'lower-case letters, digits and hyphens');
const vendor = name.describe('A simulated vendor, such as intercom.');
const anything = z.record(z.string(), z.unknown());
const people = (what: string) => z.array(name).min(1).max(2).describe(what);
const says = z.string().min(5).describe('What this shows, as one sentence.');
const step = name.describe('Name of the step. `$name.output.post` in a later one is what this one answered.');

/** How many people must approve, and which policies say so. */
const ruling = {
  approvals: z
    .union([z.literal(1), z.literal(2)])
    .optional()
    .describe('People who must approve.'),
  by: z.array(z.string()).optional().describe('Exactly the policies that hold or deny it, in any order.'),
};

/** What became of a call, as far as a suite can say it beforehand. */
export const decisions = ['allowed', 'proposed', 'waiting', 'denied', 'refused'] as const;

const expectation = z
  .strictObject({
    decision: z
      .enum(decisions)
      .describe(
        '`allowed`: it ran. `proposed`: it would run. `waiting`: for people. `denied`: by policies. `refused`: anything else, with its `code`.',
      ),
    ...ruling,
    code: z.string().optional().describe('Code of the problem: invalid, limited, vendor-failed and so on.'),
    at: z.array(z.string()).optional().describe('JSON Pointers of what does not fit, in any order.'),
    claims: z.array(z.string()).optional().describe('Ids of the claims that were found, in any order.'),
    because: z.array(z.string()).optional().describe('Why, in the codes of the answer.'),
    output: anything.optional().describe('Fields that the answer must hold, at least.'),
    changes: z.array(z.string()).optional().describe('Of a proposal: the fields that it would change.'),
    would: z
      .strictObject({ decision: z.enum(['allow', 'approval', 'deny']), ...ruling })
      .optional()
      .describe('Of a proposal: what executing it would need.'),
  })
  .describe('What must become of it.');

const callStep = z.strictObject({
  step,
  says: says.optional(),
  agent: name.describe('Whose call it is.'),
  call: z.string().describe('Full name of the action.'),
  mode: z.enum(modes),
  input: anything.default({}).describe('What the agent sends.'),
  because: z.string().nullable().optional().describe('The explanation. Absent: a plain one. `null`: none.'),
  sources: z.array(z.string()).optional().describe('What the explanation rests on.'),
  confidence: z.int().min(0).max(100).optional().describe('Percent.'),
  key: name.optional().describe('Idempotency key within this run. Absent: one of its own.'),
  expect: expectation,
  outsideHours: z
    .strictObject(ruling)
    .optional()
    .describe('What differs outside the business hours of the agent’s manifest.'),
});
const postStep = z.strictObject({
  step,
  says: says.optional(),
  post: name.describe('A site to which a form is posted.'),
  form: z.record(z.string(), z.string()).describe('Its fields.'),
  expect: z.strictObject({ status: z.int().describe('HTTP status of the answer.') }),
});
const decideStep = z.strictObject({
  step,
  says: says.optional(),
  decide: name.describe('A step whose call waits.'),
  as: z.enum(['approve', 'reject']).default('approve'),
  by: people('Local people who decide, one after the other.'),
  reason: z.enum(reasonCodes).default('as-expected'),
  expect: expectation,
});
const undoStep = z.strictObject({
  step,
  says: says.optional(),
  undo: name.describe('A step whose call a person takes back.'),
  by: people('The local person who does.'),
  expect: z.strictObject({ outcome: z.string().describe('succeeded, failed and so on.') }),
});
const flagStep = z.strictObject({
  step,
  says: says.optional(),
  flag: name.describe('An agent that flags a security issue.'),
  about: flagSchema.shape.about,
  summary: flagSchema.shape.summary,
  expect: z.strictObject({
    taken: z.boolean().describe('Whether it is an incident now, a new one or a known one.'),
  }),
});
const faultStep = z.strictObject({
  step,
  says: says.optional(),
  fault: vendor,
  kind: z.enum(faults),
  times: z.int().min(1).max(100).default(1),
  method: z.enum(['GET', 'POST', 'PATCH', 'PUT', 'DELETE']).optional(),
});

const state = z.union([
  z.strictObject({
    vendor,
    record: z.string().describe('Type and id, such as conversations/2001.'),
    holds: anything.describe('Fields that the record must hold, at least.'),
  }),
  z.strictObject({
    vendor,
    changes: z
      .array(z.string())
      .describe('Every request of this run that changed something there, in order.'),
  }),
  z.strictObject({
    lead: z.string().describe('`$step.lead`.'),
    holds: anything.describe('Fields that the lead’s record must hold, at least.'),
  }),
]);

const head = {
  suite: name.describe('Name of the suite, and of its file.'),
  says,
  workflow: name.describe('The workflow that it is about.'),
  vendors: z
    .array(vendor)
    .default([])
    .describe('Simulated vendors that it reads or changes. Reset before it, where that is safe.'),
};
const after = z
  .array(state)
  .default([])
  .describe('What must be so at the vendors and in the inbox afterwards.');
const kinds = {
  call: callStep,
  post: postStep,
  decide: decideStep,
  undo: undoStep,
  flag: flagStep,
  fault: faultStep,
} as const;
type AnyStep = z.output<(typeof kinds)[keyof typeof kinds]>;

/** One step, held to the schema of its kind alone, so that a fault is told of what was meant. */
const anyStep = z.unknown().transform((raw, context): AnyStep => {
  const kind = Object.keys(kinds).find((key) => typeof raw === 'object' && raw !== null && key in raw);
  if (kind === undefined) {
    context.addIssue(`a step has one of ${Object.keys(kinds).join(', ')}`);
    return z.NEVER;
  }
  const parsed = kinds[kind as keyof typeof kinds].safeParse(raw);
  if (parsed.success) return parsed.data;
  for (const { path, message } of parsed.error.issues) context.addIssue({ code: 'custom', path, message });
  return z.NEVER;
});

/** A suite of recorded calls, with the decisions and the vendors' state that they must lead to. */
export const suiteSchema = z.strictObject({ ...head, steps: z.array(anyStep).min(1), after });

/** The same for editors, which choose among the kinds of steps themselves. */
export const suiteEditorSchema = z.strictObject({
  ...head,
  steps: z
    .array(z.union(Object.values(kinds)))
    .min(1)
    .describe('What happens, in order.'),
  after,
});
export type Suite = z.output<typeof suiteSchema>;
export type Step = Suite['steps'][number];
export type CallStep = z.output<typeof callStep>;
export type DecideStep = z.output<typeof decideStep>;
export type Expectation = z.output<typeof expectation>;
export type State = Suite['after'][number];

/** A suite and where it came from. */
export interface SuiteFile {
  suite: Suite;
  /** Absolute. */
  path: string;
  text: string;
}

export type SuitesRead = { ok: true; suites: SuiteFile[] } | { ok: false; errors: string[] };

/** Every suite of `examples/suites`, by name. Each error names file, line, place and remedy. */
export function readSuites(root: string): SuitesRead {
  const folder = join(root, 'examples/suites');
  const files = readdirSync(folder)
    .filter((file) => file.endsWith('.yaml'))
    .sort();
  const errors: string[] = [];
  const suites = files.flatMap((file): SuiteFile[] => {
    const path = join(folder, file);
    const text = readFileSync(path, 'utf8');
    const shown = `examples/suites/${file}`;
    const suite = readYaml({ path: shown, text }, suiteSchema, errors, (read) => faultsOf(read, file));
    return suite ? [{ suite, path, text }] : [];
  });
  return errors.length > 0 ? { ok: false, errors } : { ok: true, suites };
}

function faultsOf({ suite, steps }: Suite, file: string): { path: PropertyKey[]; detail: string }[] {
  const faults = steps.flatMap((one, index) => {
    const before = new Set(steps.slice(0, index).map((earlier) => earlier.step));
    const named = 'decide' in one ? one.decide : 'undo' in one ? one.undo : undefined;
    const detail = before.has(one.step)
      ? 'two steps have this name'
      : named !== undefined && !before.has(named)
        ? `no step before it is named "${named}"`
        : undefined;
    return detail === undefined ? [] : [{ path: ['steps', index], detail }];
  });
  return `${suite}.yaml` === file ? faults : [{ path: ['suite'], detail: `the file is ${file}` }, ...faults];
}
