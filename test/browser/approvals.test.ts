import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Approval } from '../../shared/rpc.ts';
import { eventually } from '../flow/support.ts';
import { phone, Rig, type Visit } from './rig.ts';

let rig: Rig;
let contact = '';
const open: Visit[] = [];
const because = {
  goal: 'keep the CRM right',
  explanation: 'The form names another company.',
  sources: ['form'],
};

beforeAll(async () => {
  rig = await Rig.start();
  contact = await rig.record('hubspot', 'contacts');
});
afterAll(async () => rig?.end());
afterEach(async () => {
  const visits = open.splice(0);
  for (const visit of visits) await visit.end();
  expect(visits.flatMap(({ wrong }) => wrong)).toEqual([]);
});

async function as(person: string, options: Parameters<Rig['visit']>[0] = {}): Promise<Visit> {
  const visit = await rig.signedIn(person, options);
  open.push(visit);
  return visit;
}

/** An update of a contact, which waits for one person. Returns the ids of the call and the approval. */
async function update(key: string, company: string): Promise<{ call: string; approval: string }> {
  const input = { id: contact, company };
  const held = await rig
    .agent('lead-router')
    .call('crm.contact.update', input, { mode: 'execute', key, because, confidence: 82 });
  expect(held.status).toBe(202);
  return { call: String(held.body['call']), approval: String(held.body['approval']) };
}

async function company(): Promise<string> {
  const answer = await fetch(`${rig.gate.gate}/simulator/hubspot/records/contacts/${contact}`);
  return answer.text();
}

async function approval(id: string): Promise<Approval> {
  return (await rig.ops('auditor', 'GET', `/approvals/${id}`)).json<Approval>();
}

async function ended(agent: string, call: string): Promise<unknown> {
  return (await rig.agent(agent).wait(call, 20)).body;
}

describe('a request', () => {
  test('is found in the inbox, read on one screen and approved by keys', async () => {
    const asked = await update('keys', 'Keys GmbH');
    const { page, go, picture } = await as('approver');
    await go('/console/approvals');
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'What it changes' }).waitFor();
    expect(page.url()).toContain(asked.approval);
    for (const text of [
      'The form names another company.',
      'keep the CRM right',
      '82 %',
      'This action has a high impact',
    ])
      expect(await page.getByText(text).first().isVisible(), text).toBe(true);
    await picture('approval');
    await page.keyboard.press('a');
    expect((await approval(asked.approval)).status).toBe('waiting');
    await page.keyboard.press('Enter');
    await page.getByText('approved').first().waitFor();
    expect(await ended('lead-router', asked.call)).toMatchObject({ status: 'succeeded' });
    expect(await company()).toContain('Keys GmbH');
    expect((await approval(asked.approval)).decisions).toMatchObject([
      { by: 'approver@sandbox.example', reason: 'as-expected' },
    ]);
  });

  test('is rejected on a phone with a reason, and never runs', async () => {
    const asked = await update('reject', 'Rejected Ltd');
    const { page, go, picture } = await as('approver', { size: phone, dark: true });
    await go(`/console/approvals/${asked.approval}`);
    await page.locator('summary', { hasText: 'Reject' }).click();
    await page.locator('#form-reject').getByLabel('Reason').selectOption('wrong-target');
    await picture('approval-phone-dark');
    await page.locator('#form-reject').getByRole('button', { name: 'Reject' }).click();
    await page.getByText('rejected').first().waitFor();
    expect(await ended('lead-router', asked.call)).toMatchObject({ code: 'denied' });
    expect(await company()).not.toContain('Rejected Ltd');
  });

  test('is modified and approved: what runs is what the person wrote', async () => {
    const asked = await update('modify', 'Misspelt GmbH');
    const { page, go, picture } = await as('approver');
    await go(`/console/approvals/${asked.approval}`);
    await page.keyboard.press('m');
    const form = page.locator('#form-modify');
    await form.getByLabel('Reason').selectOption('wrong-data');
    await form.getByLabel('company', { exact: true }).fill('Well Spelt GmbH');
    await form.getByRole('button', { name: 'Modify and approve' }).click();
    await page.getByText('Edited by a person').waitFor();
    await picture('approval-modified');
    expect(await ended('lead-router', asked.call)).toMatchObject({ status: 'succeeded' });
    expect(await company()).toContain('Well Spelt GmbH');
    expect(await company()).not.toContain('Misspelt');
  });

  test('of two people runs after the second, and the first may not be both', async () => {
    const refund = { conversation: '2001', amount: 1_250, currency: 'EUR', reason: 'Charged twice.' };
    const held = await rig
      .agent('support-agent')
      .call('support.refund.request', refund, { mode: 'execute', key: 'two-people', because });
    expect(held.status).toBe(202);
    const id = String(held.body['approval']);
    const first = await as('approver');
    await first.go(`/console/approvals/${id}`);
    expect(await first.page.getByText('0 of 2').first().isVisible()).toBe(true);
    await first.page.getByRole('button', { name: 'Approve', exact: true }).click();
    await first.page.getByText('1 of 2').first().waitFor();
    expect(await first.page.getByRole('button', { name: 'Approve', exact: true }).count()).toBe(0);
    expect(await first.page.getByText('You may not decide this').isVisible()).toBe(true);
    expect((await approval(id)).status).toBe('waiting');
    const second = await as('approver2');
    await second.go(`/console/approvals/${id}`);
    expect(await second.page.getByText('approver@sandbox.example').first().isVisible()).toBe(true);
    await second.picture('approval-second-person');
    await second.page.getByRole('button', { name: 'Approve', exact: true }).click();
    await second.page.getByText('2 of 2').first().waitFor();
    expect(await ended('support-agent', String(held.body['call']))).toMatchObject({ status: 'succeeded' });
  });

  test('that nobody decides on expires before one’s eyes, and is denied', async () => {
    const writer = rig.agent('content-writer');
    const text = { title: 'Spring', content: '<p>Spring is here.</p>', excerpt: 'Short.' };
    const draft = await writer.call('cms.post.draft', text, { mode: 'execute', key: 'draft', because });
    const { post, version } = (draft.body['output'] ?? {}) as { post?: string; version?: string };
    const held = await writer.call(
      'cms.post.publish',
      { post, version },
      { mode: 'execute', key: 'publish', because },
    );
    expect(held.body).toMatchObject({ status: 'waiting' });
    const { page, go } = await as('approver');
    await go(`/console/approvals/${String(held.body['approval'])}`);
    await page.getByRole('button', { name: 'Approve', exact: true }).waitFor();
    await page.getByText('expired').first().waitFor();
    expect(await ended('content-writer', String(held.body['call']))).toMatchObject({ code: 'denied' });
  });

  test('shows a masked value once, to who may decide and says why, and it is journaled', async () => {
    const input = { id: contact, phone: '+49 30 1234567' };
    const held = await rig
      .agent('lead-router')
      .call('crm.contact.update', input, { mode: 'execute', key: 'reveal', because });
    const { page, go, picture } = await as('approver');
    const path = `/console/approvals/${String(held.body['approval'])}`;
    await go(path);
    expect(await page.content()).not.toContain('1234567');
    await page.getByText('Reveal', { exact: true }).click();
    await page.getByLabel('Why you must see it').fill('Does it match the ticket?');
    await page.getByRole('button', { name: 'Show it to me' }).click();
    await page.getByText('shown to you; this is recorded').waitFor();
    expect(await page.content()).toMatch(/30 ?1234567/);
    await picture('revealed');
    const revealed = await eventually(async () => {
      const answer = await rig.ops(
        'auditor',
        'GET',
        `/journal?call=${String(held.body['call'])}&kind=call.revealed`,
      );
      const { entries } = await answer.json<{ entries: { data: unknown }[] }>();
      return entries[0];
    });
    expect(revealed.data).toMatchObject({
      person: 'approver@sandbox.example',
      reason: 'Does it match the ticket?',
    });
    expect(JSON.stringify(revealed)).not.toContain('1234567');
    // The page goes on being kept up to date, though a form was answered with it.
    await page.waitForTimeout(3_000);
    expect(await page.locator('#stale').isHidden()).toBe(true);
    await go(path);
    expect(await page.content()).not.toContain('1234567');
  });

  test('is no one’s to decide who holds another role', async () => {
    const asked = await update('role', 'Role GmbH');
    for (const person of ['auditor', 'operator']) {
      const { page, go } = await as(person);
      await go(`/console/approvals/${asked.approval}`);
      await page.getByText('You may not decide this').waitFor();
      expect(await page.getByRole('button', { name: 'Approve', exact: true }).count()).toBe(0);
    }
    expect((await approval(asked.approval)).decisions).toEqual([]);
  });
});

