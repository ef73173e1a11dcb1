import type { PiiClass } from '../../../shared/pii/finding.ts';
import type { Case, Gold } from './corpora.ts';

/** What an engine says of a text. */
export interface Said {
  class: PiiClass;
  start: number;
  end: number;
}

export interface ClassScore {
  gold: number;
  found: number;
  hits: number;
  precision: number;
  recall: number;
  f1: number;
}

/**
 * Span-level, of one class: a finding hits a labelled span of the same class if what they share is at least half of each of them. A span is hit
 * once, and a finding hits once. In a case of one recogniser only its class counts.
 */
export function scoreClass(
  cls: PiiClass,
  cases: readonly Case[],
  said: readonly (readonly Said[])[],
): ClassScore {
  let [gold, found, hits] = [0, 0, 0];
  cases.forEach((one, at) => {
    if (one.about && !one.about.includes(cls)) return;
    const wanted = one.gold.filter((span) => span.class === cls);
    const got = (said[at] ?? []).filter((span) => span.class === cls);
    gold += wanted.length;
    found += got.length;
    hits += matches(wanted, got);
  });
  const precision = found === 0 ? 0 : hits / found;
  const recall = gold === 0 ? 0 : hits / gold;
  const f1 = precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall);
  return { gold, found, hits, precision, recall, f1 };
}

function matches(wanted: readonly Gold[], got: readonly Said[]): number {
  const free = new Set(got);
  let hits = 0;
  for (const span of wanted) {
    const hit = [...free].find((one) => isHit(span, one));
    if (hit && free.delete(hit)) hits += 1;
  }
  return hits;
}

function isHit(gold: Gold, said: Said): boolean {
  if (gold.start === undefined || gold.end === undefined) return true;
  const shared = Math.min(gold.end, said.end) - Math.max(gold.start, said.start);
  return shared * 2 >= gold.end - gold.start && shared * 2 >= said.end - said.start;
}

export interface Alarms {
  texts: number;
  alarmed: number;
  rate: number;
}

/**
 * Texts that hold nobody's data, and how many of them an engine would change. Of a recogniser's negative, only its own class counts: what is
 * no Turkish number may well be an American one.
 */
export function falseAlarms(
  cases: readonly Case[],
  said: readonly (readonly Said[])[],
  from?: Case['from'],
): Alarms {
  let [texts, alarmed] = [0, 0];
  cases.forEach((one, at) => {
    if (one.gold.length > 0 || (from && one.from !== from)) return;
    texts += 1;
    const counted = (said[at] ?? []).filter((span) => one.about?.includes(span.class) ?? true);
    if (counted.length > 0) alarmed += 1;
  });
  return { texts, alarmed, rate: texts === 0 ? 0 : alarmed / texts };
}
