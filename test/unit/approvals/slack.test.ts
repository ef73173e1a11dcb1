import { describe, expect, test } from 'vitest';
import { hmac } from '../../../shared/crypto.ts';
import { directorySchema } from '../../../shared/directory.ts';
import type { Notice } from '../../../shared/notices.ts';
import type { Approval } from '../../../shared/rpc.ts';
import { readCard, withCards, writeCard, type Card } from '../../../workers/approvals/slack/cards.ts';
import { addressOf, cardFault, rolesInSlack, slackFault } from '../../../workers/approvals/slack/eligible.ts';
import { isSlacks, pressedIn } from '../../../workers/approvals/slack/request.ts';
import { approvalRequestOf } from '../../approval-request.ts';
import { approvalNoticeOf } from '../../notice.ts';

const now = Date.parse('2026-11-23T10:00:00Z');
const seconds = now / 1000;

describe("a request is Slack's", () => {
  const secret = 'signing-secret';
  const body = 'payload=%7B%7D';
  const signed = (timestamp: string, text = body, key = secret) => ({
    timestamp,
    body: text,
    signature: `v0=${hmac(key, `v0:${timestamp}:${text}`)}`,
  });

  test('when its signature fits and it is five minutes old at most', () => {
    expect(isSlacks(signed(String(seconds)), secret, now)).toBe(true);
    expect(isSlacks(signed(String(seconds - 300)), secret, now)).toBe(true);
    expect(isSlacks(signed(String(seconds + 300)), secret, now)).toBe(true);
  });

  test.each([
    ['too old', signed(String(seconds - 301))],
    ['from the future', signed(String(seconds + 301))],
    ['of another body', { ...signed(String(seconds)), body: `${body}&x=1` }],
    ['of another time', { ...signed(String(seconds)), timestamp: String(seconds - 1) }],
    ['of another secret', signed(String(seconds), body, 'other')],
    ['without a signature', { ...signed(String(seconds)), signature: '' }],
    ['of a time that is none', signed('1e9')],
    ['of no time', signed('')],
    ['of a time with space', signed(` ${seconds}`)],
  ])('and not when it is %s', (_, request) => {
    expect(isSlacks(request, secret, now)).toBe(false);
  });
});

describe('what was pressed', () => {
  const payload = (value: unknown) => new URLSearchParams({ payload: JSON.stringify(value) }).toString();
  const press = {
    type: 'block_actions',
    user: { id: 'U1' },
    channel: { id: 'C1' },
    actions: [{ action_id: 'approve', value: 'v' }],
  };
  test('is read', () => {
    expect(pressedIn(payload(press))).toEqual({ member: 'U1', channel: 'C1', button: 'approve', value: 'v' });
  });
  test.each([
    ['nothing', ''],
    ['no JSON', 'payload=%7B'],
    ['another kind', payload({ ...press, type: 'view_submission' })],
    ['two presses at once', payload({ ...press, actions: [...press.actions, ...press.actions] })],
    ['nobody', payload({ ...press, user: undefined })],
  ])('is not made up of %s', (_, body) => {
    expect(pressedIn(body)).toBeNull();
  });
});

