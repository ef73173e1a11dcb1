import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hostile } from './hostile.ts';
import { barriers, overflows, phone, Rig, type Visit } from './rig.ts';

/** Every page but those of records (records.test.ts), with whoever has most to do there. Requests are added by address once they are made. */
const pages: [name: string, path: string, person: string][] = [
  ['now', '/console', 'operator'],
  ['stop', '/console/stop', 'operator'],
  ['stop-refused', '/console/stop', 'auditor'],
  ['stops', '/console/stops', 'operator'],
  ['approvals', '/console/approvals', 'approver'],
  ['approvals-all', '/console/approvals?status=all', 'auditor'],
  ['pre-approvals', '/console/pre-approvals', 'approver'],
];

/** Runs in the browser: what of a hostile text would have become part of the page. */
const lookForHostile = `({
  drawn: document.querySelectorAll('main :is(script, iframe, img, object, embed, link, style, base, meta, svg)').length,
  handlers: [...document.querySelectorAll('main *')].filter((one) => [...one.attributes].some(({ name }) => name.startsWith('on'))).length,
  foreign: [...document.querySelectorAll('main :is(a, form)')].filter((one) => {
    const to = one.getAttribute('href') ?? one.getAttribute('action') ?? '/console';
    return to !== '' && !/^(\\/console|#)/.test(to);
  }).length,
  odd: /[\\u202A-\\u202E\\u2066-\\u2069\\u200B-\\u200F\\u0000\\u001B]/.test(document.body.textContent ?? ''),
})`;

let rig: Rig;

/** An agent whose every word is hostile: what waits then is seen by people. */
async function attack(texts: readonly string[]): Promise<string[]> {
  const contact = await rig.record('hubspot', 'contacts');
  const approvals: string[] = [];
  for (const [index, text] of texts.entries()) {
    const input = { id: contact, company: text.slice(0, 200) || 'x' };
    const because = {
      goal: text.slice(0, 400),
      explanation: text.slice(0, 1_000),
      sources: [text.slice(0, 200)],
    };
    const held = await rig
      .agent('lead-router')
      .call('crm.contact.update', input, { mode: 'execute', key: `hostile-${index}`, because });
    if (held.status === 202) approvals.push(String(held.body['approval']));
  }
  return approvals;
}

beforeAll(async () => {
  rig = await Rig.start();
  const made = await attack(['<script>alert(1)</script>\u202E\u200B']);
  await rig.ops('operator', 'POST', '/stops', { target: 'tool:ads', reason: '<img src=x onerror=alert(1)>' });
  const { receipts } = await (
    await rig.ops('auditor', 'GET', '/receipts?limit=1')
  ).json<{ receipts: { id: string }[] }>();
  pages.push(
    ['approval', `/console/approvals/${made[0] ?? ''}`, 'approver'],
    ['approval-read-only', `/console/approvals/${made[0] ?? ''}`, 'auditor'],
    ['alike', `/console/approvals/alike/${made[0] ?? ''}`, 'approver'],
    ['receipt', `/console/stops/${receipts[0]?.id ?? ''}`, 'operator'],
  );
});
afterAll(async () => {
  await rig.ops('operator', 'DELETE', '/stops/tool:ads', { reason: 'the test is over' });
  await rig?.end();
});

describe.each([
  ['light, at a desk', {}, ''],
  ['dark, on a phone', { size: phone, dark: true }, '-phone-dark'],
])('every page, %s,', (_, options, suffix) => {
  test('meets WCAG 2.2 AA as far as axe can tell, fits the screen, and breaks no rule of its own policy', async () => {
    const visits = new Map<string, Visit>();
    for (const [name, path, person] of pages) {
      const visit = visits.get(person) ?? (await rig.signedIn(person, options));
      visits.set(person, visit);
      await visit.go(path);
      // Forms that open are pages of their own to whoever opens them.
      await visit.page.evaluate(
        "document.querySelectorAll('details').forEach((one) => { one.removeAttribute('name'); one.open = true; })",
      );
      expect(await barriers(visit.page), name).toEqual([]);
      expect(await overflows(visit.page), `${name} is wider than the screen`).toBe(false);
      await visit.picture(`${name}${suffix}`);
    }
    for (const visit of visits.values()) {
      expect(visit.wrong).toEqual([]);
      await visit.end();
    }
  });
});

test('the sign-in page meets WCAG 2.2 AA, light and dark', async () => {
  for (const dark of [false, true]) {
    const visit = await rig.visit({ size: phone, dark });
    await visit.go('/console/sign-in');
    expect(await barriers(visit.page)).toEqual([]);
    expect(visit.wrong).toEqual([]);
    await visit.picture(`sign-in${dark ? '-dark' : ''}`);
    await visit.end();
  }
});

test('hostile strings in inputs, goals and sources are shown as text: nothing runs, nothing is drawn of them', async () => {
  const texts = hostile();
  // Each request carries a handful, so that there are not hundreds to look at.
  const lots = Array.from({ length: Math.ceil(texts.length / 20) }, (_, index) =>
    texts.slice(index * 20, index * 20 + 20).join(' '),
  );
  const made = await attack([...texts.slice(0, 16), ...lots]);
  expect(made.length).toBeGreaterThan(10);
  const visit = await rig.signedIn('approver');
  const { page, go } = visit;
  const looks = [
    '/console/approvals',
    ...made.map((id) => `/console/approvals/${id}`),
    `/console/approvals/alike/${made[0] ?? ''}`,
  ];
  for (const path of looks) {
    await go(path);
    const found = await page.evaluate(lookForHostile);
    expect(found, path).toEqual({ drawn: 0, handlers: 0, foreign: 0, odd: false });
  }
  expect(visit.wrong).toEqual([]);
  await visit.end();
});