test('like requests are decided together, each by itself, and only those that were picked', async () => {
  const asked = [];
  for (const name of ['One', 'Two', 'Three']) asked.push(await update(`alike-${name}`, `Alike ${name}`));
  const { page, go, picture } = await as('approver');
  await go(`/console/approvals/alike/${asked[0]?.approval ?? ''}`);
  for (const { approval } of asked.slice(0, 2)) await page.locator(`input[value^="${approval} "]`).check();
  await page.getByLabel('Reason').selectOption('not-needed');
  await picture('alike');
  await page.getByRole('button', { name: 'Reject picked' }).click();
  await page.getByRole('heading', { name: 'Decided together' }).waitFor();
  const states = await Promise.all(asked.map(async (one) => (await approval(one.approval)).status));
  expect(states).toEqual(['rejected', 'rejected', 'waiting']);
});

test('a pre-approval and a delegation are made, shown and ended', async () => {
  const { page, go, picture } = await as('approver');
  await go('/console/pre-approvals');
  await page.getByLabel('Agent', { exact: true }).fill('lead-router');
  await page.getByLabel('Action').selectOption('crm.contact.update');
  await page.getByLabel('How many calls').fill('2');
  await page.getByLabel('Only where this member').fill('/company');
  await page.getByLabel('holds exactly').fill('Foreseen GmbH');
  await page.getByRole('button', { name: 'Pre-approve' }).click();
  await page.getByText('0 of 2').waitFor();
  await page.getByLabel('Who (mail address)').fill('approver2@sandbox.example');
  await page.locator('#lend-reason').fill('A day off');
  await page.getByRole('button', { name: 'Delegate' }).click();
  await page.getByText('A day off').waitFor();
  await picture('pre-approvals');
  while ((await page.getByRole('button', { name: 'End it' }).count()) > 0) {
    await page.getByRole('button', { name: 'End it' }).first().click();
    await page.waitForLoadState();
  }
  expect(await page.getByText('ended').count()).toBeGreaterThan(1);
});
