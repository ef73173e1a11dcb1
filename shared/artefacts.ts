/** Pages, mails, budgets and segments, kept in versions: what guards tell of them and what people are shown. Plain data. */
import type { JournalQuery, OperatorAct, Result } from './rpc.ts';

/** What a change through the gate left of an artefact; from a guard to the object that keeps the versions. */
export interface ArtefactWord {
  /** Names this word: the same one again says nothing new. */
  key: string;
  record: string;
  id: string;
  /** JSON of the id as the vendor's contract has it, a string or a number. */
  raw: string;
  /** Unix ms. */
  at: number;
  agent: string;
  /** Who had it done in the operators' lane; null: the agent. */
  person: string | null;
  call: string;
  /** What the call did: what it says was let through by that action's policies. Null: it was only seen. */
  action: string | null;
  /** Canonical JSON of the content right before; `null`: no such record. */
  before: string;
  /** Right after. Null: nothing was changed, this is only what was seen. */
  after: string | null;
  /** Unix ms: how long it is kept. */
  keepUntil: number;
}

/** One version, without what it says. */
export interface ArtefactVersion {
  n: number;
  /** RFC 3339. */
  at: string;
  /** As it was found before the first change; left by an agent's call or a person's; changed at the vendor, past the gate. */
  source: 'found' | 'agent' | 'person' | 'vendor';
  /** Whose call left it, or met it. */
  agent: string;
  person: string | null;
  call: string;
  /** SHA-256 over the canonical JSON (RFC 8785) of the content. */
  hash: string;
  /** Of that text, in UTF-8. */
  bytes: number;
  /** There was no such record. */
  gone: boolean;
}

/** An artefact and its newest version. */
export interface ArtefactView {
  /** `cms/page/101`. */
  artefact: string;
  tool: string;
  record: string;
  id: string;
  versions: number;
  newest: ArtefactVersion;
}

/** One version with its content; free text in it is masked by detectors, classed fields by the contract. */
export interface ArtefactContent {
  version: ArtefactVersion;
  content: Record<string, unknown> | null;
}

/** What a restore needs of the versions: what is to be written, and what ours was the newest. */
export interface Restorable {
  raw: string;
  /** Canonical JSON of both contents. */
  target: string;
  newest: string;
  /** The actions by which what is to be written was let through before. */
  letThrough: string[];
  /** Of the newest that came through the gate. */
  agent: string;
  call: string;
}

/** Guard's entrypoint for the console: artefacts. It checks the person itself. */
export interface ArtefactDesk {
  /** Last changed first; of one tool, or of all. `more`: there are others, which are not listed. */
  list(
    credential: string | null,
    query: Pick<JournalQuery, 'tool'>,
  ): Promise<Result<{ artefacts: ArtefactView[]; more: boolean }>>;
  /** Newest first. */
  versions(credential: string | null, artefact: string): Promise<Result<{ versions: ArtefactVersion[] }>>;
  content(credential: string | null, artefact: string, n: number): Promise<Result<ArtefactContent>>;
  /** Writes an earlier version back, unless the vendor holds something else than our newest. */
  restore(
    credential: string | null,
    artefact: string,
    n: number,
    input: unknown,
  ): Promise<Result<OperatorAct>>;
}
