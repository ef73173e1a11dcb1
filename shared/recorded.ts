import { canonical } from './canonical.ts';
import { isIrreversible, type KnownAction, type Mode } from './contract.ts';
import { noClaims, type FoundClaims } from './claims.ts';
import type { PolicyQuestion } from './cedar/request.ts';
import { noOrigins, originsRecorded, type Origins } from './origins.ts';
import { noReleases, type ReleaseSets } from './releases.ts';
import type { EntryData } from './journal.ts';
import { mask } from './mask.ts';
import { measure, type Measured } from './measures.ts';

/**
 * What the journal keeps of a question to the policies besides the call itself, so that the same question can be asked again.
 * The rest is elsewhere: agent, user, action, mode, input (masked) and confidence in the entry; groups, sensitivity and contract
 * in the contract that the policy version pins; the time is the entry's.
 */
export interface RecordedContext {
  environment: string;
  explained: boolean;
  launchWeek: boolean;
  /** Masked by the contract; absent: the action has none. */
  facts?: unknown;
  /** Measures that masked values no longer tell. */
  measured?: Partial<Countable>;
  /** Ids of the claims that its texts made: masked texts no longer tell. Absent: none. */
  claims?: { forbidden: string[]; doubtful: string[] };
  /** What of people it let out; absent: nothing. */
  releases?: ReleaseSets;
  /** Where its arguments came from, and what the agent had read. Absent: nothing that would matter. */
  origins?: Origins;
}

/** Measures that name nobody. Accounts, campaigns and regions are read from the masked values only. */
type Countable = Pick<Measured, (typeof countable)[number]>;
const countable = ['spend', 'currency', 'recipients', 'records', 'consent'] as const;

/** What to journal of a question. `input`: the call's, masked already. Pure. */
export function recordedContext(
  action: KnownAction,
  question: PolicyQuestion,
  input: unknown,
): RecordedContext {
  const { environment, explained, launchWeek } = question;
  const facts = action.factsSchema && mask(question.facts, action.factsSchema);
  const measured =
    action.measures && untold(question.measured, measure(action, valuesOf(input), valuesOf(facts)));
  return {
    environment,
    explained,
    launchWeek,
    ...(facts !== undefined && { facts }),
    ...(measured && { measured }),
    ...claimsMade(question.claims),
    ...(question.releases.classes.length > 0 && { releases: question.releases }),
    ...(canonical(question.origins) !== canonical(noOrigins) && { origins: question.origins }),
  };
}

function claimsMade({ forbidden, doubtful }: FoundClaims): Pick<RecordedContext, 'claims'> {
  const ids = (found: FoundClaims['forbidden']): string[] => [...new Set(found.map(({ claim }) => claim))];
  if (forbidden.length + doubtful.length === 0) return {};
  return { claims: { forbidden: ids(forbidden), doubtful: ids(doubtful) } };
}

function releasesAsked(recorded: unknown): ReleaseSets {
  if (!isObject(recorded)) return noReleases;
  const texts = (set: unknown): string[] =>
    (Array.isArray(set) ? set : []).filter((one) => typeof one === 'string');
  const { classes, toOthers, sources } = recorded;
  return { classes: texts(classes), toOthers: texts(toOthers), sources: texts(sources) };
}

/** As they were found then; what another manifest would find in a masked text nobody can tell. */
function claimsAsked(recorded: unknown): FoundClaims {
  if (!isObject(recorded)) return noClaims;
  const found = (ids: unknown): FoundClaims['forbidden'] =>
    (Array.isArray(ids) ? ids : [])
      .filter((id) => typeof id === 'string')
      .map((claim) => ({ claim, field: '', reason: '', instead: '' }));
  return { forbidden: found(recorded['forbidden']), doubtful: found(recorded['doubtful']) };
}

function untold(real: Measured, told: Measured): Partial<Countable> | undefined {
  const differing = countable.filter((name) => real[name] !== told[name]);
  return differing.length > 0 ? Object.fromEntries(differing.map((name) => [name, real[name]])) : undefined;
}

/** Why a recorded question cannot be asked again. */
export type Unaskable = 'no-context' | 'unreadable';

/**
 * The question that an entry of the journal recorded, with masked values where it masked them. `action`: by the contract that
 * its policy version pinned. `at`: the entry's time, Unix ms. Refuses what was recorded before contexts were. Pure.
 */
export function recordedQuestion(
  data: EntryData,
  action: KnownAction,
  at: number,
): { ok: true; question: PolicyQuestion } | { ok: false; why: Unaskable } {
  const { asked, agent, mode, input, user, confidence } = data;
  if (!isObject(asked)) return { ok: false, why: 'no-context' };
  const { environment, explained, launchWeek } = asked;
  if (typeof agent !== 'string' || typeof environment !== 'string' || !isObject(input)) {
    return { ok: false, why: 'unreadable' };
  }
  const facts = valuesOf(asked['facts']) as PolicyQuestion['facts'];
  const { groups, sensitivity, clearance, hash, name } = action;
  return {
    ok: true,
    question: {
      agent,
      user: typeof user === 'string' ? user : null,
      action: name,
      groups,
      sensitivity,
      clearance,
      irreversible: isIrreversible(action),
      contract: hash,
      mode: mode as Mode,
      environment,
      input,
      facts,
      measured: { ...measure(action, input, facts), ...(asked['measured'] as Partial<Measured> | undefined) },
      explained: explained === true,
      launchWeek: launchWeek === true,
      claims: claimsAsked(asked['claims']),
      releases: releasesAsked(asked['releases']),
      origins: originsRecorded(asked['origins']),
      confidence: typeof confidence === 'number' ? confidence : null,
      now: at,
    },
  };
}

function valuesOf(value: unknown): Record<string, unknown> {
  return isObject(value) ? value : {};
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
