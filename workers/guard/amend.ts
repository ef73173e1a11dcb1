import { Buffer } from 'node:buffer';
import { z } from 'zod';
import { canonical } from '../../shared/canonical.ts';
import { faultsOf } from '../../shared/faults.ts';
import { mask, maskText } from '../../shared/mask.ts';
import { edited as editedInput, valueAt } from '../../shared/pointer.ts';
import type { Problem } from '../../shared/problems.ts';
import type { Amended, Difference, Edit, Result } from '../../shared/rpc.ts';
import { usageOf } from '../../shared/usage.ts';
import { revisable } from './approval-request.ts';
import { bodyOf, type Stored } from './stored.ts';
import type { AskedCall } from './call.ts';
import type { CallRow } from './calls.ts';
import type { Column, Facts, Governed } from './column.ts';
import { publicProblem, type Denial } from './denial.ts';
import { edited, forPeople } from './derived.ts';
import type { Parking } from './parking.ts';
import { REVISIONS_MAX } from './revision-store.ts';
import { editedDigest, holding, type Held } from './revisions.ts';
import type { Ruling } from './steps/policy.ts';

/** As large as the body of a call may be. */
const BODY_MAX = 256 * 1024;

const editsSchema = z
  .array(z.strictObject({ pointer: z.string().max(1_000), value: z.unknown().optional() }))
  .min(1)
  .max(50);

/** An edit of one waiting call, as approvals asks for it. */
export interface AmendAsk {
  call: string;
  /** The digest that is edited. */
  from: string;
  edits: Edit[];
  /** Who edits it; checked by approvals. */
  by: string;
}

/** What an edit came to, before it is stored. */
interface Drafted {
  held: Held;
  call: AskedCall;
  digest: string;
  body: string;
  facts: Facts;
  ruling: Ruling;
  governance: Governed['governance'];
}

/** People's edits of calls that wait: each goes through the whole column, and waits for people itself. */
export class Amendments {
  readonly #column: Column;
  readonly #parking: Parking;

  constructor(column: Column, parking: Parking) {
    this.#column = column;
    this.#parking = parking;
  }

  /**
   * The waiting call with edits made to it. A denial changes nothing and is answered as its problem; the same edits of the same
   * digest are answered as before.
   */
  async amend(ask: AmendAsk): Promise<Result<Amended>> {
    const parsed = editsSchema.safeParse(ask.edits);
    if (!parsed.success) return refused({ code: 'invalid', errors: faultsOf(parsed.error) });
    await this.#column.leases.ready(Date.now());
    const row = this.#waiting(ask.call);
    if (!row) return refused(notWaiting);
    const answered = this.#answered(ask);
    if (answered) return { ok: true, value: answered };
    const drafted = await this.#draft(row, ask);
    if (!drafted.ok) return drafted;
    const { call } = drafted.value;
    const preview = await this.#parking.preview(row.id, call);
    return this.#keep(ask, drafted.value, preview);
  }

  #waiting(id: string): CallRow | undefined {
    const row = this.#column.book.row(id);
    return row?.state === 'waiting' ? row : undefined;
  }

  #answered({ call, from, edits }: AmendAsk): Amended | undefined {
    return this.#column.book.revisions.answer(call, from, this.#named(edits));
  }

  /** A keyed hash of some edits: they may hold personal data. */
  #named(edits: readonly Edit[]): string {
    return this.#column.book.keyed('edits')(canonical(edits));
  }

  /** Steps 2 to 6 over the edited call, with nobody's approval. */
  async #draft(row: CallRow, { from, edits }: AmendAsk): Promise<Result<Drafted>> {
    const stored = JSON.parse(row.request ?? '{}') as Stored;
    const held = holding(this.#column, row, stored).held.find(({ digest }) => digest === from);
    if (!held) return refused(otherDigest);
    if (this.#column.book.revisions.of(row.id).length >= REVISIONS_MAX) return refused(tooMany);
    const body = editedBody(held, edits);
    if (!body.ok) return body;
    const asked = this.#column.contract(stored.caller, { ...stored.request, body: body.value });
    if (!asked.ok) return denied(asked.denial);
    const pointers = [...held.edited, ...edits.map(({ pointer }) => pointer)];
    const { derived } = this.#column.derived(asked.value);
    const typed = { ...asked.value, derived: edited(held.call.derived ?? null, derived ?? null, pointers) };
    // What a person types is kept as what an agent types is.
    const taken = await this.#column.atDoor(row, typed);
    if (!taken.ok) return denied(taken.denial);
    if (taken.value.inputText === held.call.inputText) return refused(unedited);
    return this.#rule(row, stored, held, taken.value);
  }

  async #rule(row: CallRow, stored: Stored, held: Held, taken: AskedCall): Promise<Result<Drafted>> {
    const facts = await this.#column.facts({ id: row.id, key: null }, taken);
    if (!facts.ok) return denied(facts.denial);
    const addressed = await this.#column.door.addressed(row.id, taken, facts.value);
    if (!addressed.ok) return denied(addressed.denial);
    const call = addressed.value;
    const body = bodyOf(call);
    const leased = this.#column.open(call);
    if (!leased.ok) return denied(leased.denial);
    const { governance } = leased.value;
    const known = { id: row.id, earlier: undefined, digest: row.digest, approvers: [] };
    const admission = this.#column.could(call, leased.value, facts.value, known);
    if (admission.kind === 'denied') return denied(admission.denial);
    if (admission.kind === 'replayed') return refused(notWaiting);
    const digest = editedDigest(this.#column, row.id, stored, call, { body, from: held.digest });
    const { ruling } = admission;
    return { ok: true, value: { held, call, digest, body, facts: facts.value, ruling, governance } };
  }

  /** Stores the revision with its answer, and journals who made it. From the last look at the row nothing awaits. */
  #keep(ask: AmendAsk, drafted: Drafted, preview: Amended['request']['preview']): Result<Amended> {
    const { book } = this.#column;
    if (!this.#waiting(ask.call)) return refused(notWaiting);
    const answered = this.#answered(ask);
    if (answered) return { ok: true, value: answered };
    const n = book.revisions.of(ask.call).length + 1;
    if (n > REVISIONS_MAX) return refused(tooMany);
    const provenance = forPeople(drafted.call.derived?.arguments ?? []);
    const answer = amendedOf(drafted, ask.edits, { preview, provenance });
    const pointers = [...new Set([...drafted.held.edited, ...ask.edits.map(({ pointer }) => pointer)])];
    book.note('call.amended', entryOf(ask, drafted, n), () =>
      book.revisions.keep({
        call: ask.call,
        n,
        from_digest: ask.from,
        edits: this.#named(ask.edits),
        body: drafted.body,
        pointers: JSON.stringify(pointers),
        answer: JSON.stringify(answer),
        placeholders: JSON.stringify(drafted.call.placeholders),
        derived: JSON.stringify(drafted.call.derived ?? null),
      }),
    );
    return { ok: true, value: answer };
  }
}

