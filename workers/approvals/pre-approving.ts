import { maskText } from '../../shared/mask.ts';
import type { Person } from '../../shared/people.ts';
import type { Approval, PreApproval, ReasonCode, Result } from '../../shared/rpc.ts';
import { knownOf, stopsOf } from './asking.ts';
import { decide } from './decide.ts';
import { actor, decisionEntry } from './deciding.ts';
import { stillHeld } from './eligible.ts';
import type { Env } from './env.ts';
import { isLive, shown, type KeptPreApproval } from './pre-approvals.ts';
import type { Records } from './records.ts';

/** Control that did not answer is asked again after this. */
const LOOK_AGAIN_MS = 2_000;

/** A person's yes to calls that are yet to come, besides who they are. */
export interface SaidBefore {
  agent: string;
  action: string;
  where: Record<string, unknown>;
  count: number;
  minutes: number;
  reason: ReasonCode;
  note: string;
}

/** Pre-approvals of one workflow: made, used as their maker's decision on what is asked for meanwhile, and ended. */
export class PreApproving {
  readonly #env: Env;
  readonly #records: Records;
  readonly #workflow: string;

  constructor(env: Env, records: Records, workflow: string) {
    this.#env = env;
    this.#records = records;
    this.#workflow = workflow;
  }

  make(person: Person, id: string, said: SaidBefore): PreApproval {
    const now = Date.now();
    const { minutes, note, ...terms } = said;
    const made: KeptPreApproval = {
      id,
      workflow: this.#workflow,
      by: person.email,
      roles: person.roles,
      credential: person.credential,
      ...terms,
      note: maskText(note),
      used: 0,
      madeAt: new Date(now).toISOString(),
      until: new Date(now + minutes * 60_000).toISOString(),
      endedAt: null,
      endedBy: null,
    };
    const { agent, action, count, until, reason } = made;
    const about = { preapproval: made.id, workflow: this.#workflow, agent, action };
    // A name in a pointer may be data.
    const where = Object.keys(made.where).map(maskText);
    const data = { ...actor(person), count, until, reason, note: made.note, where };
    this.#records.noteOf(about, 'preapproval.made', data, () => this.#records.preApprovals.put(made));
    return shown(made);
  }

  list(): PreApproval[] {
    return this.#records.preApprovals.list().map(shown);
  }

  /** Ends one before its time; one that is over stays as it is. */
  end(person: Person, id: string): Result<PreApproval> {
    const kept = this.#records.preApprovals.get(id);
    if (!kept) return noSuch;
    const now = Date.now();
    if (!isLive(kept, now)) return { ok: true, value: shown(kept) };
    const ended = { ...kept, endedAt: new Date(now).toISOString(), endedBy: person.email };
    const about = { preapproval: id, workflow: this.#workflow, agent: kept.agent, action: kept.action };
    const data = { ...actor(person), used: kept.used };
    this.#records.noteOf(about, 'preapproval.ended', data, () => this.#records.preApprovals.put(ended));
    return { ok: true, value: shown(ended) };
  }

  /** Whether a new request may be one of those; in the transaction that stores it. */
  consider(approval: Approval, now: number): void {
    const { preApprovals } = this.#records;
    if (preApprovals.covering(approval, now).length > 0) preApprovals.look(approval.id, now);
  }

  /** Looks at each request that is due, and gives the decisions that were given beforehand. */
  async lookAtDue(now: number): Promise<void> {
    const due = this.#records.preApprovals.toLookAt(now);
    await Promise.all(due.map(async (id) => this.#lookAt(id)));
  }

  async #lookAt(id: string): Promise<void> {
    const { approvals, preApprovals } = this.#records;
    const tried = new Set<string>();
    for (;;) {
      const approval = approvals.get(id);
      const next =
        approval?.status === 'waiting'
          ? preApprovals.covering(approval, Date.now()).find((one) => !tried.has(one.id))
          : undefined;
      if (!approval || !next) return preApprovals.looked(id);
      tried.add(next.id);
      if (!(await this.#use(approval, next))) return preApprovals.look(id, Date.now() + LOOK_AGAIN_MS);
    }
  }

  /** Counts it as a decision by hand of whoever made it, checked as one. False: what has to be known cannot be told now. */
  async #use(asked: Approval, { id, by }: KeptPreApproval): Promise<boolean> {
    const [known, stops] = await Promise.all([knownOf(this.#env, by, Date.now()), stopsOf(this.#env, asked)]);
    if (!known || !stops) return false;
    const now = Date.now();
    // Both as they are now: others may have used it up, ended it or decided meanwhile.
    const approval = this.#records.approvals.get(asked.id);
    const kept = approval && this.#records.preApprovals.covering(approval, now).find((one) => one.id === id);
    if (!kept) return true;
    const { reason, note, credential } = kept;
    const roles = stillHeld(this.#env, known.directory, { email: by, roles: kept.roles });
    const decision = { email: by, roles, credential, reason, note, decision: 'approve' } as const;
    const { digest } = approval;
    const decided = decide(approval, { ...decision, digest, preapproval: id }, known, stops, now);
    if (!decided.ok) return true;
    this.#records.commit(approval, decided.approval, {
      entries: [decisionEntry(decided.approval, { email: by, roles, credential })],
      counted: [{ did: 'approved', reason, differences: [] }],
      write: () => this.#records.preApprovals.put({ ...kept, used: kept.used + 1 }),
    });
    return true;
  }
}

const noSuch = {
  ok: false,
  problem: { code: 'not-found', detail: 'There is no such pre-approval.' },
} as const satisfies Result<never>;
