import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checkOptional, checkRotations } from '../../../bin/lib/checks.ts';
import { readWorkerSecrets, writeWorkerSecrets } from '../../../bin/lib/dev-vars.ts';
import { root, writeLocalFile } from '../../../bin/lib/local.ts';
import type { Report } from '../../../bin/lib/output.ts';
import { choose, holders } from '../../../bin/lib/rotation/choice.ts';
import { inAccount } from '../../../bin/lib/rotation/in-account.ts';
import { onMachine } from '../../../bin/lib/rotation/on-machine.ts';
import type { Rotating, RotationVerb } from '../../../bin/lib/rotation/rotating.ts';
import { untried } from '../../../bin/lib/rotation/tried.ts';
import { readValue, valueFault } from '../../../bin/lib/rotation/value.ts';
import { freshSecrets } from '../../../bin/lib/secrets.ts';
import { SECRETS_SET_AT } from '../../../bin/lib/secret-times.ts';
import { findWorkers } from '../../../bin/lib/workers.ts';
import { sha256 } from '../../../shared/crypto.ts';

const NAME = 'HUBSPOT_READ_TOKEN';
const NEXT = 'NEXT_HUBSPOT_READ_TOKEN';
const VALUE = 'pat-eu1-a-new-one';
const now = Date.parse('2026-11-23T12:00:00Z');

