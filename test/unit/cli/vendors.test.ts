import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { root } from '../../../bin/lib/local.ts';
import { runCommandLine } from '../../../bin/lib/run.ts';
import { vendorDocs, vendorRegister, withRegister } from '../../../bin/lib/vendor-docs.ts';
import { readRegister } from '../../../bin/lib/vendor-register.ts';
import { catalogue, contracts } from '../../../workers/tools/catalogue.ts';

const page = readFileSync(join(root, vendorDocs), 'utf8');
const tools = contracts.map(({ tool }) => tool);

test(`${vendorDocs} says what contracts and register say (else run: node bin/lib/vendor-docs.ts)`, () => {
  expect(withRegister(page, root)).toBe(page);
});

test('every tool has an entry, and every action is on the page', () => {
  expect(vendorRegister(root).map(({ tool }) => tool)).toEqual(tools);
  for (const { name, summary } of catalogue.values()) {
    expect(page).toContain(`### \`${name}\``);
    expect(page).toContain(summary);
  }
});

test('a tool without an entry does not pass, and neither does an entry without a tool', () => {
  const errors = (known: string[]): string => JSON.stringify(readRegister(root, known));
  expect(errors([...tools, 'newcomer'])).toContain('the tool newcomer has no entry');
  expect(errors(tools.filter((tool) => tool !== 'crm'))).toContain('there is no such tool');
});

test('what is known has a source and a day that is not to come; what is not says so', () => {
  for (const { register, tool } of vendorRegister(root)) {
    for (const fact of Object.values(register)) {
      if ('unverified' in fact) continue;
      expect(Date.parse(fact.read), tool).toBeLessThan(Date.parse('2027-01-01'));
      expect(page).toContain(fact.source);
    }
  }
});

test('fields say their class, whose words they hold, and whether they may be left out', () => {
  const crm = vendorRegister(root).find(({ tool }) => tool === 'crm');
  const read = crm?.actions.find(({ action }) => action === 'crm.contact.read');
  expect(read?.output.find(({ field }) => field === 'email')).toMatchObject({ class: 'email' });
  expect(read?.output.every(({ provenance }) => provenance !== undefined)).toBe(true);
  const update = crm?.actions.find(({ action }) => action === 'crm.contact.update');
  expect(update?.input.find(({ field }) => field === 'firstName')).toMatchObject({
    optional: true,
    class: 'name',
  });
  expect(update).toMatchObject({
    preview: expect.stringContaining('Looks at'),
    undo: expect.stringContaining('By'),
  });
});

async function run(...args: string[]): Promise<{ exit: number; out: string; err: string }> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const exit = await runCommandLine(['vendors', ...args], {}, { stdout, stderr });
  const read = (stream: PassThrough): string => ((stream.read() as Buffer | null) ?? '').toString();
  return { exit, out: read(stdout), err: read(stderr) };
}

test('toolgate vendors lists all, shows one, and knows no other', async () => {
  const all = await run();
  for (const tool of tools) expect(all.out).toMatch(new RegExp(`^${tool} `, 'm'));
  expect((await run('email')).out).toContain('email.message.send');
  const json = JSON.parse((await run('crm', '--json')).out) as { tool: string; register: object };
  expect(json).toMatchObject({ tool: 'crm', register: { memory: { read: expect.any(String) } } });
  const wrong = await run('crn');
  expect(wrong.exit).toBe(2);
  expect(wrong.err).toContain('crm');
});
