import { afterAll, beforeAll, expect, test } from 'vitest';
import { playContent } from '../../bin/lib/demo/content.ts';
import { playLeads } from '../../bin/lib/demo/leads.ts';
import { readLeads } from '../../bin/lib/demo/post-leads.ts';
import { Stage } from '../../bin/lib/demo/stage.ts';
import { playSupport } from '../../bin/lib/demo/support.ts';
import { bootGate, root, type GateUnderTest } from '../harness.ts';

let gate: GateUnderTest;
beforeAll(async () => {
  gate = await bootGate();
});
afterAll(async () => gate?.close());

/** Plays a story and returns all that it said. */
async function played(play: (stage: Stage) => Promise<void>): Promise<string> {
  const said: string[] = [];
  await play(new Stage({ gate: gate.url.origin, ...gate.secrets.local }, (text) => void said.push(text)));
  return said.join('');
}

test('the story of leads is played to its end, through a stop', async () => {
  const leads = readLeads(`${root}/examples/leads.csv`);
  if (!leads.ok) throw new Error(leads.fault);
  const told = await played(async (stage) => playLeads(stage, leads.rows));
  expect(told).toMatch(/confirmed after \d+ ms/);
  expect(told).toMatch(/Northwind Traders +waits for enterprise/);
  expect(told).toMatch(/Norrsken Energi +routed to sales-emea +the agent/);
  expect(told).toContain('What to undo');
});

test('the story of a page: the scan, two editors, a correction and the way back', async () => {
  const told = await played(playContent);
  expect(told).toContain('the gate objects to guaranteed-results');
  expect(told).toContain('one editor is not enough: it still waits');
  expect(told).toContain('the page says just what it said before');
  expect(told).toMatch(/claim it in look-alike letters +403 .*guaranteed-results risk-free/);
  expect(told).not.toMatch(/ 422 | 500 /);
});

test('the story of an inbox: unread special matters, a refund of two people, a security issue', async () => {
  const told = await played(playSupport);
  expect(told).toMatch(/2005 +assign to team-8005 +done/);
  expect(told).toMatch(/2010 +flag +flagged as incident_/);
  expect(told).toContain('a ticket is filed for those who do it');
  expect(told).toMatch(/told after \d+ ms/);
  expect(told).toMatch(/have the account reset +202 waits for two people/);
  for (const secret of ['4111', 'hunter2', 'діагноз']) expect(told).not.toContain(secret);
  expect(told).not.toMatch(/ 422 | 500 /);
});
