import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { governanceVersion, type Governance } from '../../shared/governance.ts';
import { eventually } from '../flow/support.ts';
import { putInForce } from '../harness.ts';
import { hostile as hostileStrings } from './hostile.ts';
import { barriers, overflows, phone, Rig, type Visit } from './rig.ts';

let rig: Rig;
/** A change of a contact that people approved, and a lead that a stranger sent. */
let call: string;
let lead: string;

const hostile = '<script>alert(1)</script><img src=x onerror=alert(1)> \u202Egnp.exe\u200B';

/** Runs in the browser: what of a hostile text would have become part of the page. */
const lookForHostile = `({
  drawn: document.querySelectorAll('main :is(script, iframe, img, object, embed, link, style, base, meta, svg)').length,
  handlers: [...document.querySelectorAll('main *')].filter((one) => [...one.attributes].some(({ name }) => name.startsWith('on'))).length,
  odd: /[\\u202A-\\u202E\\u2066-\\u2069\\u200B-\\u200F]/.test(document.body.textContent ?? ''),
})`;

const openAll =
  "document.querySelectorAll('details').forEach((one) => { one.removeAttribute('name'); one.open = true; })";

beforeAll(async () => {
  rig = await Rig.start();
  call = await changed('records-1');
  lead = await posted();
  await recorded();
});
afterAll(async () => rig?.end());

/** Has a contact changed in a hostile agent's words, with the approval that it needs; resolves once the audit log has it. */
async function changed(key: string): Promise<string> {
  const id = await rig.record('hubspot', 'contacts');
  const because = { goal: hostile, explanation: hostile, sources: [hostile] };
  const how = { mode: 'execute' as const, key, session: `morning ${hostile}`, because };
  const input = { id, leadStatus: key.endsWith('1') ? 'CONNECTED' : 'OPEN' };
  const asked = await rig.agent('lead-router').call('crm.contact.update', input, how);
  const decision = { decision: 'approve', reason: 'as-expected' };
  await rig.ops('approver', 'POST', `/approvals/${String(asked.body['approval'])}/decision`, decision);
  const made = String(asked.body['call']);
  await eventually(async () => {
    const found = await rig.ops('auditor', 'GET', `/calls/${made}`);
    const sheet = found.ok ? await found.json<{ call: { status: string } }>() : null;
    return sheet?.call.status === 'succeeded' ? true : undefined;
  });
  return made;
}

/** Tests and a backtest of the set in force, in the words of somebody hostile. */
async function recorded(): Promise<void> {
  const ranAt = new Date().toISOString();
  const row = { at: 'governance/tests/held.yaml:4', expect: 'one', by: [hostile] };
  const rows = [
    { ...row, says: hostile, result: 'fail', got: { expect: 'allow', by: [] } },
    { ...row, says: 'A large lead waits for a person', result: 'pass' },
  ];
  const tests = { kind: 'tests', ranAt, passed: 1, failed: 1, undecided: [], errors: 0, rows };
  const difference = { was: 'allow', would: '1 person', policies: [hostile], count: 3 };
  const differences = [{ ...difference, agent: 'lead-router', actions: [hostile] }];
  const counts = { decisions: 5, same: 2, different: 3, unsure: 0 };
  const span = { ranAt, since: ranAt, until: ranAt, from: 'audit-log' };
  for (const body of [tests, { kind: 'backtest', ...span, ...counts, differences }]) {
    const answer = await rig.ops('operator', 'POST', '/governance/in-force/evidence', body);
    if (!answer.ok) throw new Error(`it was not recorded: ${answer.status} ${await answer.text()}`);
  }
}

/** A lead from the shipped site, with hostile words wherever a stranger can write. */
async function posted(): Promise<string> {
  const words = { name: hostile, company: hostile, message: hostile, interest: hostile };
  const body = { ...words, email: 'stranger@acme.example', country: 'DE', consent: 'yes' };
  const answer = await fetch(`${rig.gate.gate}/leads/acme-web`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'publishable-key': 'pk_acmeweb01' },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`the lead was not taken: ${answer.status} ${await answer.text()}`);
  const found = await rig.ops('operator', 'GET', '/leads?limit=1');
  return (await found.json<{ id: string }[]>())[0]?.id ?? '';
}

