import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { root } from '../harness.ts';

/**
 * A tool that `toolgate new tool` wrote: everything that is checked of a tool holds at once. From the description that is shipped
 * as an example, and from one of thousands of lines that somebody else wrote. In a copy of the repository.
 */

const corpora = process.env['TOOLGATE_CORPORA'] ?? join(root, '../shared/corpora');
const foreign = join(corpora, 'openapi-thirdparty/ballerina-pipedrive.yml');
if (!existsSync(foreign))
  console.warn(`SKIPPED: no ${foreign}; set TOOLGATE_CORPORA to write a tool from it`);

interface Source {
  tool: string;
  description: string;
  operations: string;
}

const sources: Source[] = [
  {
    tool: 'mail',
    description: 'examples/openapi/postbox.yaml',
    operations: 'listDrafts,getDraft,createDraft,changeDraft,deleteDraft,sendDraft',
  },
  {
    tool: 'deals',
    description: foreign,
    operations: 'getDeals,getDeal,addDeal,updateDeal,deleteDeal,addPerson,updatePerson,getNote',
  },
];

/** What a copy has: not what is made, not what is installed, and no secret. */
const left = /\.dev\.vars|\.wrangler|\.toolgate|node_modules|^.*\/\.git$/;

interface Told {
  exit: number;
  output: string;
}

describe.each(
  sources.filter(({ description }) => existsSync(join(root, description)) || existsSync(description)),
)('the tool $tool', ({ tool, description, operations }) => {
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'toolgate-new-tool-'));
    cpSync(root, folder, { recursive: true, filter: (path) => !left.test(path.slice(root.length - 1)) });
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
    const args = [
      'bin/toolgate.ts',
      'new',
      'tool',
      tool,
      '--openapi',
      description,
      '--operations',
      operations,
    ];
    expect(await run(args)).toMatchObject({ exit: 0 });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  async function run(args: string[], timeout = 60_000): Promise<Told> {
    const env = { PATH: process.env['PATH'] ?? '', CI: 'true', NO_COLOR: '1' };
    return new Promise((resolve) => {
      execFile(
        process.execPath,
        args,
        { cwd: folder, env, timeout, maxBuffer: 64 * 1024 * 1024 },
        (error, stdout, stderr) => {
          const exit = error === null ? 0 : typeof error.code === 'number' ? error.code : 128;
          resolve({ exit, output: `${stdout}${stderr}`.slice(-4_000) });
        },
      );
    });
  }

  const bin = (name: string, script: string): string => join(root, 'node_modules', name, script);

  test.each([
    ['types', [bin('typescript', 'bin/tsc'), '--noEmit']],
    ['format', [bin('oxfmt', 'bin/oxfmt'), '--check', '.']],
    ['lint', [bin('oxlint', 'bin/oxlint'), '--type-aware', '--deny-warnings', '.']],
    ['dead code', [bin('knip', 'bin/knip.js')]],
    ['policy tests', ['bin/toolgate.ts', 'policy', 'test']],
  ])(
    'holds to the rules of this repository: %s',
    async (_, args) => {
      const told = await run(args, 180_000);
      expect(told.exit, told.output).toBe(0);
    },
    200_000,
  );

  test.each([
    ['unit', ['test/unit/tools', 'test/unit/policy', 'test/unit/cli'], ''],
    ['worker', ['test/worker/tools.test.ts'], `^${tool}\\.`],
    ['flow', ['test/flow/least-privilege.test.ts'], ''],
  ])(
    'passes the tests that every tool passes: %s',
    async (project, files, pattern) => {
      const only = pattern === '' ? [] : ['-t', pattern];
      const args = [bin('vitest', 'vitest.mjs'), 'run', '--project', project, ...files, ...only];
      const told = await run(args, 400_000);
      expect(told.exit, told.output).toBe(0);
      expect(told.output).toMatch(/Tests +\d+ passed/);
    },
    420_000,
  );

  test('is there once: a second time it is refused, and nothing is changed', async () => {
    const told = await run(['bin/toolgate.ts', 'new', 'tool', tool]);
    expect(told).toMatchObject({ exit: 2 });
    expect(told.output).toContain('already');
  });
});
