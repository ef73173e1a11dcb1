import type { Manifest } from './manifest.ts';
import type { SharedLimits } from './shared-limits.ts';
import { Tally } from './tally.ts';
import type { Total, Usage } from './usage.ts';

/** One limit or budget, as it is counted. Plain data. */
export interface Rule {
  kind: 'rate' | 'budget' | 'radius';
  /** What it counts; of a radius, of what it counts the different ones. */
  measure: 'calls' | 'spend' | 'recipients' | 'records' | 'accounts' | 'campaigns' | 'regions';
  /** ISO 4217, of spend, which is in minor units; else null. */
  currency: string | null;
  max: number;
  /** Window in seconds; null: ever. */
  per: number | null;
  /** Counted for each of these by itself; null: all together. */
  each: 'campaign' | 'account' | null;
  /** An action's full name, or `*`. */
  action: string;
}

/** Why there is no room, with the evidence. Names the limit and amounts, and nothing of what the call is about. */
export interface Refusal {
  /** Whose limit: `agent`, `workflow:x` or `vendor:x`. */
  of: string;
  rule: Rule;
  /** What the call would take, and what is left. */
  asked: number;
  left: number;
  /** `too-much`: this call alone is past it. `currency`: the budget is in another one. */
  why: 'full' | 'too-much' | 'currency';
  /** Whole seconds until there is room; null: waiting does not help. */
  retryAfter: number | null;
}

/** One limit as it stands. */
export interface MeterView extends Rule {
  used: number;
  left: number;
  /** Where each is counted by itself: the fullest ones. `used` and `left` are then of the fullest. */
  by?: { name: string; used: number; left: number }[];
}

/** `calls`: what rates count. `amounts`: the rest, which a call that changed nothing gives back. */
export type Part = 'all' | 'calls' | 'amounts';

const seconds = { hour: 3_600, day: 86_400, total: null } as const;

/** The longest window that a limit can have, in seconds. */
export const LONGEST_WINDOW = 86_400;

/**
 * What is taken from a pool is used within this time (ms) of the asking, or not at all. A window of uses of length W then lies
 * within a window of takings of length W plus this: pools keep their windows longer by it, so the uses hold, too.
 */
export const USE_WITHIN = 2_000;

/** Of limits that count each campaign or account by itself, how many are shown. */
const SHOWN_MAX = 20;

/** The budgets and the blast radius of a manifest. Its rates are counted apart, in `limits.ts`. */
export function budgetRules({ budgets, radius }: Pick<Manifest, 'budgets' | 'radius'>): Rule[] {
  return [...budgets.map(budgetRule), ...radius.map(radiusRule)];
}

/** What a pool counts for all who share it: `workflow:x` or `vendor:x`. None: it is not shared. */
export function sharedRules(shared: SharedLimits | undefined, pool: string): Rule[] {
  const [kind, name = ''] = pool.split(':');
  if (kind === 'vendor') {
    const quota = own(shared?.vendors, name);
    return quota ? [rateRule({ action: '*', ...quota })] : [];
  }
  const limits = own(shared?.workflows, name);
  return limits ? [...limits.limits.map(rateRule), ...limits.budgets.map(budgetRule)] : [];
}

function own<T>(named: Record<string, T> | undefined, name: string): T | undefined {
  return named && Object.hasOwn(named, name) ? named[name] : undefined;
}

/** A rate as a rule. */
export function rateRule({ action, max, per }: Manifest['limits'][number]): Rule {
  return { kind: 'rate', measure: 'calls', currency: null, max, per, each: null, action };
}

function budgetRule({ measure, currency, max, per, each, action }: Manifest['budgets'][number]): Rule {
  return {
    kind: 'budget',
    measure,
    currency: currency ?? null,
    max,
    per: seconds[per],
    each: each ?? null,
    action: action ?? '*',
  };
}

function radiusRule({ of, max, per }: Manifest['radius'][number]): Rule {
  return {
    kind: 'radius',
    measure: of,
    currency: null,
    max,
    per: seconds[per],
    each: null,
    action: '*',
  };
}