function pages(): [name: string, path: string][] {
  return [
    ['calls', '/console/calls'],
    ['calls-found', '/console/calls?status=succeeded&agent=lead-router'],
    ['call', `/console/calls/${call}`],
    ['call-look', `/console/calls/${call}/look`],
    ['agents', '/console/agents'],
    ['agent', '/console/agents/lead-router'],
    ['tools', '/console/tools'],
    ['policies', '/console/policies'],
    ['policy-set', '/console/policies/in-force'],
    ['leads', '/console/leads'],
    ['lead', `/console/leads/${lead}`],
    ['journal', '/console/journal'],
  ];
}

describe.each([
  ['light, at a desk', 'operator', {}, ''],
  ['dark, on a phone', 'owner', { size: phone, dark: true }, '-phone-dark'],
])('every page of records, %s, for an %s,', (_, person, options, suffix) => {
  test('meets WCAG 2.2 AA as far as axe can tell, fits the screen, and shows hostile words as text', async () => {
    const visit = await rig.signedIn(person, options);
    const { page, go } = visit;
    for (const [name, path] of pages()) {
      await go(path);
      await page.evaluate(openAll);
      expect(await barriers(page), name).toEqual([]);
      expect(await overflows(page), `${name} is wider than the screen`).toBe(false);
      expect(await page.evaluate(lookForHostile), name).toEqual({ drawn: 0, handlers: 0, odd: false });
      await visit.picture(`${name}${suffix}`);
    }
    expect(visit.wrong).toEqual([]);
    await visit.end();
  });
});

describe('a sealed field of a lead', () => {
  test('is shown to an operator who says why, as text and not in the address, and not again on a reload', async () => {
    const visit = await rig.signedIn('operator');
    const { page, go } = visit;
    await go(`/console/leads/${lead}`);
    expect(await page.getByText(hostile.slice(0, 20)).count()).toBe(0);
    await page.getByLabel('Field', { exact: true }).selectOption('message');
    await page.getByLabel('Why you have to see it').fill('a test looks');
    await page.getByRole('button', { name: 'Show it' }).click();
    await page.getByText('It is recorded that you saw this').waitFor();
    expect(await page.evaluate(lookForHostile)).toEqual({ drawn: 0, handlers: 0, odd: false });
    expect(await barriers(page)).toEqual([]);
    expect(new URL(page.url()).search).toBe('');
    await visit.picture('lead-shown');
    await go(`/console/leads/${lead}`);
    expect(await page.getByText('It is recorded that you saw this').count()).toBe(0);
    await visit.end();
  });

  test('is not offered to an auditor, who is told who may', async () => {
    const visit = await rig.signedIn('auditor');
    await visit.go(`/console/leads/${lead}`);
    await visit.page.getByText('Who may have a sealed field shown').waitFor();
    expect(await visit.page.getByRole('button', { name: 'Show it' }).count()).toBe(0);
    await visit.end();
  });
});

async function atCalls(person: string): Promise<Visit> {
  const visit = await rig.signedIn(person);
  await visit.go('/console/calls');
  return visit;
}

test('a call is searched by a part of its id, read as a timeline, looked at and taken back from its page', async () => {
  const visit = await atCalls('operator');
  const { page } = visit;
  await page.getByText('Search calls').click();
  await page.getByLabel('Part of the id').fill(call.slice(-8));
  await page.getByLabel('State').selectOption('succeeded');
  await page.getByRole('button', { name: 'Search' }).click();
  await page.waitForURL(/id=/);
  const links = page.getByRole('table').getByRole('link', { name: `…${call.slice(-6)}` });
  expect(await links.count()).toBe(1);
  await links.click();
  const timeline = page.locator('.timeline');
  await timeline.waitFor();
  const titles = await timeline.getByRole('heading').allTextContents();
  expect(titles.map((title) => title.split(' ')[0])).toEqual(
    expect.arrayContaining(['Waits', 'Decided', 'Allowed,']),
  );
  expect(await timeline.textContent()).toContain('high-impact-waits');
  await page.getByRole('link', { name: 'Look first' }).click();
  await page.getByText('What the call left: an undo would write.').waitFor();
  const undo = page.getByRole('region', { name: 'Undo' });
  await undo.getByLabel('Reason').fill('the wrong contact');
  await undo.getByRole('button', { name: 'Undo' }).click();
  await page
    .getByRole('status')
    .filter({ hasText: /Done|under way/ })
    .waitFor();
  await eventually(async () => {
    await page.reload();
    return (await page.getByText('Taken back').count()) > 0 ? true : undefined;
  });
  expect(await page.getByRole('button', { name: 'Undo' }).count()).toBe(0);
  expect(visit.wrong).toEqual([]);
  await visit.end();
});

