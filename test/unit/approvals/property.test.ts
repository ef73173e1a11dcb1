import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { identityOf, inGroup, type Directory } from '../../../shared/directory.ts';
import type { Role } from '../../../shared/people.ts';
import type { Amended, Approval, Covering, Delegation } from '../../../shared/rpc.ts';
import { decide, type Decided } from '../../../workers/approvals/decide.ts';
import { advance } from '../../../workers/approvals/milestones.ts';
import { revise } from '../../../workers/approvals/revise.ts';
import { expire, reopen, take, voidedBy } from '../../../workers/approvals/states.ts';
import { waitingApproval } from './fixture.ts';

const start = Date.parse('2026-11-22T12:00:00.000Z');
const minute = 60_000;

/** Two of them are one person under two addresses. */
const people = [
  'ada@acme.example',
  'ada2@acme.example',
  'bob@acme.example',
  'cyd@acme.example',
  'dan@acme.example',
  'eve@acme.example',
] as const;
const directory: Directory = {
  people: [{ name: 'Ada', identities: ['ada@acme.example', 'ada2@acme.example'] }],
  groups: {
    first: { members: ['ada@acme.example', 'bob@acme.example', 'cyd@acme.example'], mail: [] },
    second: { members: ['owner', 'eve@acme.example'], mail: [] },
  },
};
/** What everybody holds: the last one may decide nothing. */
const rolesOf: Record<string, Role[]> = {
  'ada@acme.example': ['approver'],
  'ada2@acme.example': ['approver'],
  'bob@acme.example': ['approver'],
  'cyd@acme.example': ['owner'],
  'dan@acme.example': ['approver'],
  'eve@acme.example': ['operator'],
};

const who = fc.constantFrom(...people);
const digestOf = (revision: number): string => `d${revision}`;

/** Mostly what is in force; else of some revision, or nothing said. */
const shown = fc.oneof(
  { weight: 6, arbitrary: fc.constant('in force' as const) },
  { weight: 1, arbitrary: fc.integer({ min: -1, max: 3 }) },
);
const seldom = fc.integer({ min: 0, max: 7 }).map((n) => n === 0);

const move = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('decide' as const),
      by: who,
      no: seldom,
      shown,
      pre: seldom,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('edit' as const),
      by: who,
      shown,
      needs: fc.constantFrom(1, 2, 2),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('lend' as const), from: who, to: who }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('stop' as const), on: seldom }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('wait' as const), minutes: fc.integer({ min: 0, max: 12 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('take' as const), of: shown }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('reopen' as const), needs: fc.constantFrom(1, 2, 2) }),
  },
);

const scene = fc.record({
  needs: fc.constantFrom(0, 1, 2, 2, 2),
  user: fc.option(who, { freq: 1 }),
  group: fc.constantFrom('first', 'first', 'second', 'unknown'),
  irreversible: fc.boolean(),
  untrusted: fc.boolean(),
  moves: fc.array(move, { minLength: 1, maxLength: 30 }),
});
type Scene = typeof scene extends fc.Arbitrary<infer T> ? T : never;
type Move = Scene['moves'][number];

/** A yes that the model saw being counted. */
interface Yes {
  digest: string;
  person: string;
  lender: string | null;
  needsThen: number;
  pre: boolean;
}

/** The world around one request, with a plain account of what was counted, kept apart from the code that counts. */
class World {
  state: Approval;
  now = start;
  epoch = 1;
  stopped = false;
  lent: Delegation[] = [];
  yeses: Yes[] = [];
  editors = new Set<string>();
  grants: string[] = [];

  constructor({ needs, user, group, irreversible, untrusted }: Scene) {
    const level = untrusted ? ('untrusted' as const) : ('unattributed' as const);
    const provenance = [{ pointer: '/id', level, from: null }];
    this.state = waitingApproval({
      needs,
      user,
      group,
      irreversible,
      provenance,
      digest: digestOf(0),
      escalation: ['second'],
      respondBy: new Date(start + 20 * minute).toISOString(),
      deadline: new Date(start + 60 * minute).toISOString(),
    });
  }

  get stops(): Covering {
    return { epoch: this.epoch, stoppedBy: this.stopped ? ['tool:crm'] : [] };
  }

  do(step: Move): void {
    this.state = advance(expire(this.state, this.now), this.now).approval;
    switch (step.do) {
      case 'decide':
        return this.decide(step);
      case 'edit':
        return this.edit(step);
      case 'lend': {
        const since = new Date(this.now).toISOString();
        const until = new Date(this.now + 15 * minute).toISOString();
        const roles = rolesOf[step.from] ?? [];
        this.lent.push({ ...step, id: 'd', roles, since, until, reason: 'away', endedAt: null });
        return;
      }
      case 'stop':
        this.epoch += 1;
        this.stopped = step.on;
        if (step.on) this.state = voidedBy(this.state, 'tool:crm', this.epoch);
        return;
      case 'wait':
        this.now += step.minutes * minute;
        return;
      case 'take':
        return this.take(this.digest(step.of) ?? '');
      case 'reopen':
        this.state = reopen(
          this.state,
          this.state.digest,
          { needs: step.needs, policies: [], policyVersion: 'v' },
          this.now,
        );
    }
  }

  digest(shown: 'in force' | number): string | null {
    if (shown === 'in force') return this.state.digest;
    return shown < 0 ? null : digestOf(shown);
  }