let folder: string;
let said: string[];
beforeEach(() => {
  said = [];
  folder = mkdtempSync(join(tmpdir(), 'toolgate-rotation-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function asked(verb: RotationVerb, more: Partial<Rotating> = {}): Rotating {
  const env = { THE_VALUE: VALUE };
  const value = { fromEnv: 'THE_VALUE', env, stdin: process.stdin, stderr: process.stderr };
  return {
    at: folder,
    verb,
    worker: 'crm',
    secret: NAME,
    next: NEXT,
    dry: false,
    make: false,
    untested: true,
    access: { gate: 'http://127.0.0.1:1', token: undefined },
    now,
    value,
    say: (line) => void said.push(line),
    ...more,
  };
}

/** All that a command shows. */
const shown = (report: Report): string => JSON.stringify([report, said]);

describe('on this machine', () => {
  beforeEach(async () => {
    for (const { folder: of, configPath } of findWorkers(root)) {
      mkdirSync(join(folder, of), { recursive: true });
      cpSync(join(root, configPath), join(folder, configPath));
    }
    const { workers, local } = await freshSecrets(['one']);
    writeWorkerSecrets(folder, workers);
    writeLocalFile(folder, { gate: 'http://127.0.0.1:1', ...local });
  });
  const held = (worker: string) => readWorkerSecrets(folder)[worker] ?? {};
  const accepted = () => held('sandbox')[`${NAME}_SHA256`]?.split(',');

  test('two are valid from the beginning to the end, when the old one is forgotten by the vendor, too', async () => {
    const old = held('crm')[NAME] ?? '';
    const begun = await onMachine(asked('rotate'));
    expect(begun.exit).toBe(0);
    expect(held('crm')).toMatchObject({ [NAME]: old, [NEXT]: VALUE });
    expect(accepted()).toEqual([sha256(old), sha256(VALUE)]);
    expect(checkRotations(folder, now)).toMatchObject({ state: 'warning' });
    const finished = await onMachine(asked('finish'));
    expect(finished.exit).toBe(0);
    expect(held('crm')).toMatchObject({ [NAME]: VALUE, [NEXT]: '' });
    expect(accepted()).toEqual([sha256(VALUE)]);
    expect(checkRotations(folder, now)).toMatchObject({ state: 'ok' });
    for (const value of [old, VALUE]) expect(shown(begun) + shown(finished)).not.toContain(value);
  });

  test('it is noted when each was set, and files stay their owner’s alone', async () => {
    await onMachine(asked('rotate'));
    const times = JSON.parse(held('console')[SECRETS_SET_AT] ?? '{}') as Record<
      string,
      Record<string, string>
    >;
    expect(times['crm']?.[NEXT]).toBe('2026-11-23T12:00:00.000Z');
    expect(times['crm']?.[NAME]).not.toBe('2026-11-23T12:00:00.000Z');
    expect(statSync(join(folder, 'workers/tools/crm/.dev.vars')).mode & 0o777).toBe(0o600);
  });

  test('cancel leaves everything as it was', async () => {
    const before = { crm: held('crm'), hashes: accepted() };
    await onMachine(asked('rotate'));
    expect((await onMachine(asked('cancel'))).exit).toBe(0);
    expect(held('crm')).toEqual({ ...before.crm, [NEXT]: '' });
    expect(accepted()).toEqual(before.hashes);
  });

  test('nothing is begun twice, and nothing ended that was not begun', async () => {
    for (const verb of ['finish', 'cancel'] as const) expect((await onMachine(asked(verb))).exit).toBe(1);
    await onMachine(asked('rotate'));
    const again = await onMachine(asked('rotate', { make: true }));
    expect(again.exit).toBe(1);
    expect(held('crm')[NEXT]).toBe(VALUE);
  });

  test('it is not finished while nobody saw the new one work', async () => {
    await onMachine(asked('rotate'));
    const refused = await onMachine(asked('finish', { untested: false }));
    expect(refused.exit).toBe(1);
    expect(held('crm')[NEXT]).toBe(VALUE);
  });

  test('a dry run changes nothing and reads no value', async () => {
    const before = readFileSync(join(folder, 'workers/tools/crm/.dev.vars'), 'utf8');
    const value = { ...asked('rotate').value, fromEnv: 'NOT_SET' };
    expect((await onMachine(asked('rotate', { dry: true, value }))).exit).toBe(0);
    expect(readFileSync(join(folder, 'workers/tools/crm/.dev.vars'), 'utf8')).toBe(before);
  });

  test('one that is the same as before is none', async () => {
    const value = { ...asked('rotate').value, env: { THE_VALUE: held('crm')[NAME] } };
    expect((await onMachine(asked('rotate', { value }))).exit).toBe(1);
    expect(held('crm')[NEXT]).toBeUndefined();
  });

  test('a key of the vault that is still held after its replacement is told, too', () => {
    writeWorkerSecrets(folder, { vault: { VAULT_KEY_PREVIOUS: 'x'.repeat(43) } });
    const check = checkRotations(folder, now);
    expect(check).toMatchObject({ state: 'warning' });
    expect(JSON.stringify(check)).not.toContain('xxx');
  });

  test('what is optional and not set is told', () => {
    expect(checkOptional(folder).found).toContain('control: UNLEASH_URL');
    writeWorkerSecrets(folder, { notifier: { NOTICE_SLACK_TOKEN: '' } });
    expect(checkOptional(folder).found).toContain('notifier: NOTICE_SLACK_TOKEN');
    expect(checkOptional(folder).found).not.toContain('MAIL_API_KEY');
  });
});

describe('in an account', () => {
  const path = process.env['PATH'];
  afterAll(() => {
    process.env['PATH'] = path;
  });
  /** A wrangler that keeps names of secrets, and writes down its arguments and what it read. */
  const wrangler = (names: readonly string[], exit = 0): void => {
    const script = `#!/usr/bin/env node
const { appendFileSync, readFileSync } = require('node:fs');
const args = process.argv.slice(2);
if (args[1] === 'list') { console.log(${JSON.stringify(JSON.stringify(names.map((name) => ({ name }))))}); process.exit(0); }
const input = args[1] === 'put' ? readFileSync(0, 'utf8') : '';
appendFileSync(${JSON.stringify(join(folder, 'log'))}, JSON.stringify({ args, input }) + '\\n');
console.log('it says ' + input);
process.exit(${exit});
`;
    writeFileSync(join(folder, 'log'), '');
    writeFileSync(join(folder, 'wrangler'), script);
    chmodSync(join(folder, 'wrangler'), 0o755);
    process.env['PATH'] = `${folder}${delimiter}${path ?? ''}`;
  };
  const log = () =>
    readFileSync(join(folder, 'log'), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as { args: string[]; input: string });
  const production = (verb: RotationVerb, more: Partial<Rotating> = {}) =>
    inAccount({ ...asked(verb, { at: root, ...more }), environment: 'production' });

  test('the value goes to wrangler on its standard input, is no argument and is never shown', async () => {
    wrangler([NAME]);
    const report = await production('rotate');
    expect(report.exit).toBe(0);
    expect(log()).toEqual([
      {
        args: ['secret', 'put', NEXT, '--env', 'production', '--config', 'workers/tools/crm/wrangler.toml'],
        input: VALUE,
      },
    ]);
    expect(shown(report)).not.toContain(VALUE);
  });

  test('the new one is put before the next one is taken away; a cancel takes only that away', async () => {
    wrangler([NAME, NEXT]);
    await production('finish');
    await production('cancel');
    expect(log().map(({ args, input }) => [args[1], args[2], input])).toEqual([
      ['put', NAME, VALUE],
      ['delete', NEXT, ''],
      ['delete', NEXT, ''],
    ]);
  });

  test('a failure ends it, and what wrangler says is told without the value', async () => {
    wrangler([NAME, NEXT], 1);
    const report = await production('finish');
    expect(report.exit).toBe(1);
    expect(log()).toHaveLength(1);
    expect(shown(report)).toContain('it says [the secret]');
    expect(shown(report)).not.toContain(VALUE);
  });

  test.each<[RotationVerb, string[]]>([
    ['rotate', [NAME, NEXT]],
    ['rotate', []],
    ['finish', [NAME]],
    ['cancel', [NAME]],
  ])('%s out of turn changes nothing', async (verb, names) => {
    wrangler(names);
    expect((await production(verb)).exit).toBe(1);
    expect(log()).toEqual([]);
  });

  test('a dry run says the commands and runs none of them', async () => {
    wrangler([NAME]);
    const report = await production('rotate', { dry: true });
    expect(report.text).toContain(`wrangler secret put ${NEXT} --env production`);
    expect(log()).toEqual([]);
  });
});

describe('which secret is meant', () => {
  const all = holders(root);

  test('is the only one, or has to be said; a workflow’s own can be', () => {
    expect(choose(all, 'chat', undefined)).toMatchObject({ ok: true, next: 'NEXT_SLACK_BOT_TOKEN' });
    expect(choose(all, 'crm', undefined).ok).toBe(false);
    expect(choose(all, 'crm', `${NAME}_LEAD_ROUTING`)).toMatchObject({ next: `${NEXT}_LEAD_ROUTING` });
  });

  test('what is none is not repeated: it may be a value in the wrong place', () => {
    for (const [tool, secret] of [
      ['crm', VALUE],
      [VALUE, NAME],
      ['crm', `${NAME}_${VALUE}`],
    ] as const) {
      const chosen = choose(all, tool, secret);
      expect(chosen.ok).toBe(false);
      expect(JSON.stringify(chosen)).not.toContain(VALUE);
    }
  });

  test('is no key of the gate’s own', () => {
    expect(choose(all, 'crm', 'DISPATCH_PUBLIC_KEY').ok).toBe(false);
    expect(choose(all, 'guard', 'DISPATCH_PRIVATE_KEY').ok).toBe(false);
  });
});

describe('a value', () => {
  const from = (text: string) =>
    readValue('x', {
      fromEnv: undefined,
      env: {},
      stdin: Readable.from([text]) as unknown as NodeJS.ReadStream,
      stderr: process.stderr,
    });

  test('that is typed is shown nowhere, and nothing of it is before the terminal is told', async () => {
    const steps: string[] = [];
    const stdin = Object.assign(Readable.from(['pat-ax', '\u007f', 'b', '\r']), {
      isTTY: true,
      setRawMode: (raw: boolean) => void steps.push(raw ? 'hidden' : 'shown'),
    }) as unknown as NodeJS.ReadStream;
    const stderr = { write: (text: string) => void steps.push(text) } as unknown as NodeJS.WritableStream;
    const read = await readValue('A token', { fromEnv: undefined, env: {}, stdin, stderr });
    expect(read).toEqual({ ok: true, value: 'pat-ab' });
    expect(steps).toEqual(['hidden', 'A token (it is not shown): ', 'shown', '\n']);
  });

  test('that is broken off is none', async () => {
    const stdin = Object.assign(Readable.from(['pat', '\u0003']), {
      isTTY: true,
      setRawMode: () => undefined,
    }) as unknown as NodeJS.ReadStream;
    const stderr = { write: () => true } as unknown as NodeJS.WritableStream;
    expect((await readValue('x', { fromEnv: undefined, env: {}, stdin, stderr })).ok).toBe(false);
  });

  test('that is piped in loses its line end and nothing else', async () => {
    expect(await from('abc\n')).toEqual({ ok: true, value: 'abc' });
    expect((await from('')).ok).toBe(false);
    expect((await from('x'.repeat(5_000))).ok).toBe(false);
  });

  test.each(['one two', 'a\nb', "a'b", 'ä', '\u001b[0m'])('is none when it is %j', async (text) => {
    expect(valueFault(text)).toBeDefined();
    const read = await from(text);
    expect(read.ok).toBe(false);
    expect(JSON.stringify(read)).not.toContain(JSON.stringify(text).slice(1, -1));
  });
});

test('a credential is known to work once it was used and not refused for it after that', () => {
  const secret = (usedAt: string | null, refusedAt: string | null) => [
    { name: NEXT, state: 'set' as const, setAt: null, rotation: 'next' as const, usedAt, refusedAt },
  ];
  expect(untried(secret('2026-11-02', null), NEXT)).toBeUndefined();
  expect(untried(secret('2026-11-02', '2026-11-01'), NEXT)).toBeUndefined();
  expect(untried(secret('2026-11-02', '2026-11-02'), NEXT)).toBeDefined();
  expect(untried(secret(null, null), NEXT)).toBeDefined();
  expect(untried([], NEXT)).toBeDefined();
  expect(untried(null, NEXT)).toBeDefined();
});
