import { modeRank } from './contract.ts';
import type { Grant, Manifest } from './manifest.ts';
import { amountIn } from './money.ts';

/** The headings under which a manifest is told. */
export const topics = {
  purpose: 'What it is for',
  owners: 'Who answers for it',
  may: 'What it may do',
  where: 'Where',
  bounds: 'How much, at most',
  people: 'When people come in',
  model: 'What is behind it, and what is kept',
} as const;
export type Topic = keyof typeof topics;

/** One thing that a manifest says, in words, and what a change of it would mean. */
export interface Statement {
  /** The same in two versions of a manifest. */
  key: string;
  topic: Topic;
  label: string;
  value: string;
  /** A right: more of it is a gain. A bound: less of it is one. The rest just changes. */
  kind: 'right' | 'bound' | 'about';
  /** How large a right or bound is, where that can be compared. */
  size?: number;
  /** What a list holds, so that each entry can be told by itself, in words with `{}` for it. */
  items?: readonly string[];
  each?: string;
}

/** All that a manifest says, in the order of the headings. Pure. */
export function statements(manifest: Manifest): Statement[] {
  return [
    ...purpose(manifest),
    ...owners(manifest),
    ...manifest.grants.flatMap(grantStatements),
    ...places(manifest),
    ...bounds(manifest),
    ...people(manifest),
    ...model(manifest),
  ];
}

function about(topic: Topic, label: string, value: string, key = label): Statement {
  return { key, topic, label, value, kind: 'about' };
}

function purpose({ mission, workflow, steps, acceptance, risk, sensitivity }: Manifest): Statement[] {
  return [
    about('purpose', 'mission', mission.trim()),
    about('purpose', 'workflow', workflow),
    ...steps.map(({ step, does, by }) => about('purpose', `step ${step}`, `${does} (${by})`)),
    ...acceptance.map((line) => about('purpose', 'is right when', line, `acceptance ${line}`)),
    about('purpose', 'risk class', risk),
    about('purpose', 'data, at most', sensitivity),
  ];
}

function owners({ owners, contacts }: Manifest): Statement[] {
  const named = ({ name, email }: Manifest['owners']['business']): string => `${name} <${email}>`;
  return [
    about('owners', 'for what it does', named(owners.business)),
    about('owners', 'for how it runs', named(owners.technical)),
    about('owners', 'in an incident', contacts.incident),
  ];
}

function grantStatements({ action, mode, fields, returns }: Grant): Statement[] {
  const right = { topic: 'may', kind: 'right' } as const;
  return [
    { ...right, key: `grant ${action}`, label: mode, value: action, size: modeRank(mode) },
    ...(mode === 'read' ? [] : [named('may set', action, fields)]),
    named('receives', action, returns),
  ];
}

/** A list of fields; absent means all of them, which is more than any list. */
function named(does: string, action: string, items: readonly string[] | undefined): Statement {
  const label = `${does} of ${action}`;
  const each = `${does} {} of ${action}`;
  const right = { key: label, topic: 'may', label, kind: 'right', each } as const;
  if (!items) return { ...right, value: 'every field', size: Number.MAX_SAFE_INTEGER };
  return { ...right, value: items.join(', '), size: items.length, items };
}

function places(manifest: Manifest): Statement[] {
  const { environments, hours, approved, sites } = manifest;
  return [
    listed('environments', 'runs in', environments),
    ...optional('sources', 'reads from', manifest.sources),
    ...optional('destinations', 'writes to', manifest.destinations),
    ...optional('webhook', 'is told how held calls end at', manifest.webhook?.split(' ')),
    ...Object.entries(approved).map(([name, items]) => ({
      ...listed(name, `approved ${name}`, items),
      each: `the approved ${name.replace(/s$/, '')} {}`,
    })),
    about('where', 'business hours', `${hours.days.join(' ')}, ${hours.from} to ${hours.to}, ${hours.zone}`),
    ...sites.flatMap(({ id, origins, rules }) => [
      listed(`site ${id}`, `takes leads of ${id} from`, origins),
      listed(
        `rules ${id}`,
        `routes leads of ${id} by`,
        rules.map(({ id, queue }) => `${id} to ${queue}`),
      ),
    ]),
  ];
}

function listed(key: string, label: string, items: readonly string[]): Statement {
  const value = items.length > 0 ? items.join(', ') : 'none';
  return { key, topic: 'where', label, value, kind: 'right', size: items.length, items, each: `${label} {}` };
}