test('an auditor reads a call and finds no button to act on it', async () => {
  const other = await changed('records-2');
  const visit = await atCalls('auditor');
  await visit.go(`/console/calls/${other}`);
  expect(await visit.page.getByText('Who may take calls back').count()).toBe(1);
  expect(await visit.page.getByRole('button', { name: 'Undo' }).count()).toBe(0);
  await visit.end();
});

test('a call is reported from its page by whoever reads it', async () => {
  const visit = await rig.signedIn('auditor');
  const { page, go } = visit;
  await go(`/console/calls/${call}`);
  await page.getByLabel('Reason').fill('It should not have touched this contact.');
  await page.getByRole('button', { name: 'Report it' }).click();
  await page.getByRole('status').filter({ hasText: 'Reported.' }).waitFor();
  const handoffs = await (
    await rig.ops('operator', 'GET', '/handoffs')
  ).json<{ kind: string; calls: string[] }[]>();
  expect(handoffs.some(({ kind, calls }) => kind === 'misbehaviour' && calls.includes(call))).toBe(true);
  await visit.end();
});

test('hostile strings in inputs, goals and sessions are shown as text on every page that tells of calls', async () => {
  const texts = hostileStrings();
  const lots = Array.from({ length: Math.ceil(texts.length / 20) }, (_, n) =>
    texts.slice(n * 20, n * 20 + 20),
  );
  const made: string[] = [];
  for (const lot of lots) {
    const text = lot.join(' ');
    const because = {
      goal: text.slice(0, 400) || 'x',
      explanation: text.slice(0, 1_000) || 'x',
      sources: [text.slice(0, 200)],
    };
    const how = { mode: 'read' as const, because, session: (lot[0] ?? 'x').slice(0, 100) };
    const answer = await rig.agent('lead-router').call('crm.company.search', { name: lot[1] ?? 'x' }, how);
    if (typeof answer.body['call'] === 'string') made.push(answer.body['call']);
  }
  expect(made.length).toBeGreaterThan(5);
  await eventually(async () =>
    (await rig.ops('auditor', 'GET', `/calls/${made.at(-1)}`)).ok ? true : undefined,
  );
  const visit = await rig.signedIn('auditor');
  for (const path of ['/console/calls', '/console/journal', ...made.map((id) => `/console/calls/${id}`)]) {
    await visit.go(path);
    await visit.page.evaluate(openAll);
    expect(await visit.page.evaluate(lookForHostile), path).toEqual({ drawn: 0, handlers: 0, odd: false });
  }
  expect(visit.wrong.filter((line) => !line.includes('404'))).toEqual([]);
  await visit.end();
});

test('a new call comes into the list while somebody looks', async () => {
  const visit = await atCalls('auditor');
  const because = { goal: 'to be seen', explanation: 'A test asks.' };
  const answer = await rig
    .agent('lead-router')
    .call('crm.company.read', { id: '501' }, { mode: 'read', because });
  const id = String(answer.body['call']);
  await visit.page.getByRole('link', { name: `…${id.slice(-6)}` }).waitFor();
  expect(visit.wrong).toEqual([]);
  await visit.end();
});

test('tools show which Worker holds which secret by name, and the value of none is on the page', async () => {
  const visit = await rig.signedIn('auditor');
  await visit.go('/console/tools');
  const html = await visit.page.content();
  expect(html).toContain('HUBSPOT_WRITE_TOKEN');
  expect(html).toContain('CHECKPOINT_PRIVATE_KEY');
  expect(rig.gate.secrets.length).toBeGreaterThan(10);
  for (const value of rig.gate.secrets) expect(html.includes(value)).toBe(false);
  await visit.end();
});

