import { z } from 'zod';
import { isTarget, type Target } from '../../flags/targets.ts';
import { parseFeatures } from '../../flags/unleash.ts';
import { canonical } from '../../shared/canonical.ts';
import { directorySchema } from '../../shared/directory.ts';
import { faultsOf, pointer } from '../../shared/faults.ts';
import { governanceVersion, type Governance } from '../../shared/governance.ts';
import { manifestSchema } from '../../shared/manifest.ts';
import { rightsSchema } from '../../shared/rights.ts';
import { sharedLimitsSchema } from '../../shared/shared-limits.ts';
import type { Fault } from '../../shared/problems.ts';
import { isId } from '../../shared/ids.ts';
import type { ApplyTerms } from './governing.ts';
import { receiptStatuses, type ReceiptQuery, type Result } from '../../shared/rpc.ts';

/** Any word will do: an emergency is no time to be told to write more. */
const reason = z.string().trim().min(1, 'says why, in a word at least').max(500);

const stopInput = z.strictObject({
  target: z.string(),
  reason,
  cancel: z.boolean().optional(),
  /** Whether the answer waits a moment for the confirmation; a caller that watches the receipt need not. */
  wait: z.boolean().optional(),
});

export interface StopInput {
  target: Target;
  reason: string;
  cancel: boolean;
  wait: boolean;
}

/** The body of a stop. */
export function checkStop(input: unknown): Result<StopInput> {
  const parsed = stopInput.safeParse(input);
  if (!parsed.success) return invalid(faultsOf(parsed.error));
  const { target, reason, cancel = false, wait = true } = parsed.data;
  return isTarget(target) ? { ok: true, value: { target, reason, cancel, wait } } : badTarget();
}

/** The target of a preview. */
export function checkTarget(target: string): Result<Target> {
  return isTarget(target) ? { ok: true, value: target } : badTarget();
}

export interface ResumeInput {
  target: Target;
  reason: string;
  alone: boolean;
}

/** The target in the address and the body of a resume. */
export function checkResume(target: string, input: unknown): Result<ResumeInput> {
  const parsed = z.strictObject({ reason, alone: z.boolean().optional() }).safeParse(input);
  if (!parsed.success) return invalid(faultsOf(parsed.error));
  const { reason: why, alone = false } = parsed.data;
  return isTarget(target) ? { ok: true, value: { target, reason: why, alone } } : badTarget();
}

const setVersion = z.string().regex(/^ps_[0-9a-f]{32}$/);

/** The version in the address and the body of an approval of a waiting policy set, or of a rollback to an earlier one. */
export function checkApproval(version: string, input: unknown): Result<{ version: string; reason: string }> {
  const parsed = z.strictObject({ reason }).safeParse(input);
  if (!parsed.success) return invalid(faultsOf(parsed.error));
  return setVersion.safeParse(version).success
    ? { ok: true, value: { version, reason: parsed.data.reason } }
    : badVersion();
}

const receiptQuery = z.strictObject({
  target: z.string().refine(isTarget, 'is no target').optional(),
  status: z.enum(receiptStatuses).optional(),
  since: z.iso.datetime({ offset: true }).optional(),
  limit: z.int().min(1).max(500).optional(),
  after: z
    .string()
    .refine((text) => isId('rcpt', text), 'is no id of a receipt')
    .optional(),
});

/** What a list of receipts is filtered by. */
export function checkReceiptQuery(input: unknown): Result<ReceiptQuery> {
  const parsed = receiptQuery.safeParse(input);
  if (!parsed.success) return invalid(faultsOf(parsed.error));
  return { ok: true, value: parsed.data as ReceiptQuery };
}

const policy = z.strictObject({
  id: z.string().min(1),
  reason: z.string().min(1),
  json: z.looseObject({ effect: z.enum(['permit', 'forbid']), conditions: z.array(z.unknown()) }),
  text: z.string().max(20_000).optional(),
});

const governance = z.looseObject({
  version: setVersion,
  policies: z.array(policy).min(1),
  contracts: z.record(z.string(), z.string().regex(/^[0-9a-f]{64}$/)),
  manifests: z.record(z.string(), manifestSchema),
  shared: sharedLimitsSchema.optional(),
  rights: rightsSchema.optional(),
  people: directorySchema.optional(),
});

/** A compiled policy set: its shape, whole, and that its version is the hash of its content. */
export function checkGovernance(input: unknown): Result<Governance> {
  const parsed = governance.safeParse(input);
  if (!parsed.success) return invalid(faultsOf(parsed.error));
  const partial = partialFaults(parsed.data, input as Governance);
  if (partial.length > 0) return invalid(partial);
  const { version, ...content } = input as Governance;
  if (version !== governanceVersion(content)) {
    return invalid([{ pointer: '/version', detail: 'is not the hash of the content; compile it again' }]);
  }
  return { ok: true, value: input as Governance };
}