function optional(key: string, label: string, items: readonly string[] | undefined): Statement[] {
  return items ? [listed(key, label, items)] : [];
}

function bounds({ limits, budgets, radius }: Manifest): Statement[] {
  const bound = { topic: 'bounds', kind: 'bound' } as const;
  return [
    ...limits.map(({ action, max, per }) => ({
      ...bound,
      key: `limit ${action} ${per}`,
      label: action === '*' ? 'all calls' : action,
      value: `${max} per ${seconds(per)}`,
      size: max,
    })),
    ...budgets.map((budget) => ({
      ...bound,
      key: `budget ${JSON.stringify({ ...budget, max: 0 })}`,
      label: budgetLabel(budget),
      value: `${amount(budget)} ${budget.per === 'total' ? 'in total' : `per ${budget.per}`}`,
      size: budget.max,
    })),
    ...radius.map(({ of, max, per }) => ({
      ...bound,
      key: `radius ${of} ${per}`,
      label: `different ${of}`,
      value: `${max} per ${per}`,
      size: max,
    })),
  ];
}

type Budget = Manifest['budgets'][number];

function budgetLabel({ measure, each, action }: Budget): string {
  return `${measure}${each ? ` for each ${each}` : ''}${action ? ` by ${action}` : ''}`;
}

/** Money as people write it. */
function amount({ measure, currency, max }: Budget): string {
  if (measure !== 'spend' || currency === undefined) return String(max);
  return `${amountIn(currency, max)} ${currency}`;
}

function people({ approvals, reviews, undo, leash, errorBudget, claims }: Manifest): Statement[] {
  const { days, overrides, failures, violations } = errorBudget;
  return [
    ...claims.forbidden.map((one) => about('bounds', `never claims ${one.id}`, claimInWords(one))),
    ...claims.doubtful.map((one) => about('people', `look at the claim ${one.id}`, claimInWords(one))),
    about('people', 'asked', `${approvals.group}, who have ${seconds(approvals.deadlineSeconds)}`),
    ...escalation(approvals),
    about('people', 'look afterwards', reviewWords(reviews)),
    about('people', 'can take back', `for ${hours(undo.hours)}`),
    about('people', 'launch week', `${leash.days} days at ${leash.percent} % of what is above`),
    about(
      'people',
      'falls back when',
      `within ${days} days more than ${overrides} % are overridden, ${failures} % fail, or ${violations} calls are denied`,
    ),
  ];
}

/** Who is asked besides, and when; nothing when nobody is. */
function escalation({ escalation, respondSeconds, deadlineSeconds }: Manifest['approvals']): Statement[] {
  if (escalation.length === 0) return [];
  const after = seconds(respondSeconds ?? Math.floor(deadlineSeconds / 2));
  return [
    about('people', 'asked besides', `${escalation.join(', then ')}, when nobody responds within ${after}`),
  ];
}

function reviewWords({ sample, audit, respondDays }: Manifest['reviews']): string {
  return `at ${sample} % of what needed nobody and the riskiest ${audit} % of what they approved, within ${respondDays} days`;
}

function claimInWords({ phrases, reason }: Manifest['claims']['forbidden'][number]): string {
  return `${phrases.map((phrase) => `"${phrase}"`).join(', ')}: ${reason}`;
}

function model({ model, retentionDays }: Manifest): Statement[] {
  const { provider, name, promptsKept, why } = model;
  return [
    about('model', 'model', provider === 'none' ? `none, it decides by ${name}` : modelWords(model)),
    ...(provider === 'none'
      ? []
      : [about('model', 'prompts', promptsKept ? 'kept by the provider' : 'not kept by the provider')]),
    about('model', 'why this one', why),
    about('model', 'records kept', `${retentionDays} days`),
  ];
}

function modelWords({ provider, name, region, ...model }: Manifest['model']): string {
  return `${name} (class ${model.class}) of ${provider}, in ${region}`;
}

/** A time as people say it: `60 s`, `5 minutes`, `24 hours`. Pure. */
export function seconds(count: number): string {
  if (count % 3600 === 0) return hours(count / 3600);
  return count % 60 === 0 && count > 60 ? `${count / 60} minutes` : `${count} s`;
}

function hours(count: number): string {
  return count === 1 ? '1 hour' : `${count} hours`;
}