/** Whether a call of this usage is counted by any of the rules. */
export function concerns(rules: readonly Rule[], usage: Usage): boolean {
  return rules.some((rule) => covers(rule, usage) && (amountOf(rule, usage) > 0 || spends(rule, usage)));
}

interface Kept {
  rule: Rule;
  /** By the name that counts by itself; else one, under ''. */
  by: Map<string, Tally>;
  /** In ms. */
  window: number | null;
  /** How many names were left when those that count nothing were last removed. */
  swept: number;
}

/** Exact sums for a set of rules, in memory; whoever owns one rebuilds it from what it stored. Synchronous and without a clock. */
export class Meters {
  readonly #of: string;
  readonly #kept: Kept[];
  #latest = 0;

  /** `of`: whose limits. `late`: ms by which the use may come after it is taken here; windows are longer by it. */
  constructor(of: string, rules: readonly Rule[], late = 0) {
    this.#of = of;
    this.#kept = rules.map((rule) => {
      const window = rule.per === null ? null : rule.per * 1_000 + late;
      return { rule, by: new Map(), window, swept: 0 };
    });
  }

  get rules(): Rule[] {
    return this.#kept.map(({ rule }) => rule);
  }

  /** The time that counts (Unix ms): a clock that steps back opens no window again. */
  at(now: number): number {
    this.#latest = Math.max(this.#latest, now);
    return this.#latest;
  }

  /** The first rule that has no room for the call, if any. Takes nothing. */
  check(usage: Usage, now: number): Refusal | null {
    const at = this.at(now);
    const other = this.#otherCurrency(usage, at);
    if (other) return other;
    for (const kept of this.#kept) {
      const refusal = covers(kept.rule, usage) ? this.#full(kept, usage, at) : null;
      if (refusal) return refusal;
    }
    return null;
  }

  /** Records what a call used at a time that `at` gave, now or before a restart. */
  take(usage: Usage, at: number, part: Part = 'all'): void {
    this.at(at);
    this.#each(usage, part, (tally, amount) => tally.add(amount, at));
  }

  /** Records what was used longer ago than any window, which only counts where there is none. */
  carry(total: Total): void {
    for (const kept of this.#kept) {
      const { rule, window } = kept;
      if (window !== null || (rule.each ?? '') !== total.each || !covers(rule, total)) continue;
      this.#tally(kept, total.name).add(amountOf(rule, total), 0);
    }
  }

  /** Takes it back, with the same time. */
  giveBack(usage: Usage, at: number, part: Part = 'all'): void {
    this.#each(usage, part, (tally, amount) => tally.remove(amount, at));
  }

  view(now: number): MeterView[] {
    const at = this.at(now);
    return this.#kept.map(({ rule, by }) => {
      const left = (used: number): number => Math.max(0, rule.max - used);
      if (rule.kind === 'radius') {
        const used = live(by, at).length;
        return { ...rule, used, left: left(used) };
      }
      const all = [...by].map(([name, tally]) => ({ name, used: tally.used(at) }));
      const fullest = all
        .filter(({ used }) => used > 0)
        .sort((a, b) => b.used - a.used || (a.name < b.name ? -1 : 1));
      const used = fullest[0]?.used ?? 0;
      const shown = fullest.slice(0, SHOWN_MAX).map((one) => ({ ...one, left: left(one.used) }));
      return { ...rule, used, left: left(used), ...(rule.each && { by: shown }) };
    });
  }

  #each(usage: Usage, part: Part, record: (tally: Tally, amount: number) => void): void {
    for (const kept of this.#kept) {
      const counts = part === 'all' || (part === 'calls') === (kept.rule.measure === 'calls');
      const amount = counts && covers(kept.rule, usage) ? amountOf(kept.rule, usage) : 0;
      if (amount === 0) continue;
      const one = kept.rule.kind === 'radius' ? 1 : amount;
      for (const name of namesOf(kept.rule, usage)) record(this.#tally(kept, name), one);
    }
  }

  #tally(kept: Kept, name: string): Tally {
    const known = kept.by.get(name);
    if (known) return known;
    // Names that nothing is counted for any more go, and looking for them costs little on average.
    if (kept.by.size > 64 && kept.by.size > 2 * kept.swept) {
      for (const [old, tally] of kept.by) if (tally.used(this.#latest) === 0) kept.by.delete(old);
      kept.swept = kept.by.size;
    }
    const fresh = new Tally(kept.window);
    kept.by.set(name, fresh);
    return fresh;
  }

  #full(kept: Kept, usage: Usage, at: number): Refusal | null {
    const { rule, by } = kept;
    const amount = amountOf(rule, usage);
    if (amount === 0) return null;
    if (rule.kind === 'radius') return this.#wide(rule, by, namesOf(rule, usage), at);
    for (const name of namesOf(rule, usage)) {
      const tally = by.get(name) ?? new Tally(kept.window);
      const wait = tally.room(amount, rule.max, at);
      if (wait !== 0) return this.#refusal(rule, amount, rule.max - tally.used(at), wait);
    }
    return null;
  }

  /** Too many different ones: those of the call, and all others of the window. */
  #wide(rule: Rule, by: Map<string, Tally>, names: readonly string[], at: number): Refusal | null {
    const touched = live(by, at);
    const others = touched.filter((name) => !names.includes(name));
    const past = others.length + names.length - rule.max;
    if (past <= 0) return null;
    const gone = others.map((name) => by.get(name)?.empty(at) ?? 0).sort((a, b) => a - b);
    const fresh = names.filter((name) => !touched.includes(name)).length;
    return this.#refusal(rule, fresh, rule.max - touched.length, gone[past - 1] ?? null, names.length);
  }

  /** Money is never converted: what no budget of the action counts in its currency is refused. */
  #otherCurrency(usage: Usage, at: number): Refusal | null {
    const budgets = this.#kept.filter(({ rule }) => covers(rule, usage) && spends(rule, usage));
    const [first] = budgets;
    if (!first || budgets.some(({ rule }) => rule.currency === usage.currency)) return null;
    const used = first.rule.each ? 0 : (first.by.get('')?.used(at) ?? 0);
    return { ...this.#refusal(first.rule, usage.spend, first.rule.max - used, null), why: 'currency' };
  }

  /** `wait` in ms; null: never. `alone`: what the call comes to by itself. */
  #refusal(rule: Rule, asked: number, left: number, wait: number | null, alone = asked): Refusal {
    return {
      of: this.#of,
      rule,
      asked,
      left: Math.max(0, left),
      why: alone > rule.max ? 'too-much' : 'full',
      retryAfter: wait === null ? null : Math.max(1, Math.ceil(wait / 1_000)),
    };
  }
}