/** The parts of a set that have defaults. */
type Defaulted = Pick<z.output<typeof governance>, 'manifests' | 'shared' | 'rights' | 'people'>;

/** What is applied is what was sent, so defaults must be filled in: whoever reads a set in force reads every key of it. */
function partialFaults(whole: Defaulted, sent: Defaulted): Fault[] {
  const parts: [path: string[], whole: unknown, sent: unknown][] = [
    ...Object.keys(whole.manifests).map((agent): [string[], unknown, unknown] => [
      ['manifests', agent],
      whole.manifests[agent],
      sent.manifests[agent],
    ]),
    [['shared'], whole.shared, sent.shared],
    [['rights'], whole.rights, sent.rights],
    [['people'], whole.people, sent.people],
  ];
  return parts
    .filter(([, is, was]) => canonical(is ?? null) !== canonical(was ?? null))
    .map(([path]) => ({
      pointer: pointer(path),
      detail: 'leaves out what has a default; compile it again',
    }));
}

const applyTerms = z.strictObject({
  over: z.union([setVersion, z.literal('none')], 'is the version in force, or none').optional(),
  reason: reason.optional(),
});

/** What comes with a policy set: `over`, the version in force that its author saw or `none`, and the reason. */
export function checkTerms(input: unknown): Result<ApplyTerms> {
  const parsed = applyTerms.safeParse(input);
  if (!parsed.success) return invalid(faultsOf(parsed.error));
  const { over, reason: why = null } = parsed.data;
  return { ok: true, value: { over: over === 'none' ? null : over, reason: why } };
}

const setQuery = z.strictObject({
  limit: z.int().min(1).max(100).default(20),
  after: z.coerce.number().int().min(1).optional(),
});

/** Which part of the history of policy sets is asked for. */
export function checkSetQuery(input: unknown): Result<{ limit: number; before: number | null }> {
  const parsed = setQuery.safeParse(input);
  if (!parsed.success) return invalid(faultsOf(parsed.error));
  return { ok: true, value: { limit: parsed.data.limit, before: parsed.data.after ?? null } };
}

/** A version in an address; `in-force` is the one that is, as null. */
export function checkVersion(version: string): Result<string | null> {
  if (version === 'in-force') return { ok: true, value: null };
  return setVersion.safeParse(version).success ? { ok: true, value: version } : badVersion();
}

/** An agent's name in an address. */
export function checkAgent(agent: string): Result<string> {
  if (manifestSchema.shape.agent.safeParse(agent).success) return { ok: true, value: agent };
  return invalid([{ pointer: '/agent', detail: 'is the name of an agent' }]);
}

/** Without `segments`, which the embedded source has none of, and without strategies that are drawn by chance. */
const strategy = z.strictObject({
  name: z.enum(['default', 'flexibleRollout', 'userWithId']),
  parameters: z.record(z.string(), z.string()).optional(),
  constraints: z
    .array(z.looseObject({ contextName: z.string(), operator: z.string() }))
    .max(20)
    .optional(),
});
const flagInput = z.strictObject({
  enabled: z.boolean(),
  strategies: z.array(strategy).max(20).default([]),
  reason,
});
export type FlagInput = z.output<typeof flagInput>;

/** The body of a flag's setting: on or off, for whom (Unleash's own JSON form; none: everybody), and why. */
export function checkFlag(input: unknown): Result<FlagInput> {
  const parsed = flagInput.safeParse(input);
  if (!parsed.success) return invalid(faultsOf(parsed.error));
  const { strategies } = parsed.data;
  const text = JSON.stringify({ features: [{ name: 'flag', enabled: true, strategies }] });
  if (parseFeatures(text)) return { ok: true, value: parsed.data };
  return invalid([{ pointer: '/strategies', detail: "are not in the form of Unleash's client API" }]);
}

function badVersion<T>(): Result<T> {
  return invalid([{ pointer: '/version', detail: 'is the version of a policy set, ps_ and 32 hex digits' }]);
}

function badTarget<T>(): Result<T> {
  return invalid([
    {
      pointer: '/target',
      detail: 'is one of: all, workflow:<name>, agent:<name>, tool:<name>, action:<tool.object.verb>',
    },
  ]);
}

function invalid<T>(errors: Fault[]): Result<T> {
  return { ok: false, problem: { code: 'invalid', errors } };
}
