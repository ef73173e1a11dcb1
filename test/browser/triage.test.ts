import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Review } from '../../shared/reviews.ts';
import { barriers, overflows, phone, Rig } from './rig.ts';

const words = '<img src=x onerror=alert(1)>\u202E says nothing that a rule knows';

let rig: Rig;
let handoff: string;
let call: string;
beforeAll(async () => {
  rig = await Rig.start();
  const support = rig.agent('support-agent');
  const about = { tool: 'support', record: '2001' };
  const filed = await support.handOver({
    kind: 'unclassifiable',
    about,
    summary: words,
    tried: [words],
    options: [words],
  });
  handoff = String(filed.body['handoff']);
  // The riskiest call of an agent that people approved so far is looked at again, and this one is larger than any other's.
  const refund = await support.call(
    'support.refund.request',
    { conversation: '2001', amount: 45_000, currency: 'EUR', order: 'A-1001', reason: 'Charged twice.' },
    { mode: 'execute', key: 'browser-refund', because: { goal: 'A refund.', explanation: 'Charged twice.' } },
  );
  call = String(refund.body['call']);
  const decision = { decision: 'approve', reason: 'as-expected' };
  for (const person of ['approver', 'approver2'])
    await rig.ops(person, 'POST', `/approvals/${String(refund.body['approval'])}/decision`, decision);
  await until(async () => (await rig.ops('auditor', 'GET', `/handoffs/${handoff}`)).ok);
  await until(async () => (await rig.ops('auditor', 'GET', `/reviews/${call}`)).ok);
});
afterAll(async () => rig?.end());

async function until(look: () => Promise<boolean>): Promise<void> {
  for (let n = 0; n < 300; n += 1) {
    if (await look()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('it did not happen within thirty seconds');
}

test.each([
  ['light, at a desk', {}, ''],
  ['dark, on a phone', { size: phone, dark: true }, '-phone-dark'],
])('the pages of triage meet WCAG 2.2 AA and fit the screen, %s', async (_, options, suffix) => {
  const visit = await rig.signedIn('approver', options);
  const pages: [name: string, path: string][] = [
    ['triage', ''],
    ['triage-all', '?state=all'],
    ['triage-case', `/cases/${handoff}`],
    ['triage-review', `/reviews/${call}`],
    ['triage-report', `/report/${call}`],
  ];
  for (const [name, path] of pages) {
    await visit.go(`/console/triage${path}`);
    expect(await barriers(visit.page), name).toEqual([]);
    expect(await overflows(visit.page), `${name} is wider than the screen`).toBe(false);
    await visit.picture(`${name}${suffix}`);
  }
  // The agent's words are shown, and nothing of them runs, is drawn or turns the text around.
  expect(await visit.page.locator('main :is(img, script)').count()).toBe(0);
  expect(visit.wrong).toEqual([]);
  await visit.end();
});

test('a case is taken and resolved from a phone, and the agent is told', async () => {
  const visit = await rig.signedIn('approver', { size: phone });
  const { page } = visit;
  await visit.go('/console/triage');
  await page
    .getByRole('link', { name: /says nothing that a rule knows/ })
    .first()
    .click();
  await page.getByRole('button', { name: 'Take it' }).click();
  await page.getByLabel(/What came of it/).fill('It is for billing.');
  await page.getByRole('button', { name: 'Resolve' }).click();
  await page.getByText('It is over.').waitFor();
  const told = await rig.agent('support-agent').get(`/v1/handoffs/${handoff}`);
  expect(told.body).toMatchObject({ status: 'resolved', resolution: 'It is for billing.' });
  expect(visit.wrong).toEqual([]);
  await visit.end();
});

test('a call is reviewed by somebody who did not approve it, and reported from its own page', async () => {
  const own = await rig.signedIn('approver');
  await own.go(`/console/triage/reviews/${call}`);
  await own.page.getByRole('radio', { name: 'fine' }).check();
  await own.page.getByRole('button', { name: 'Record' }).click();
  await own.page.getByText('You approved this call').waitFor();
  await own.end();

  const visit = await rig.signedIn('owner');
  const { page } = visit;
  await visit.go(`/console/triage/reviews/${call}`);
  await page.getByRole('radio', { name: 'wrong' }).check();
  await page.getByLabel(/What is wrong/).fill('It was refunded before.');
  await page.getByRole('button', { name: 'Record' }).click();
  await page.getByText('It was refunded before.').waitFor();
  const review = await (await rig.ops('auditor', 'GET', `/reviews/${call}`)).json<Review>();
  expect(review).toMatchObject({ state: 'done', verdict: 'wrong' });

  await visit.go(`/console/calls/${call}`);
  await page.getByRole('link', { name: 'Report it' }).click();
  await page.getByLabel(/What is wrong/).fill('Nobody asked for it.');
  await page.getByRole('button', { name: 'Report' }).click();
  await page.getByRole('heading', { name: /misbehaviour/ }).waitFor();
  expect(visit.wrong).toEqual([]);
  await visit.end();
});
