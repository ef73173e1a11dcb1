import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { Writable } from 'node:stream';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { root } from '../../../bin/lib/local.ts';
import { missing, unlike } from '../../../bin/lib/replay/compare.ts';
import { differences, observed } from '../../../bin/lib/replay/observe.ts';
import { runCommandLine } from '../../../bin/lib/run.ts';
import { readSuites, type Expectation, type SuiteFile } from '../../../bin/lib/replay/suite.ts';
import { isLooser, rewritten, updateSuite } from '../../../bin/lib/replay/update.ts';
import { resolved } from '../../../bin/lib/replay/values.ts';

const two = { needs: 2, policies: [{ id: 'b' }, { id: 'a' }] };
const waits: Expectation = { decision: 'waiting', approvals: 2, by: ['a', 'b'] };
const ran = { status: 200, body: { status: 'succeeded', output: { post: 7, status: 'draft' } } };
const denied = { status: 403, body: { code: 'denied', because: ['a'] } };

describe('what an answer came to', () => {
  test('is told in the words of a suite', () => {
    expect(observed({ status: 202, body: {} }, two)).toMatchObject({ decision: 'waiting', approvals: 2 });
    expect(observed(ran)).toMatchObject({ decision: 'allowed', output: { post: 7 } });
    expect(observed(denied)).toMatchObject({ decision: 'denied', by: ['a'] });
    const invalid = { code: 'invalid', errors: [{ pointer: '/input/x' }] };
    expect(observed({ status: 422, body: invalid })).toMatchObject({ code: 'invalid', at: ['/input/x'] });
  });

  test('a refusal without policies is no denial by policy', () => {
    expect(observed({ status: 403, body: { code: 'denied' } }).decision).toBe('refused');
  });

  test('differs by its decision, the people and the policies, in any order', () => {
    expect(differences(waits, observed({ status: 202, body: {} }, two))).toEqual([]);
    const one = observed({ status: 202, body: {} }, { ...two, needs: 1 });
    expect(differences(waits, one)).toEqual([{ at: 'approvals', expected: 2, got: 1 }]);
    const other = observed({ status: 202, body: {} }, { needs: 2, policies: [{ id: 'a' }] });
    expect(differences(waits, other).map(({ at }) => at)).toEqual(['by']);
    expect(differences(waits, observed(ran)).map(({ at }) => at)).toEqual(['decision', 'approvals', 'by']);
  });
});

test('a record must hold the fields that are asked for, and may hold more; a list is compared whole', () => {
  expect(missing({ a: { b: 1 } }, { a: { b: 1, c: 2 }, d: 3 }, 'x')).toEqual([]);
  expect(missing({ a: { b: 1 } }, { a: {} }, 'x')).toEqual([{ at: 'x.a.b', expected: 1, got: undefined }]);
  expect(missing([1], [1, 2], 'x')).toHaveLength(1);
  expect(missing({ toString: 1 }, {}, 'x')).toHaveLength(1);
  expect(unlike(['a'], undefined, 'x')).toHaveLength(1);
});

test('a reference is what an earlier step answered, in its own type; one to nothing is no call at all', () => {
  const answers = new Map([['draft', { output: { post: 7 } }]]);
  expect(resolved({ input: ['$draft.output.post', '$5'] }, answers)).toEqual({ input: [7, '$5'] });
  expect(() => resolved('$draft.output.version', answers)).toThrow('$draft.output.version');
});