describe('a card', () => {
  const card: Card = {
    decision: 'approve',
    approval: 'appr_1',
    digest: 'd'.repeat(64),
    expires: seconds + 60,
  };
  const value = writeCard(card, 'key');

  test('is read as it was written, with the same key', () => {
    expect(readCard(value, 'key')).toEqual(card);
    expect(readCard(value, 'other')).toBeNull();
  });

  test('is worth nothing once any letter of it is another', () => {
    for (let at = 0; at < value.length; at += 1) {
      const changed = value.slice(0, at) + (value[at] === 'x' ? 'y' : 'x') + value.slice(at + 1);
      expect(readCard(changed, 'key')).toBeNull();
    }
    expect(readCard('', 'key')).toBeNull();
    expect(readCard(value.replace('approve', 'reject'), 'key')).toBeNull();
  });

  test('decides only what its button says, and only in time', () => {
    expect(cardFault(card, 'approve', now)).toBeNull();
    expect(cardFault(card, 'reject', now)).toEqual({ why: 'forged' });
    expect(cardFault(null, 'approve', now)).toEqual({ why: 'forged' });
    expect(cardFault(card, 'approve', now + 60_000)).toEqual({ why: 'expired' });
    expect(cardFault({ ...card, expires: NaN }, 'approve', now)).toEqual({ why: 'expired' });
  });

  test('is handed over with a notice that may have buttons, and with no other', async () => {
    const told: Notice[] = [];
    const notifier = { notify: async (notice: Notice) => (told.push(notice), []) };
    await withCards(notifier, 'key').notify(approvalNoticeOf({ buttons: true }));
    await withCards(notifier, 'key').notify(approvalNoticeOf({ buttons: false }));
    await withCards(notifier, undefined).notify(approvalNoticeOf({ buttons: true }));
    const cards = told.map((notice) => ('card' in notice ? notice.card : null));
    expect(cards.map((one) => one !== null)).toEqual([true, false, false]);
    expect(readCard(cards[0]!.reject, 'key')).toMatchObject({ decision: 'reject', digest: 'a'.repeat(64) });
  });
});

describe('who decides from Slack', () => {
  const directory = directorySchema.parse({
    people: [{ name: 'Ada', identities: ['Ada@acme.example', 'ada@old.example'], slack: 'U0ADA000' }],
    groups: {
      approvers: { members: ['approver', 'ada@old.example'] },
      roles: { members: ['approver', 'owner'] },
    },
  });
  const fresh = {
    status: 'waiting',
    approvedUnder: null,
    stoppedBy: null,
    escalated: 0,
    reminded: 0,
  } as const;
  const approval = (over: Partial<Approval> = {}): Approval => ({
    ...approvalRequestOf(),
    ...fresh,
    decisions: [],
    edits: [],
    ...over,
  });

  test('is whom the directory knows by member id', () => {
    expect(addressOf(directory, 'U0ADA000')).toBe('ada@acme.example');
    expect(addressOf(directory, 'U0OTHER0')).toBeNull();
    expect(addressOf({ ...directory, people: [{ name: 'B', identities: ['b@b.example'] }] }, '')).toBeNull();
  });

  test.each([
    ['in a group that names them by mail address', approval(), null],
    ['not in one of roles alone', approval({ group: 'roles' }), 'no-member'],
    ['nor in one that is asked later', approval({ group: 'roles', escalation: ['approvers'] }), 'no-member'],
    ['but once it is asked', approval({ group: 'roles', escalation: ['approvers'], escalated: 1 }), null],
    ['not in one that nobody defined', approval({ group: 'unknown' }), 'no-member'],
    ['not on what an agent does for them', approval({ user: 'ada@old.example' }), 'look-closer'],
    ['not on what cannot be undone', approval({ irreversible: true }), 'look-closer'],
    ['not where two are needed', approval({ needs: 2 }), 'look-closer'],
    ['not on an edit', approval({ revision: 1 }), 'look-closer'],
  ])('%s', (_, one, why) => {
    expect(slackFault(one, 'ada@acme.example', directory)?.why ?? null).toBe(why);
  });
});

test('whoever presses may do what the settings give any of their addresses; in the sandbox tokens alone carry roles', () => {
  const directory = directorySchema.parse({
    people: [{ name: 'Ada', identities: ['ada@acme.example', 'ada@old.example'] }],
  });
  const PEOPLE = JSON.stringify({ 'ada@old.example': ['approver'], 'sam@acme.example': ['auditor'] });
  const held = (email: string, over = {}) =>
    rolesInSlack({ ENVIRONMENT: 'production', PEOPLE, ...over }, directory, email);
  expect(held('ada@acme.example')).toEqual(['approver']);
  // A group that names somebody makes no approver of them.
  expect(held('sam@acme.example')).toEqual(['auditor']);
  expect(held('gone@acme.example')).toEqual([]);
  expect(held('constructor')).toEqual([]);
  expect(held('ada@acme.example', { PEOPLE: 'not json' })).toEqual([]);
  expect(held('ada@acme.example', { PEOPLE: undefined })).toEqual([]);
  expect(held('sam@acme.example', { ENVIRONMENT: 'sandbox' })).toEqual(['approver']);
});
