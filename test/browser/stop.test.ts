import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { phone, Rig, type Visit } from './rig.ts';

let rig: Rig;
const open: Visit[] = [];

beforeAll(async () => {
  rig = await Rig.start();
});
afterAll(async () => rig?.end());
afterEach(async () => {
  for (const person of ['operator', 'operator2'])
    await rig.ops(person, 'DELETE', '/stops/all', { reason: 'the test is over' });
  await rig.ops('operator', 'DELETE', '/stops/tool:crm', { reason: 'the test is over' });
  const visits = open.splice(0);
  for (const visit of visits) await visit.end();
  expect(visits.flatMap(({ wrong }) => wrong)).toEqual([]);
});

async function as(person: string, options: Parameters<Rig['visit']>[0] = {}): Promise<Visit> {
  const visit = await rig.signedIn(person, options);
  open.push(visit);
  return visit;
}

async function stopped(): Promise<string[]> {
  const view = await (await rig.ops('auditor', 'GET', '/stops')).json<{ stops: { target: string }[] }>();
  return view.stops.map(({ target }) => target);
}

describe('signing in', () => {
  test('works by a link whose token is left nowhere, and ends with signing out', async () => {
    const { page, go } = await as('operator');
    expect(page.url()).toBe(`${rig.gate.gate}/console`);
    expect(await page.evaluate('document.cookie')).toBe('');
    const [cookie] = await page.context().cookies();
    expect(cookie).toMatchObject({
      name: '__Host-toolgate',
      httpOnly: true,
      secure: true,
      sameSite: 'Strict',
    });
    expect(cookie?.value).not.toContain((rig.gate.people['operator']?.token ?? '').slice(0, 20));
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await go('/console/approvals');
    expect(new URL(page.url()).pathname).toBe('/console/sign-in');
  });

  test('works by a form without script, leads on to where one wanted to go, and refuses what is no token', async () => {
    const visit = await rig.visit({ script: false });
    const { page, go } = visit;
    await go('/console/stops');
    await page.getByLabel('Your sandbox token').fill('nonsense');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').waitFor();
    await page.getByLabel('Your sandbox token').fill(rig.gate.people['auditor']?.token ?? '');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: 'Stops' }).waitFor();
    expect(visit.wrong.filter((text) => !text.includes('401'))).toEqual([]);
    await visit.end();
  });
});

describe('a stop from a phone', () => {
  test('takes two clicks from any page, and its receipt is seen to settle', async () => {
    const { page, go, picture } = await as('operator', { size: phone });
    await go('/console/approvals');
    await page
      .getByRole('link', { name: /^.*Stop/ })
      .first()
      .click();
    expect(await stopped()).toEqual([]);
    await picture('stop-sheet-phone');
    await page.getByRole('button', { name: 'Stop everything now' }).click();
    await page.getByText('Settled: done').waitFor();
    await picture('receipt-phone');
    expect(await stopped()).toEqual(['all']);
    const { receipts } = await (
      await rig.ops('auditor', 'GET', '/receipts?limit=1')
    ).json<{
      receipts: { by: string; reason: string; status: string }[];
    }>();
    expect(receipts[0]).toMatchObject({
      by: 'operator@sandbox.example',
      reason: 'Something is wrong: stop first, look then',
      status: 'settled',
    });
  });

  test('can be of a part, with one’s own words, and without script', async () => {
    const visit = await as('operator', { size: phone });
    const state = await visit.page.context().storageState();
    const bare = await rig.visit({ size: phone, script: false });
    open.push(bare);
    await bare.page.context().addCookies(state.cookies);
    await bare.go('/console/stop');
    await bare.page.getByLabel('Which').selectOption('tool:crm');
    await bare.page.getByLabel('Or in your own words').fill('HubSpot looks odd');
    await bare.page.getByRole('button', { name: 'Stop only this' }).click();
    await bare.page.getByRole('heading', { name: 'Receipt of a stop' }).waitFor();
    expect(await bare.page.getByText('HubSpot looks odd').isVisible()).toBe(true);
    expect(await stopped()).toEqual(['tool:crm']);
  });

  test('shows on everybody’s page by itself', async () => {
    const { page } = await as('auditor');
    expect(await page.getByText('Everything is stopped').count()).toBe(0);
    await rig.ops('operator', 'POST', '/stops', { target: 'all', reason: 'a test' });
    await page.getByText('Everything is stopped').first().waitFor();
  });
});

