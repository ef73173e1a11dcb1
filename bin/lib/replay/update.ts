import { writeFileSync } from 'node:fs';
import { parseDocument } from 'yaml';
import type { Observed } from './observe.ts';
import type { SuiteResult } from './run.ts';
import type { CallStep, DecideStep, Expectation, SuiteFile } from './suite.ts';

/** What writing a suite anew came to. */
export interface Updated {
  /** Steps whose expectation was rewritten. */
  steps: string[];
  /** Steps that now let through what they expected to be stopped: a person says so, or corrects what let them through. */
  looser: string[];
  /** Steps and states that only a person can write anew. */
  byHand: string[];
}

/** How much stands between a call and its effect. */
const strictness: Readonly<Record<Expectation['decision'], number>> = {
  allowed: 0,
  proposed: 1,
  waiting: 2,
  refused: 3,
  denied: 3,
};

/** Whether what happened stands less in a call's way than what was expected. Pure. */
export function isLooser(expected: Expectation, got: Observed): boolean {
  const [was, is] = [strictness[expected.decision], strictness[got.decision]];
  return is < was || (is === was && (got.approvals ?? 0) < (expected.approvals ?? 0));
}

/**
 * The expectation as it would have held: the same fields, with what happened in them. What an agent let through is in it only
 * as far as the suite asked before. Pure.
 */
export function rewritten(expected: Expectation, got: Observed): Record<string, unknown> {
  const { decision, approvals, by, code, at, claims, because, changes, would } = got;
  const same = decision === expected.decision;
  const output = same && expected.output ? outputOf(expected.output, got.output ?? {}) : undefined;
  return defined({
    decision,
    approvals,
    by: decision === 'waiting' || decision === 'denied' ? by?.toSorted() : undefined,
    code: decision === 'refused' ? code : undefined,
    at,
    claims,
    because: decision === 'refused' ? because : undefined,
    output,
    changes: expected.changes && changes,
    would: expected.would && would && defined({ ...would, by: would.by.toSorted() }),
  });
}

function outputOf(expected: Record<string, unknown>, got: Readonly<Record<string, unknown>>): unknown {
  return Object.fromEntries(Object.keys(expected).map((key) => [key, got[key] ?? null]));
}

function defined(value: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined));
}

/**
 * Writes the expectations of a suite anew where calls came to something else, keeping its comments. With a looser one among
 * them nothing is written unless `loosen` says that it is meant.
 */
export function updateSuite({ suite, path, text }: SuiteFile, result: SuiteResult, loosen: boolean): Updated {
  const document = parseDocument(text);
  const updated: Updated = { steps: [], looser: [], byHand: [] };
  for (const { name, differences, observed } of result.outcomes) {
    if (differences.length === 0) continue;
    const index = suite.steps.findIndex((step) => step.step === name);
    const step = suite.steps[index];
    if (!step || !observed || !hasDecision(step)) {
      updated.byHand.push(name);
      continue;
    }
    if (isLooser(step.expect, observed)) updated.looser.push(name);
    document.setIn(['steps', index, 'expect'], document.createNode(rewritten(step.expect, observed)));
    updated.steps.push(name);
  }
  if (updated.steps.length > 0 && (loosen || updated.looser.length === 0))
    writeFileSync(path, document.toString({ lineWidth: 110 }));
  return updated;
}

function hasDecision(step: SuiteFile['suite']['steps'][number]): step is CallStep | DecideStep {
  return 'call' in step || 'decide' in step;
}