describe('suites', () => {
  let copy: string;
  beforeAll(() => {
    copy = mkdtempSync(join(tmpdir(), 'toolgate-suites-'));
    mkdirSync(join(copy, 'examples'));
    cpSync(join(root, 'examples/suites'), join(copy, 'examples/suites'), { recursive: true });
  });
  afterAll(() => rmSync(copy, { recursive: true }));

  test('that are shipped are readable, and name every step that they refer to', () => {
    expect(readSuites(root)).toMatchObject({ ok: true });
  });

  test('with a fault name the line and what is meant there', () => {
    const path = join(copy, 'examples/suites/broken.yaml');
    writeFileSync(
      path,
      'suite: broken\nsays: It is broken.\nworkflow: support\nsteps:\n  - { step: a, decide: b, by: [approver], expect: { decision: allowed } }\n  - { step: c, call: x.y.z, agent: a, mode: wrong, expect: { decision: allowed } }\n',
    );
    const read = readSuites(copy);
    rmSync(path);
    const errors = read.ok ? [] : read.errors;
    expect(errors.join('\n')).toMatch(/broken.yaml:6: steps.1.mode:/);
  });

  test('are written anew where calls came to something else, with their comments', () => {
    const file = suiteFile(copy, 'ticket-triage');
    const got = observed({ status: 202, body: {} }, { needs: 1, policies: [{ id: 'x' }] });
    const outcome = {
      name: 'tag',
      what: '',
      got: '',
      differences: [{ at: '', expected: 1, got: 2 }],
      observed: got,
    };
    const result = { suite: 'ticket-triage', outcomes: [outcome], fault: null };
    expect(updateSuite(file, result, false)).toEqual({ steps: ['tag'], looser: [], byHand: [] });
    const text = readFileSync(file.path, 'utf8');
    expect(text).toContain('# yaml-language-server');
    const step = suiteFile(copy, 'ticket-triage').suite.steps.find((one) => one.step === 'tag');
    expect(step).toMatchObject({ expect: { decision: 'waiting', approvals: 1, by: ['x'] } });
  });

  test('are not written when something would be let through that was not, unless that is meant', () => {
    const file = suiteFile(copy, 'content-page');
    const outcome = {
      name: 'publish',
      what: '',
      got: '',
      differences: [{ at: '', expected: 1, got: 2 }],
      observed: observed(ran),
    };
    const result = { suite: 'content-page', outcomes: [outcome], fault: null };
    expect(updateSuite(file, result, false).looser).toEqual(['publish']);
    expect(readFileSync(file.path, 'utf8')).toBe(file.text);
    updateSuite(file, result, true);
    expect(readFileSync(file.path, 'utf8')).not.toBe(file.text);
  });
});

test('fewer people, or none, is looser; a denial instead of an approval is not', () => {
  expect(isLooser(waits, observed(ran))).toBe(true);
  expect(isLooser(waits, observed({ status: 202, body: {} }, { ...two, needs: 1 }))).toBe(true);
  expect(isLooser(waits, observed(denied))).toBe(false);
  expect(rewritten(waits, observed(denied))).toEqual({ decision: 'denied', code: undefined, by: ['a'] });
});

function suiteFile(at: string, name: string): SuiteFile {
  const read = readSuites(at);
  if (!read.ok) throw new Error(read.errors.join('\n'));
  return read.suites.find(({ suite }) => suite.suite === name)!;
}

describe('toolgate replay', () => {
  test('lists the suites and needs no gate for it', async () => {
    const { code, stdout } = await toolgate(['replay', '--list', '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual(
      expect.arrayContaining([expect.objectContaining({ suite: 'ticket-triage', workflow: 'support' })]),
    );
  });

  test.each([
    [['replay'], {}, /Say which suite: .*content-page/],
    [['replay', 'nothing'], {}, /no suite "nothing"/],
    [['replay', 'all', '--loosen'], {}, /goes with --update/],
    [['replay', 'all', '--update'], { CI: '1' }, /writes nothing/],
    [['replay', 'all', '--gate', 'https://gate.acme.example'], {}, /on this machine only/],
  ])('%j with %j is refused before anything is started', async (args, env, says) => {
    const { code, stderr } = await toolgate(args, env);
    expect(code).toBe(2);
    expect(stderr).toMatch(says);
  });
});

async function toolgate(args: string[], env: Record<string, string> = {}) {
  const written = { stdout: '', stderr: '' };
  const sink = (name: keyof typeof written): Writable =>
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        written[name] += chunk.toString();
        done();
      },
    });
  const code = await runCommandLine(args, env, { stdout: sink('stdout'), stderr: sink('stderr') });
  return { code, ...written };
}
