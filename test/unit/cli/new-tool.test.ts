import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { root } from '../../../bin/lib/local.ts';
import { readDescription, type Json } from '../../../bin/lib/new-tool/description.ts';
import { editsFor } from '../../../bin/lib/new-tool/edits.ts';
import { planFrom } from '../../../bin/lib/new-tool/from-description.ts';
import type { ToolPlan } from '../../../bin/lib/new-tool/plan.ts';
import { smallestPlan } from '../../../bin/lib/new-tool/smallest.ts';
import { contractFile, indexFile } from '../../../bin/lib/new-tool/tool-files.ts';
import { prepare, write } from '../../../bin/lib/new-tool/write.ts';
import { runCommandLine } from '../../../bin/lib/run.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'toolgate-new-tool-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const ok = (schema: object): object => ({ 200: { content: { 'application/json': { schema } } } });
const thing = {
  type: 'object',
  required: ['id'],
  properties: { id: { type: 'integer' }, label: { type: 'string' }, owner_email: { type: 'string' } },
};
const id = { name: 'id', in: 'path', required: true, schema: { type: 'integer' } };

/** A description of one vendor, with more or other operations. */
function described(paths: object = {}, more: object = {}): Json {
  return {
    openapi: '3.0.1',
    info: { title: 'Postbox API', version: '2' },
    servers: [{ url: 'https://api.postbox.test/v2' }],
    paths: {
      '/things/{id}': {
        parameters: [id],
        get: { operationId: 'getThing', summary: 'Reads one thing.', responses: ok(thing) },
        delete: { operationId: 'deleteThing', responses: { 204: {} } },
      },
      '/things': {
        get: { operationId: 'listThings', responses: ok({ type: 'array', items: thing }) },
        post: {
          operationId: 'addThing',
          requestBody: { content: { 'application/json': { schema: thing } } },
          responses: ok(thing),
        },
      },
      ...paths,
    },
    ...more,
  };
}

function planned(spec: Json, operations: string[], more: object = {}) {
  return planFrom(spec, { tool: 'things', operations, file: 'postbox.yaml', ...more });
}

function good(spec: Json, operations: string[]): ToolPlan {
  const answer = planned(spec, operations);
  if (!answer.ok) throw new Error(answer.faults.join('\n'));
  return answer.plan;
}

function faults(spec: Json, operations: string[], more: object = {}): string {
  const answer = planned(spec, operations, more);
  return answer.ok ? 'no fault' : answer.faults.join('\n');
}