function covers(rule: Rule, usage: Pick<Usage, 'action'>): boolean {
  return rule.action === '*' || rule.action === usage.action;
}

function spends(rule: Rule, usage: Usage): boolean {
  return rule.measure === 'spend' && usage.spend > 0;
}

function amountOf(rule: Rule, usage: Usage | Total): number {
  switch (rule.measure) {
    case 'spend':
      return rule.currency === usage.currency ? usage.spend : 0;
    case 'recipients':
    case 'records':
      return usage[rule.measure];
    case 'calls':
      return 'calls' in usage ? usage.calls : 0;
    case 'accounts':
    case 'campaigns':
    case 'regions':
      return 'calls' in usage ? usage[rule.measure].length : 0;
  }
}

/** Under which names a call counts; a call that names no campaign where each counts by itself counts under none. */
function namesOf(rule: Rule, usage: Usage): readonly string[] {
  if (rule.measure === 'accounts' || rule.measure === 'campaigns' || rule.measure === 'regions')
    return usage[rule.measure];
  if (rule.each === null) return [''];
  const names = rule.each === 'campaign' ? usage.campaigns : usage.accounts;
  return names.length > 0 ? names : [''];
}

function live(by: ReadonlyMap<string, Tally>, at: number): string[] {
  return [...by].filter(([, tally]) => tally.used(at) > 0).map(([name]) => name);
}