  decide({ by, no, shown, pre }: Extract<Move, { do: 'decide' }>): void {
    const decision = no ? 'reject' : 'approve';
    const digest = this.digest(shown);
    const preapproval = pre && !no ? 'pre_1' : null;
    const said = { email: by, roles: rolesOf[by] ?? [], decision, digest, preapproval } as const;
    const after = decide(
      this.state,
      { ...said, reason: 'other', note: '', credential: 'c' },
      this.known(),
      no ? null : this.stops,
      this.now,
    );
    this.saw(after, digest, false);
  }

  edit({ by, shown, needs }: Extract<Move, { do: 'edit' }>): void {
    const { policies, policyVersion, preview, provenance, releases, usage, undo, irreversible, input } =
      this.state;
    const shownDigest = this.digest(shown) ?? '';
    const digest = digestOf(this.state.revision + 1);
    const amended: Amended = {
      request: {
        digest,
        input,
        policies,
        policyVersion,
        preview,
        provenance,
        releases,
        usage,
        undo,
        irreversible,
        needs,
      },
      differences: [],
    };
    const said = { email: by, roles: rolesOf[by] ?? [], reason: 'tone', note: '', credential: 'c' } as const;
    const after = revise(
      this.state,
      { ...said, digest: shownDigest },
      amended,
      this.known(),
      this.stops,
      this.now,
    );
    this.saw(after, shownDigest, true);
  }

  /** Writes down what was counted, and that it was in order. */
  saw(after: Decided, shown: string | null, edit: boolean): void {
    if (!after.ok) return;
    const before = this.state;
    expect(before.status).toBe('waiting');
    expect(this.now).toBeLessThan(Date.parse(before.deadline));
    expect(shown ?? digestOf(0)).toBe(before.digest);
    const { decisions, edited } = after.approval;
    if (edit && edited) {
      for (const one of [edited.by, edited.onBehalfOf]) if (one) this.editors.add(identityOf(directory, one));
    }
    if (decisions.length > before.decisions.length) {
      const { by, onBehalfOf, decision, digest, preapproval } = decisions.at(-1)!;
      this.eligible(by, onBehalfOf);
      if (decision === 'approve') {
        expect(this.stopped).toBe(false);
        this.yeses.push({
          digest,
          person: by,
          lender: onBehalfOf,
          needsThen: after.approval.needs,
          pre: preapproval !== null,
        });
      }
    }
    this.state = after.approval;
  }

  eligible(by: string, lender: string | null): void {
    const { user, group, escalation, escalated } = this.state;
    expect(rolesOf[by]).not.toEqual(['operator']);
    const me = identityOf(directory, by);
    if (user !== null) {
      expect(identityOf(directory, user)).not.toBe(me);
      expect(this.lendersTo(me)).not.toContain(identityOf(directory, user));
    }
    if (lender !== null) expect(this.lendersTo(me)).toContain(identityOf(directory, lender));
    const member = { email: lender ?? by, roles: rolesOf[lender ?? by] ?? [] };
    const groups = [group, ...escalation.slice(0, escalated)];
    expect(groups.some((one) => inGroup(directory, one, member))).toBe(true);
  }

  lendersTo(person: string): string[] {
    return this.lent
      .filter(
        ({ to, since, until }) =>
          identityOf(directory, to) === person &&
          Date.parse(since) <= this.now &&
          this.now < Date.parse(until),
      )
      .map(({ from }) => identityOf(directory, from));
  }

  /** All that was lent: what is in force, and to whom, is for the code to find out. */
  known() {
    return { directory, delegations: this.lent };
  }

  take(digest: string): void {
    const taken = take(this.state, [digest], this.now);
    this.state = taken.approval;
    if (taken.told === 'approved' || taken.told === 'used') expect(this.state.digest).toBe(digest);
    if (taken.told !== 'approved') return;
    this.grants.push(digest);
    expect(this.now).toBeLessThan(Date.parse(this.state.deadline));
  }

  /** Whenever it is approved: enough different people said yes to this very digest, and nobody said no. */
  check(untrusted: boolean): void {
    if (this.state.status !== 'approved') return;
    const { digest, needs, irreversible, decisions } = this.state;
    const two = needs > 1;
    const counting = this.yeses.filter(
      (yes) =>
        yes.digest === digest &&
        !(yes.pre && (untrusted || (two && irreversible))) &&
        !(two && [yes.person, yes.lender].some((one) => one && this.editors.has(identityOf(directory, one)))),
    );
    const taken = new Set<string>();
    let enough = 0;
    for (const { person, lender } of counting) {
      const behind = [person, lender].filter((one) => one !== null).map((one) => identityOf(directory, one));
      if (!behind.some((one) => taken.has(one))) enough += 1;
      for (const one of behind) taken.add(one);
    }
    expect(enough).toBeGreaterThanOrEqual(Math.max(1, needs));
    expect(decisions.some(({ decision }) => decision === 'reject')).toBe(false);
  }
}

describe('whatever people, guards, stops and clocks do', () => {
  it('is approved only for a digest to which enough different people who may decide said yes', () => {
    let approved = 0;
    fc.assert(
      fc.property(scene, (one) => {
        const world = new World(one);
        for (const step of one.moves) {
          world.do(step);
          world.check(one.untrusted);
        }
        if (world.state.status === 'approved' || world.grants.length > 0) approved += 1;
      }),
      { numRuns: 5000 },
    );
    // A property of what never happens would hold, too.
    expect(approved).toBeGreaterThan(50);
  });
});
