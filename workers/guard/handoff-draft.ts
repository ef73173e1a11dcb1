import type { Handoff, HandoffInput, TriageTerms } from '../../shared/handoffs.ts';
import { maskText } from '../../shared/mask.ts';

/** What an agent filed, its words masked. */
export type Draft = Omit<HandoffInput, 'session'> & { session: string | null };

/** As it is kept and sent. Pure. */
export function maskedDraft({
  kind,
  about,
  summary,
  tried,
  options,
  calls,
  urgent,
  session,
}: HandoffInput): Draft {
  return {
    kind,
    about,
    summary: maskText(summary),
    tried: tried.map(maskText),
    options: options.map(maskText),
    calls,
    urgent,
    session: session === undefined ? null : maskText(session),
  };
}

/** The case as triage gets it: asked of whom the manifest names, from when it was filed. Pure. */
export function handoffOf(
  agent: string,
  { id, at, times, draft }: { id: string; at: number; times: number; draft: Draft },
  { workflow, group, escalation, respondSeconds, contact }: TriageTerms,
): Handoff {
  // Half of the time where somebody is harmed by waiting.
  const respondMs = (respondSeconds * 1000) / (draft.urgent ? 2 : 1);
  return {
    id,
    ...draft,
    agent,
    workflow,
    reportedBy: null,
    times,
    state: 'open',
    group,
    escalation,
    escalated: 0,
    reminded: 0,
    addressees: [],
    contact,
    owner: null,
    at: new Date(at).toISOString(),
    respondBy: new Date(at + respondMs).toISOString(),
    takenAt: null,
    resolvedAt: null,
    resolution: null,
  };
}