/** The body of a revision with edits made to its input. */
function editedBody({ request }: Held, edits: readonly Edit[]): Result<string> {
  const body = JSON.parse(request.body) as { input: Record<string, unknown> };
  const made = editedInput(body.input, edits);
  if (!made.ok) {
    const { pointer, detail } = made.fault;
    return refused({ code: 'invalid', errors: [{ pointer: `/input${pointer}`, detail }] });
  }
  const text = JSON.stringify({ ...body, input: made.input });
  if (Buffer.byteLength(text) > BODY_MAX)
    return refused({ code: 'too-large', detail: 'A call has at most 256 KiB, edited or not.' });
  return { ok: true, value: text };
}

function amendedOf(
  { held, call, digest, facts, ruling, governance }: Drafted,
  edits: readonly Edit[],
  looked: Pick<Amended['request'], 'preview' | 'provenance'>,
): Amended {
  const told = revisable({ asked: call, governance, ruling, usage: usageOf(call, facts), ...looked });
  return {
    // A person decided that it has to be another, so a person approves it, whatever policy says of it by itself.
    request: { ...told, digest, needs: Math.max(1, ruling.needs) },
    differences: differencesOf(held.call, call, edits),
  };
}

/** Each edited place before and after, masked by the contract. */
function differencesOf(before: AskedCall, after: AskedCall, edits: readonly Edit[]): Difference[] {
  const masked = ({ input, action }: AskedCall): unknown => mask(input, action.inputSchema, true);
  const [was, is] = [masked(before), masked(after)];
  return [...new Set(edits.map(({ pointer }) => pointer))].map((pointer) => ({
    pointer,
    before: valueAt(was, pointer) ?? null,
    after: valueAt(is, pointer) ?? null,
  }));
}

function entryOf(
  { call: id, from, edits, by }: AmendAsk,
  { call, digest, ruling }: Drafted,
  revision: number,
) {
  const { action, caller, workflow } = call;
  return {
    agent: caller.agent,
    workflow,
    tool: action.tool,
    action: action.name,
    call: id,
    from,
    digest,
    revision,
    person: by,
    // A name in a pointer may be data.
    pointers: edits.map(({ pointer }) => maskText(pointer)),
    needs: Math.max(1, ruling.needs),
    policies: ruling.policies.map(({ id }) => id),
  };
}

const notWaiting: Problem = { code: 'conflict', detail: 'This call does not wait for people any more.' };
const otherDigest: Problem = {
  code: 'conflict',
  detail: 'This is no revision of the call as it would run now. Read the approval again.',
};
const tooMany: Problem = {
  code: 'conflict',
  detail: `A call is edited at most ${REVISIONS_MAX} times. Reject it, and have it asked for anew.`,
};
const unedited: Problem = { code: 'invalid', detail: 'These edits change nothing.' };

function denied(denial: Denial): { ok: false; problem: Problem } {
  return refused(publicProblem(denial));
}

function refused(problem: Problem): { ok: false; problem: Problem } {
  return { ok: false, problem };
}