test('a policy set shows its tests and backtest, who recorded them, and that the gate did not run them', async () => {
  const visit = await rig.signedIn('auditor');
  await visit.go('/console/policies/in-force');
  const tests = visit.page.getByRole('region', { name: 'Tests' });
  expect(await tests.textContent()).toMatch(/Passed1.*Failed.*1.*one person, by.*allowed, by no policy/s);
  expect(await tests.textContent()).toMatch(/Recorded by operator@.*The gate did not run it/s);
  expect(await tests.getByText('A large lead waits for a person').isVisible()).toBe(false);
  await tests.getByText('All rows, by policy').click();
  expect(await tests.getByText('A large lead waits for a person').isVisible()).toBe(true);
  const backtest = await visit.page.getByRole('region', { name: 'Backtest' }).textContent();
  expect(backtest).toMatch(/Decisions5.*Different.*3.*allow → 1 person.*lead-router/s);
  expect(visit.wrong).toEqual([]);
  await visit.end();
});

test('a policy set that waits is told of, and its page says with which command its tests are recorded', async () => {
  const now = await (await rig.ops('auditor', 'GET', '/governance/in-force')).json<{ set: Governance }>();
  const { version: over, ...rest } = now.set;
  const content = { ...rest, policies: rest.policies.filter(({ id }) => id !== 'large-lead-waits') };
  const version = governanceVersion(content);
  const terms = new URLSearchParams({ over, reason: `larger leads ${hostile}` }).toString();
  const applied = await rig.ops('owner', 'PUT', `/governance?${terms}`, { version, ...content });
  expect(applied.status).toBe(202);
  const visit = await rig.signedIn('approver');
  const { page, go } = visit;
  await go('/console/policies');
  expect(await page.locator('div.notice.warn').textContent()).toMatch(
    /waits for a second person.*It allows more/s,
  );
  expect(await page.evaluate(lookForHostile)).toEqual({ drawn: 0, handlers: 0, odd: false });
  expect(await barriers(page)).toEqual([]);
  await go(`/console/policies/${version}`);
  await page.getByText('How it stands: waits for a second person.').waitFor();
  await page.getByText('toolgate policy test --record').waitFor();
  expect(await barriers(page)).toEqual([]);
  expect(visit.wrong).toEqual([]);
  await visit.end();
  // Withdraws it.
  expect((await rig.ops('owner', 'PUT', `/governance?${terms}`, now.set)).status).toBe(200);
});

test('what a version of a manifest changed is told in words', async () => {
  const now = await (await rig.ops('auditor', 'GET', '/governance/in-force')).json<{ set: Governance }>();
  const set = structuredClone(now.set);
  const agent = set.manifests['support-agent'];
  if (agent) agent.mission = 'Answer customers, and say so plainly.';
  await putInForce({ ops: async (...asked) => rig.ops(...asked) }, set);
  const visit = await rig.signedIn('auditor');
  const { page, go } = visit;
  await go('/console/agents/support-agent');
  await page.getByRole('link', { name: 'What it changed' }).first().click();
  const changes = page.getByRole('region', { name: 'Is otherwise' });
  await changes.waitFor();
  expect(await changes.textContent()).toContain('mission: Answer customers, and say so plainly.');
  expect(await barriers(page)).toEqual([]);
  await go('/console/policies');
  // Of another set than the one that something was recorded for.
  await page.getByText('toolgate policy test --record').waitFor();
  await page.getByRole('link', { name: 'What it changed' }).first().click();
  await page.getByText('Agents whose manifest changed').waitFor();
  expect(await barriers(page)).toEqual([]);
  expect(visit.wrong).toEqual([]);
  await visit.end();
});

test('the journal is taken away whole, with its checkpoint last', async () => {
  const visit = await rig.signedIn('auditor');
  await visit.go('/console/journal');
  expect(await visit.page.getByText(/entries on this page hold to their own hash/).count()).toBe(1);
  const [download] = await Promise.all([
    visit.page.waitForEvent('download'),
    visit.page.getByRole('link', { name: 'Export everything' }).click(),
  ]);
  const lines = readFileSync(await download.path(), 'utf8')
    .trimEnd()
    .split('\n');
  expect(lines.length).toBeGreaterThan(5);
  expect(JSON.parse(lines.at(-1) ?? '{}')).toHaveProperty('checkpoint');
  await visit.end();
});
