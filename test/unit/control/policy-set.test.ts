import { beforeAll, describe, expect, test } from 'vitest';
import { governanceVersion, type Governance } from '../../../shared/governance.ts';
import type { Role } from '../../../shared/people.ts';
import type { Decision, Rights } from '../../../shared/rights.ts';
import type { SetRecord } from '../../../shared/rpc.ts';
import {
  ruleOnApply,
  ruleOnApproval,
  type Asked,
  type Standing,
} from '../../../workers/control/policy-set.ts';
import { shipped } from '../policy/ask.ts';

const now = Date.parse('2026-11-22T12:00:00Z');
const everybody: Rights['decisions'][Decision] = { by: ['owner'], approve: ['incident-commander'] };
let current: Governance;

beforeAll(async () => {
  current = changed(await shipped(), (content) => {
    content.rights = {
      decisions: {
        'create-agent': everybody,
        'connect-source': { by: ['legal@acme.example', 'owner'], approve: ['legal@acme.example'] },
        'connect-site': everybody,
        widen: everybody,
        'change-rights': everybody,
      },
      barred: { actions: [], groups: [], above: 'restricted' },
    };
  });
});

function changed(from: Governance, change: (content: Omit<Governance, 'version'>) => void): Governance {
  const { version: _, ...content } = structuredClone(from);
  change(content);
  return { version: governanceVersion(content), ...content };
}

function next(change: (content: Omit<Governance, 'version'>) => void): Governance {
  return changed(current, (content) => {
    content.manifests['lead-router']!.version += 1;
    change(content);
  });
}

const who = (email: string, ...roles: Role[]) => ({ email, roles });
const owner = who('owner@acme.example', 'owner');

function standing(more: Partial<Standing> = {}): Standing {
  const record = {
    version: current.version,
    by: 'mara@acme.example',
    approvedBy: null,
    at: '2026-11-22T09:00:00.000Z',
  } as SetRecord;
  return { current, record, waiting: null, numbers: new Map(), now, ...more };
}

function asked(set: Governance, more: Partial<Asked> = {}): Asked {
  return { set, who: owner, origin: 'applied', reason: 'a test', over: current.version, ...more };
}

const narrower = (): Governance =>
  next(({ manifests }) => void (manifests['lead-router']!.limits[0]!.max = 1));
const connecting = (): Governance =>
  next(
    ({ manifests }) =>
      void manifests['lead-router']!.grants.push({ action: 'ads.insight.read', mode: 'read' }),
  );

function refusal(...args: Parameters<typeof ruleOnApply>): string {
  const ruling = ruleOnApply(...args);
  if (ruling.kind !== 'refused') throw new Error(`not refused: ${ruling.kind}`);
  return [
    ruling.problem.code,
    ruling.problem.detail,
    ...(ruling.problem.errors ?? []).map((e) => e.pointer),
  ].join(' ');
}

describe('applying over what is in force', () => {
  test('goes on over the version that the author saw', () => {
    expect(ruleOnApply(asked(narrower()), standing())).toEqual({ kind: 'adopted', first: false });
  });

  test('is a conflict over any other, which names who put what there, and when', () => {
    const told = refusal(asked(narrower(), { over: `ps_${'0'.repeat(32)}` }), standing());
    expect(told).toContain(
      `${current.version} is in force: mara@acme.example put it there at 2026-11-22T09:00`,
    );
    expect(told).toMatch(/^conflict/);
    expect(refusal(asked(narrower(), { over: null }), standing())).toMatch(/^conflict/);
  });

  test('must say over what and why, but for the first set of all', () => {
    expect(refusal(asked(narrower(), { over: undefined }), standing())).toMatch(/\/over$/);
    expect(refusal(asked(narrower(), { reason: null }), standing())).toMatch(/\/reason$/);
    const none = standing({ current: null, record: null });
    const first = asked(current, { over: undefined, reason: null });
    expect(ruleOnApply(first, none)).toEqual({ kind: 'adopted', first: true });
    expect(refusal(asked(current, { over: current.version }), none)).toMatch(/^conflict/);
  });

  test('of the very set in force changes nothing, over whatever', () => {
    expect(ruleOnApply(asked(current, { over: undefined, reason: null }), standing()).kind).toBe('in-force');
  });

  test('a rollback needs no version that it was made over, and no new numbers, but a reason', () => {
    const back = asked(narrower(), { origin: 'rolled-back', over: undefined });
    const numbers = new Map([['lead-router', 99]]);
    expect(ruleOnApply(back, standing({ numbers })).kind).toBe('adopted');
    expect(refusal({ ...back, reason: null }, standing())).toMatch(/\/reason$/);
  });
});

