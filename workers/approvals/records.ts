import { Journal } from '../../shared/journal-store.ts';
import type { EntryData } from '../../shared/journal.ts';
import type { Approval } from '../../shared/rpc.ts';
import { NoticeOutbox } from './notice-outbox.ts';
import { noticeOf, type Occasion } from './notice-of.ts';
import { occasionsOf } from './occasions.ts';
import { OverrideStore, type Counted } from './override-store.ts';
import { PreApprovalStore } from './pre-approval-store.ts';
import { ApprovalStore } from './store.ts';

/** What is written together with a new state. */
export interface Beside {
  /** Kind and data of journal entries, in their order. */
  entries: readonly (readonly [kind: string, data: EntryData])[];
  /** What people are told of besides that it waits anew or is over. */
  occasions?: readonly Occasion[];
  counted?: readonly Counted[];
  /** More to be written in the same transaction. */
  write?: () => void;
}

/** The tables of one workflow's approvals, and its journal: each change of a state is one transaction over all of them. */
export class Records {
  readonly approvals: ApprovalStore;
  readonly preApprovals: PreApprovalStore;
  readonly overrides: OverrideStore;
  readonly notices: NoticeOutbox;
  readonly journal: Journal;
  readonly #storage: DurableObjectStorage;
  readonly #wake: (at: number) => void;

  /** `wake`: something is due at a time (Unix ms). */
  constructor(source: string, storage: DurableObjectStorage, wake: (at: number) => void) {
    const { sql } = storage;
    this.approvals = new ApprovalStore(sql);
    this.preApprovals = new PreApprovalStore(sql);
    this.overrides = new OverrideStore(sql);
    this.notices = new NoticeOutbox(sql);
    this.journal = new Journal(source, sql);
    this.#storage = storage;
    this.#wake = wake;
  }

  /** Stores a state that came after `before` (null: there was none), with its journal entries and what people are told. */
  commit(before: Approval | null, approval: Approval, beside: Beside): void {
    const now = Date.now();
    this.#together(now, () => {
      this.approvals.put(approval, now);
      for (const [kind, data] of beside.entries)
        this.journal.append(kind, { ...subject(approval), ...data }, now);
      for (const occasion of [...occasionsOf(before, approval), ...(beside.occasions ?? [])]) {
        const over = occasion.kind === 'over';
        this.notices.add(approval.id, noticeOf(approval, occasion, now), over, now);
      }
      for (const counted of beside.counted ?? []) this.overrides.count(before ?? approval, counted, now);
      beside.write?.();
    });
  }

  /** Journals something about a request that changes no state of it; `write`: in the same transaction. */
  note(approval: Approval, kind: string, data: EntryData, write?: () => void): void {
    this.noteOf(subject(approval), kind, data, write);
  }

  /** The same about something else than a request. */
  noteOf(about: EntryData, kind: string, data: EntryData, write?: () => void): void {
    const now = Date.now();
    this.#together(now, () => {
      write?.();
      this.journal.append(kind, { ...about, ...data }, now);
    });
  }

  #together(now: number, work: () => void): void {
    try {
      this.#storage.transactionSync(work);
    } catch (error) {
      this.journal.reload();
      throw error;
    }
    this.#wake(now);
  }
}

/** What every entry says: which request it is about. */
function subject({ id, call, agent, workflow, tool, action, digest }: Approval): EntryData {
  return { approval: id, call, agent, workflow, tool, action, digest };
}