describe('a plan from a description', () => {
  test('names actions after paths and methods, pins the origin, and classes what looks personal', () => {
    const plan = good(described(), ['getThing', 'listThings', 'addThing', 'deleteThing']);
    expect(plan.actions.map(({ name, mode }) => [name, mode])).toEqual([
      ['thing.read', 'read'],
      ['thing.list', 'read'],
      ['thing.create', 'execute'],
      ['thing.delete', 'execute'],
    ]);
    expect(plan).toMatchObject({ vendor: 'Postbox', origin: 'https://api.postbox.test' });
    expect(plan.actions[0]).toMatchObject({ path: '/v2/things/{id}', sensitivity: 'confidential' });
    expect(contractFile(plan)).toContain("ownerEmail: personal('email', text)");
  });

  test('makes every execute irreversible until somebody says why, and names the evident way back', () => {
    const plan = good(described(), ['addThing', 'deleteThing']);
    expect(plan.actions[0]?.instead).toBe('Delete it with thing.delete.');
    expect(contractFile(plan).match(/irreversible: 'To fill in/g)).toHaveLength(2);
    expect(contractFile(plan)).toContain('things.thing.delete');
  });

  test('keeps the lengths that the description names, and takes strict ones where it names none', () => {
    const schema = {
      type: 'object',
      properties: {
        subject: { type: 'string', maxLength: 90 },
        body: { type: 'string' },
        code: { type: 'string' },
      },
    };
    const post = {
      operationId: 'p',
      requestBody: { content: { 'application/json': { schema } } },
      responses: ok(thing),
    };
    const text = contractFile(good(described({ '/p': { post } }), ['p']));
    expect(text).toContain("subject: personal('free-text', z.string().min(1).max(90))");
    expect(text).toContain("body: personal('free-text', z.string().min(1).max(2000))");
    expect(text).toContain('code: z.string().min(1).max(200)');
  });

  test('marks what an execute goes to as sinks, and nothing that a read takes', () => {
    const plan = good(described(), ['getThing', 'addThing', 'deleteThing']);
    const [read, create, remove] = plan.actions;
    expect(read?.input.map(({ sink }) => sink)).toEqual([undefined]);
    expect(create?.input.map(({ name, sink }) => [name, sink])).toContainEqual(['ownerEmail', 'recipient']);
    expect(create?.input.find(({ name }) => name === 'label')?.sink).toBeUndefined();
    expect(remove?.input.map(({ sink }) => sink)).toEqual(['account']);
    expect(contractFile(plan)).toContain("id: sink('account', z.int()");
  });

  test('an execute that goes out says what to: by its text, else by what it names; with neither it is refused', () => {
    const send = (properties: object): Json =>
      described({
        '/send': {
          post: {
            operationId: 'sendThing',
            requestBody: { content: { 'application/json': { schema: { type: 'object', properties } } } },
            responses: ok(thing),
          },
        },
      });
    expect(contractFile(good(send({ body: { type: 'string' } }), ['sendThing']))).toContain(
      "says: ['input.body']",
    );
    const named = good(send({ code: { type: 'string' } }), ['sendThing']);
    expect(named.actions[0]?.input[0]?.sink).toBe('account');
    expect(faults(send({ now: { type: 'boolean' } }), ['sendThing'])).toContain('nothing that says what');
  });

  test('classes the items of a list, as a list is no text', () => {
    const schema = {
      type: 'object',
      properties: { email: { type: 'array', maxItems: 5, items: { type: 'string' } } },
    };
    const post = {
      operationId: 'p',
      requestBody: { content: { 'application/json': { schema } } },
      responses: ok(thing),
    };
    expect(contractFile(good(described({ '/p': { post } }), ['p']))).toContain(
      "email: sink('recipient', z.array(personal('email', z.string().min(1).max(200))).max(5))",
    );
  });

  test('refuses an operation that is not there, and tells those near it, or all', () => {
    expect(faults(described(), ['getThings'])).toContain('Near it: getThing');
    expect(faults(described(), ['zebra'])).toContain('It has getThing, deleteThing, listThings, addThing.');
    expect(faults(described(), [])).toContain('--operations id,id');
  });

  test('leaves out what a contract cannot hold, and tells it; refuses where that is needed', () => {
    const post = (required: string[]): object => ({
      '/odd': {
        post: {
          operationId: 'odd',
          requestBody: {
            content: {
              'application/json': {
                schema: {
                  type: 'object',
                  required,
                  properties: {
                    plain: { type: 'string' },
                    either: { oneOf: [{ type: 'string' }, { type: 'integer' }] },
                    free: { type: 'object', additionalProperties: true },
                    __proto__x: { type: 'string' },
                    constructor: { type: 'string' },
                  },
                },
              },
            },
          },
          responses: ok(thing),
        },
      },
    });
    const plan = good(described(post(['plain'])), ['odd']);
    expect(plan.actions[0]?.input.map(({ name }) => name)).toEqual(['plain', 'protoX']);
    expect(plan.review.join('\n')).toMatch(
      /agents cannot send either \(`oneOf`.*free \(an object\).*constructor/,
    );
    expect(faults(described(post(['either'])), ['odd'])).toContain('it needs either');
  });

  test('follows no reference out of the file, and none in a circle', () => {
    const remote = { $ref: 'https://evil.test/schema.json#/x' };
    expect(
      faults(described({ '/r': { get: { operationId: 'r', responses: { 200: remote } } } }), ['r']),
    ).toContain('is not fetched');
    const loop = { $ref: '#/components/schemas/Loop' };
    const spec = described(
      { '/l': { get: { operationId: 'l', responses: ok(loop) } } },
      { components: { schemas: { Loop: loop } } },
    );
    expect(faults(spec, ['l'])).toContain('no field that a contract can hold');
  });

  test('wants an origin where the description has none to pin', () => {
    for (const url of [
      '/v2',
      'http://plain.test',
      'https://{region}.postbox.test',
      'https://your-site.postbox.test',
    ]) {
      expect(faults(described({}, { servers: [{ url }] }), ['getThing'])).toContain('--origin');
    }
    const given = planned(described({}, { servers: [{ url: '/v2' }] }), ['getThing'], {
      origin: 'https://a.test',
    });
    expect(given).toMatchObject({ ok: true, plan: { origin: 'https://a.test' } });
  });

  test('lets nothing of a hostile description into the code but text', () => {
    const hostile = "*/ }); process.exit(1); /* ' ${process.exit(1)} ` \\' \n alert(1)";
    const spec = described(
      { '/h/{id}': { get: { operationId: 'h', summary: hostile, parameters: [id], responses: ok(thing) } } },
      { info: { title: `Postbox ${hostile}`, version: hostile } },
    );
    const plan = good(spec, ['h']);
    for (const text of [contractFile(plan), indexFile(plan)]) {
      // Whichever begins first holds the other.
      const withoutTexts = text.replaceAll(/'(\\.|[^'\\])*'|\/\*[\s\S]*?\*\//g, '');
      expect(withoutTexts).not.toContain('process');
      expect(withoutTexts).not.toContain('alert');
    }
  });
});

describe('a file', () => {
  const put = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };
  const fault = (path: string): string => {
    const read = readDescription(path);
    return read.ok ? 'no fault' : read.fault;
  };

  test('that is absent, empty, broken, of another kind or a list is told as that', () => {
    expect(fault(join(folder, 'none.yaml'))).toContain('no such file');
    expect(fault(put('a.yaml', ''))).toContain('no object');
    expect(fault(put('b.json', '{"openapi":'))).toContain('begins as JSON and is none');
    expect(fault(put('c.yaml', 'a: [1, 2'))).not.toBe('no fault');
    expect(fault(put('d.yaml', 'a: 1'))).toContain('no OpenAPI description');
    expect(fault(put('e.yaml', '- 1'))).toContain('no object');
  });

  test('that unfolds to far more than it says, nests without end or is too large is refused, and soon', () => {
    const levels = Array.from({ length: 12 }, (_, n) =>
      n === 0 ? 'a0: &a0 [x, x]' : `a${n}: &a${n} [${`*a${n - 1},`.repeat(9)}*a${n - 1}]`,
    );
    expect(fault(put('bomb.yaml', `openapi: 3.0.0\npaths: {}\n${levels.join('\n')}`))).not.toBe('no fault');
    expect(fault(put('deep.json', `{"openapi":"3","paths":${'['.repeat(200_000)}`))).not.toBe('no fault');
    expect(fault(put('large.yaml', `openapi: 3.0.0\n# ${'x'.repeat(9 * 1024 * 1024)}`))).toContain(
      'Convert it to JSON',
    );
  });
});

describe('putting it into a checkout', () => {
  const plan = (): ToolPlan => {
    const made = smallestPlan('newcomer', {});
    if (!made.ok) throw new Error('no plan');
    return made.plan;
  };

  /** A folder with just the files that a tool's lines go into. */
  function checkout(): string {
    for (const { path } of editsFor(plan(), 'lead-router')) {
      mkdirSync(join(folder, path, '..'), { recursive: true });
      cpSync(join(root, path), join(folder, path));
    }
    return folder;
  }

  test('finds its place in every file of this repository', () => {
    expect(prepare(root, plan(), 'lead-router')).toMatchObject({ ok: true });
  });

  test('overwrites nothing', () => {
    mkdirSync(join(checkout(), 'workers/tools/newcomer'), { recursive: true });
    writeFileSync(join(folder, 'workers/sandbox/vendors/newcomer.ts'), 'mine');
    const prepared = prepare(folder, plan(), 'lead-router');
    expect(prepared).toMatchObject({ ok: false });
    expect(JSON.stringify(prepared)).toContain('workers/tools/newcomer is there already');
    expect(JSON.stringify(prepared)).toContain('vendors/newcomer.ts is there already');
  });

  test('tells a file that has lost its mark, with the line to add', () => {
    const path = join(checkout(), 'workers/guard/env.ts');
    writeFileSync(path, readFileSync(path, 'utf8').replace('toolgate new tool:', ''));
    expect(JSON.stringify(prepare(folder, plan(), 'lead-router'))).toMatch(
      /workers\/guard\/env\.ts has lost its line.*TOOL_NEWCOMER: ToolApi;/,
    );
  });

  test('leaves nothing behind when a step fails', () => {
    const prepared = prepare(checkout(), plan(), 'lead-router');
    if (!prepared.ok) throw new Error('not prepared');
    const before = readFileSync(join(folder, 'workers/guard/env.ts'), 'utf8');
    // There is no formatter in this folder, so the step after the writing fails.
    expect(() => write(folder, prepared.writing)).toThrow();
    expect(readFileSync(join(folder, 'workers/guard/env.ts'), 'utf8')).toBe(before);
    for (const path of prepared.writing.created.keys())
      expect(existsSync(join(folder, path)), path).toBe(false);
    expect(existsSync(join(folder, 'workers/tools/newcomer'))).toBe(false);
    expect(existsSync(join(folder, 'governance/schema.cedarschema'))).toBe(false);
  });
});

describe('toolgate new tool', () => {
  async function run(...args: string[]): Promise<{ exit: number; out: string; err: string }> {
    const [stdout, stderr] = [new PassThrough(), new PassThrough()];
    const exit = await runCommandLine(['new', 'tool', ...args], {}, { stdout, stderr });
    const read = (stream: PassThrough): string => ((stream.read() as Buffer | null) ?? '').toString();
    return { exit, out: read(stdout), err: read(stderr) };
  }

  test('with --dry-run says what it would write, and writes nothing', async () => {
    const { exit, out } = await run('newcomer', '--dry-run', '--json');
    expect(exit).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ dryRun: true, plan: { tool: 'newcomer' } });
    expect(out).toContain('workers/tools/newcomer/contract.ts');
    expect(existsSync(join(root, 'workers/tools/newcomer'))).toBe(false);
  });

  test.each([
    ['Mail', 'a-z only'],
    ['new-mail', 'a-z only'],
    ['crm', 'already'],
  ])('refuses the name %s, and says why', async (name, why) => {
    const { exit, err } = await run(name);
    expect(exit).toBe(2);
    expect(err).toContain(why);
  });

  test('refuses a vendor that has a simulator', async () => {
    const { exit, err } = await run('newcomer', '--vendor', 'Resend', '--dry-run');
    expect(exit).toBe(1);
    expect(err).toContain('--vendor');
  });
});