describe('numbers of manifests', () => {
  const number = (version: number): Governance =>
    next(({ manifests }) => {
      manifests['lead-router']!.limits[0]!.max = 1;
      manifests['lead-router']!.version = version;
    });

  test('must rise with the content, above all that were ever used', () => {
    const last = current.manifests['lead-router']!.version;
    expect(refusal(asked(number(last)), standing())).toContain('/manifests/lead-router/version');
    const numbers = new Map([['lead-router', 7]]);
    expect(refusal(asked(number(7)), standing({ numbers }))).toContain('/manifests/lead-router/version');
    expect(ruleOnApply(asked(number(8)), standing({ numbers })).kind).toBe('adopted');
  });

  test('of an agent that was taken away stay taken', () => {
    const without = changed(current, ({ manifests }) => void delete manifests['lead-router']);
    const again = asked(current, { over: without.version });
    const numbers = new Map([['lead-router', current.manifests['lead-router']!.version]]);
    const at = standing({ current: without, numbers });
    at.record = { ...at.record!, version: without.version };
    expect(refusal(again, at)).toContain('/manifests/lead-router/version');
  });
});

describe('decision rights', () => {
  test('refuse whoever lacks one that the change touches, in words that name it and its holders', () => {
    const told = refusal(asked(connecting(), { who: who('x@acme.example', 'operator') }), standing());
    expect(told).toMatch(/^forbidden .*no right to change governance/);
    const legal = who('Legal@acme.example', 'auditor');
    expect(refusal(asked(connecting(), { who: legal }), standing())).toBe(
      'forbidden it allows more than before: asking for it is the right to widen what agents may do of owner.',
    );
    expect(ruleOnApply(asked(connecting()), standing()).kind).toBe('waits');
  });

  test('let whoever may ask for anything narrow', () => {
    const legal = who('legal@acme.example', 'auditor');
    expect(ruleOnApply(asked(narrower(), { who: legal }), standing()).kind).toBe('adopted');
  });

  test('are judged by those in force, so that nobody gives himself one', () => {
    const mine = next(({ rights, manifests }) => {
      rights!.decisions['connect-source'].by = ['sly@acme.example'];
      rights!.decisions['change-rights'].by = ['sly@acme.example', 'operator'];
      manifests['lead-router']!.grants.push({ action: 'ads.insight.read', mode: 'read' });
    });
    const sly = who('sly@acme.example', 'operator');
    expect(refusal(asked(mine, { who: sly }), standing())).toMatch(/^forbidden/);
  });

  test('take a second person for any change of them, also one that only bars more', () => {
    const stricter = next(({ rights }) => void rights!.barred.groups.push('export'));
    const ruling = ruleOnApply(asked(stricter), standing());
    expect(ruling).toMatchObject({
      kind: 'waits',
      waiting: { widens: [expect.any(String)], rights: [{ decision: 'change-rights' }] },
    });
  });

  test('are the owner’s alone where none are written down', () => {
    const plain = changed(current, (content) => void delete content.rights);
    const at = standing({ current: plain });
    at.record = { ...at.record!, version: plain.version };
    const wider = changed(plain, ({ manifests }) => {
      manifests['lead-router']!.version += 1;
      manifests['lead-router']!.limits[0]!.max += 1;
    });
    const ask = asked(wider, { over: plain.version });
    expect(ruleOnApply(ask, at).kind).toBe('waits');
    expect(refusal({ ...ask, who: who('c@acme.example', 'incident-commander') }, at)).toMatch(/^forbidden/);
  });
});

describe('an approval', () => {
  const waitingFor = (body: Governance) => {
    const ruling = ruleOnApply(asked(body), standing());
    if (ruling.kind !== 'waits') throw new Error(ruling.kind);
    return { current, waiting: ruling.waiting, body, now };
  };

  test('is of somebody else who holds every right that is touched', () => {
    const body = connecting();
    const at = waitingFor(body);
    const both = who('legal@acme.example', 'incident-commander');
    expect(ruleOnApproval(body.version, both, at)).toEqual({ kind: 'adopted' });
    const commander = who('ida@acme.example', 'incident-commander');
    expect(ruleOnApproval(body.version, commander, at)).toMatchObject({
      kind: 'refused',
      problem: { detail: expect.stringContaining('approving it is the right to connect a tool') },
    });
    expect(ruleOnApproval(body.version, who('OWNER@acme.example', 'incident-commander'), at)).toMatchObject({
      kind: 'refused',
      problem: { detail: expect.stringContaining('You applied') },
    });
  });

  test('is not its author’s by another address of theirs', () => {
    const body = connecting();
    const legal = who('legal@acme.example', 'incident-commander');
    const one = { name: 'Olga', identities: ['owner@acme.example', 'Legal@acme.example'] };
    const known = changed(current, (content) => void (content.people = { people: [one], groups: {} }));
    expect(ruleOnApproval(body.version, legal, { ...waitingFor(body), current: known })).toMatchObject({
      kind: 'refused',
      problem: { detail: expect.stringContaining('You applied') },
    });
  });

  test('is of the version that waits and of no other, for a day', () => {
    const body = connecting();
    const at = waitingFor(body);
    const both = who('legal@acme.example', 'incident-commander');
    expect(ruleOnApproval(current.version, both, at).kind).toBe('not-waiting');
    expect(ruleOnApproval(body.version, both, { ...at, now: now + 24 * 3_600_000 }).kind).toBe('not-waiting');
    expect(ruleOnApproval(body.version, both, { ...at, body: null }).kind).toBe('not-waiting');
  });
});