test('everything is resumed by two people: the second sees who asked and why', async () => {
  await rig.ops('operator', 'POST', '/stops', { target: 'all', reason: 'a test' });
  const first = await as('operator');
  await first.go('/console/stops');
  await first.page.getByLabel('Why it is right to go on').fill('The cause is found');
  await first.page.getByRole('button', { name: 'Ask to resume everything' }).click();
  await first.page.getByText('Somebody else must agree').waitFor();
  expect(await stopped()).toEqual(['all']);
  expect(await first.page.getByRole('button', { name: /resume all/ }).count()).toBe(0);

  const second = await as('operator2', { dark: true });
  await second.page.getByText('asks to resume').waitFor();
  await second.go('/console/stops');
  expect(await second.page.getByText('The cause is found').isVisible()).toBe(true);
  await second.picture('resume-second-person-dark');
  await second.page.getByLabel('Why it is right to go on').fill('I agree');
  await second.page.getByRole('button', { name: 'Agree: resume all' }).click();
  await second.page.getByText('Nothing is stopped').waitFor();
  expect(await stopped()).toEqual([]);
});

describe('who may not stop', () => {
  test.each(['auditor', 'approver'])(
    '%s is told who may, and a form sent all the same changes nothing',
    async (person) => {
      const { page, go } = await as(person);
      await go('/console/stop');
      await page.getByText('Who may stop').waitFor();
      expect(await page.getByRole('button', { name: /Stop everything/ }).count()).toBe(0);
      const csrf = await page.locator('input[name=csrf]').first().inputValue();
      const headers = { origin: rig.gate.gate };
      const answer = await page.request.post(`${rig.gate.gate}/console/stop`, {
        headers,
        form: { csrf, target: 'all', reason: 'a test' },
      });
      expect(answer.status()).toBe(403);
      expect(await stopped()).toEqual([]);
    },
  );
});

describe('a form', () => {
  test.each<[string, (csrf: string, other: string) => { headers: Record<string, string>; csrf: string }]>([
    ['without its token', () => ({ headers: { origin: rig.gate.gate }, csrf: '' })],
    [
      'with the token of another session',
      (_, other) => ({ headers: { origin: rig.gate.gate }, csrf: other }),
    ],
    ['from another origin', (csrf) => ({ headers: { origin: 'https://evil.example' }, csrf })],
    ['from nowhere', (csrf) => ({ headers: {}, csrf })],
  ])('%s is refused and stops nothing', async (_, made) => {
    const [mine, theirs] = [await as('operator'), await as('operator2')];
    const token = async ({ page }: Visit): Promise<string> =>
      page.locator('input[name=csrf]').first().inputValue();
    const { headers, csrf } = made(await token(mine), await token(theirs));
    const answer = await mine.page.request.post(`${rig.gate.gate}/console/stop`, {
      headers,
      form: { csrf, target: 'all', reason: 'a test' },
    });
    expect([400, 403]).toContain(answer.status());
    expect(await stopped()).toEqual([]);
  });
});

test('the session cookie is nothing to /ops/v1, and a bearer token nothing to pages', async () => {
  const { page } = await as('operator');
  expect((await page.request.get(`${rig.gate.gate}/ops/v1/stops`)).status()).toBe(401);
  const token = rig.gate.people['operator']?.token ?? '';
  const answer = await fetch(`${rig.gate.gate}/console`, {
    headers: { authorization: `Bearer ${token}` },
    redirect: 'manual',
  });
  expect(answer.status).toBe(303);
});
