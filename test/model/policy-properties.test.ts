import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { authorize, compilePolicy, type Verdict } from '../../shared/cedar/evaluate.ts';
import { record } from '../../shared/cedar/values.ts';
import type { PolicyJson } from '../../shared/governance.ts';
import { cases } from '../unit/policy/generate.ts';
import type { Case } from '../unit/policy/real-cedar.ts';

type Ids = [id: string, json: PolicyJson][];

function verdict(policies: Ids, request: Case['request']): Verdict<string> {
  return authorize(
    policies.map(([id, json]) => compilePolicy(id, json)),
    request,
  );
}

function sorted({ decision, determining, failed }: Verdict<string>): unknown {
  return { decision, determining: [...determining].sort(), failed: [...failed].sort() };
}

const runs = { numRuns: 1_500, seed: 26 };
const forbidding = cases.map(({ policies }): Ids => {
  return Object.entries(policies).map(([id, json]) => [`more-${id}`, { ...json, effect: 'forbid' }]);
});

test('adding forbids never allows what was denied', () => {
  let denied = 0;
  fc.assert(
    fc.property(cases, forbidding, ({ policies, request }, more) => {
      const before = verdict(Object.entries(policies), request);
      const after = verdict([...Object.entries(policies), ...more], request);
      if (before.decision === 'deny') expect(after.decision).toBe('deny');
      denied += Number(before.decision === 'allow' && after.decision === 'deny');
    }),
    runs,
  );
  // Some forbid has to bite, or nothing was shown.
  expect(denied).toBeGreaterThan(50);
});

test('taking permits away never allows what was denied', () => {
  fc.assert(
    fc.property(cases, fc.nat(3), ({ policies, request }, at) => {
      const all = Object.entries(policies);
      const fewer = all.filter(([, { effect }], index) => effect === 'forbid' || index !== at % all.length);
      const [before, after] = [verdict(all, request), verdict(fewer, request)];
      // A permit that failed denied: without it, what others allow is allowed.
      if (before.decision === 'deny' && before.failed.length === 0) expect(after.decision).toBe('deny');
    }),
    runs,
  );
});

test('the order of policies changes nothing', () => {
  const shuffled = cases.chain((one) => {
    const all = Object.entries(one.policies);
    return fc.tuple(
      fc.constant(one),
      fc.shuffledSubarray(all, { minLength: all.length, maxLength: all.length }),
    );
  });
  fc.assert(
    fc.property(shuffled, ([{ policies, request }, turned]) => {
      expect(sorted(verdict(turned, request))).toEqual(sorted(verdict(Object.entries(policies), request)));
    }),
    runs,
  );
});

test('asking again says the same', () => {
  fc.assert(
    fc.property(cases, ({ policies, request }) => {
      const compiled = Object.entries(policies).map(([id, json]) => compilePolicy(id, json));
      expect(authorize(compiled, request)).toEqual(authorize(compiled, request));
    }),
    runs,
  );
});

test('there is a verdict for whatever stands where an expression should, and it denies', () => {
  const anything = fc.jsonValue({ maxDepth: 3 });
  const any = fc.constantFrom<PolicyJson['effect']>('permit', 'forbid');
  const ask = fc.record({
    one: cases,
    effect: any,
    body: anything,
    kind: fc.constantFrom('when', 'unless', 'if'),
  });
  fc.assert(
    fc.property(ask, ({ one: { request }, effect, body, kind }) => {
      const all = { op: 'All' };
      const conditions = [{ kind: kind as 'when', body }];
      const alien: PolicyJson = { effect, principal: all, action: all, resource: all, conditions };
      const free: PolicyJson = {
        effect: 'permit',
        principal: all,
        action: all,
        resource: all,
        conditions: [],
      };
      const found = verdict(
        [
          ['alien', alien],
          ['free', free],
        ],
        request,
      );
      // No plain JSON value is an expression of Cedar's form but by the rarest accident.
      if (found.failed.length > 0) expect(found.decision).toBe('deny');
      else expect(isExpression(body)).toBe(true);
    }),
    runs,
  );
});

function isExpression(body: unknown): boolean {
  return typeof body === 'object' && body !== null && !Array.isArray(body) && Object.keys(body).length === 1;
}

test('more approvals never forbid more, and never fail more, in the one form that is taken', () => {
  let lifted = 0;
  const held = cases.chain((one) => {
    const needs = fc.array(fc.constantFrom(1, 2), { minLength: 4, maxLength: 4 });
    return fc.tuple(fc.constant(one), needs);
  });
  fc.assert(
    fc.property(held, ([{ policies, request }, needs]) => {
      const all = Object.entries(policies).map(
        ([id, json], index) => [id, waiting(json, needs[index] ?? 1)] as const,
      );
      const verdicts = [0, 1, 2].map((approvals) =>
        verdict(
          all.map(([id, json]) => [id, json]),
          asked(request, approvals),
        ),
      );
      verdicts.slice(1).forEach((after, index) => {
        const before = verdicts[index]!;
        if (before.decision === 'allow') expect(after.decision).toBe('allow');
        expect(before.failed).toEqual(expect.arrayContaining(after.failed));
        lifted += Number(before.decision === 'deny' && after.decision === 'allow');
      });
    }),
    runs,
  );
  expect(lifted).toBeGreaterThan(20);
});

/** A forbid with the clause that asks for people; permits say nothing of approvals. */
function waiting(json: PolicyJson, needs: number): PolicyJson {
  if (json.effect === 'permit') return json;
  const approvals = { '.': { left: { Var: 'context' }, attr: 'approvals' } };
  const body = { '>=': { left: approvals, right: { Value: needs } } };
  return { ...json, conditions: [...json.conditions, { kind: 'unless', body }] };
}

function asked(request: Case['request'], approvals: number): Case['request'] {
  const known = Object.keys(request.context).map((name) => [name, request.context[name]!] as const);
  return {
    ...request,
    context: record([...known.filter(([name]) => name !== 'approvals'), ['approvals', approvals]]),
  };
}
