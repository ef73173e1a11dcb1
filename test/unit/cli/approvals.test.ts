import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Writable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { runCommandLine } from '../../../bin/lib/run.ts';
import type { Approval, ApprovalSheet } from '../../../shared/rpc.ts';
import { waitingApproval } from '../approvals/fixture.ts';

const id = 'appr_01JD0000000000000000000000';
const other = 'appr_01JD0000000000000000000001';
const digest = 'a1b2c3d4'.repeat(8);

let server: Server;
let sheets: Record<string, ApprovalSheet>;
let posted: { url: string; body: Record<string, unknown> }[];
let answer: unknown;

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const url = request.url ?? '';
      const sheet = sheets[url.split('/').at(-1) ?? ''];
      if (request.method !== 'GET')
        posted.push({ url, body: JSON.parse(body || '{}') as Record<string, unknown> });
      const list = { approvals: Object.values(sheets), next: null, waiting: Object.keys(sheets).length };
      const said = request.method === 'GET' ? (sheet ?? (url.includes('?') ? list : answer)) : answer;
      response.setHeader('content-type', 'application/json').end(JSON.stringify(said));
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
});
afterAll(() => void server.close());
beforeEach(() => {
  sheets = { [id]: sheetOf({ id }) };
  posted = [];
  answer = waitingApproval({ id, status: 'approved' });
});

function sheetOf(over: Partial<Approval>): ApprovalSheet {
  return { ...waitingApproval({ digest, ...over }), earlier: [], mayDecide: { ok: true, onBehalfOf: null } };
}

async function toolgate(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const written = { stdout: '', stderr: '' };
  const sink = (name: keyof typeof written): Writable =>
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        written[name] += chunk.toString();
        done();
      },
    });
  const gate = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const env = { TOOLGATE_GATE: gate, TOOLGATE_TOKEN: 'x' };
  const code = await runCommandLine(args, env, { stdout: sink('stdout'), stderr: sink('stderr') });
  return { code, ...written };
}

test('a request says in words what changes, and what it costs in whole units', async () => {
  const { usage } = waitingApproval({});
  const changes = [{ field: 'amount', before: null, after: 1_250 }];
  const preview = { before: null, after: {}, changes, sideEffects: [] };
  sheets = { [id]: sheetOf({ id, preview, usage: { ...usage, records: 1, spend: 1_250, currency: 'JPY' } }) };
  const { stdout } = await toolgate('approval', id);
  expect(stdout).toContain('amount: none -> 1250');
  expect(stdout).toMatch(/1 record, .*1,250 JPY/);
  expect(stdout).not.toContain('12.50');
});

describe('deciding from the command line', () => {
  test('sends the digest of what was shown', async () => {
    expect((await toolgate('approve', id, '--reason', 'as-expected')).code).toBe(0);
    expect(posted).toEqual([
      {
        url: `/ops/v1/approvals/${id}/decision`,
        body: { decision: 'approve', reason: 'as-expected', digest },
      },
    ]);
  });

  test('takes the beginning of the digest that somebody looked at, and nothing else', async () => {
    expect((await toolgate('reject', id, '--digest', digest.slice(0, 12), '--reason', 'tone')).code).toBe(0);
    expect(posted[0]?.body['digest']).toBe(digest);
    for (const wrong of ['a1b2', 'ffffffffffff']) {
      expect((await toolgate('reject', id, '--digest', wrong, '--reason', 'tone')).code).toBe(2);
    }
    expect(posted).toHaveLength(1);
  });

  test('of what was edited wants the digest that was looked at', async () => {
    sheets = { [id]: sheetOf({ id, revision: 1 }), [other]: sheetOf({ id: other }) };
    const unseen = await toolgate('approve', id, '--reason', 'as-expected');
    expect(unseen).toMatchObject({ code: 2, stderr: expect.stringContaining(`toolgate approval ${id}`) });
    expect((await toolgate('approve', id, other, '--reason', 'as-expected')).code).toBe(2);
    expect((await toolgate('modify', id, '--set', '/a=1', '--reason', 'tone')).code).toBe(2);
    expect(posted).toEqual([]);
    expect((await toolgate('approve', id, '--digest', digest, '--reason', 'as-expected')).code).toBe(0);
  });

  test('of several sends each with its own digest, and fails if one is refused', async () => {
    sheets = { [id]: sheetOf({ id }), [other]: sheetOf({ id: other, digest: 'd2' }) };
    answer = {
      decided: [
        { id, outcome: { ok: true, value: waitingApproval({ id, status: 'approved' }) } },
        { id: other, outcome: { ok: false, problem: { code: 'stopped', detail: 'it is stopped' } } },
      ],
    };
    const ran = await toolgate('approve', id, other, '--reason', 'as-expected');
    expect(ran.code).toBe(1);
    expect(ran.stdout).toContain('it is stopped');
    expect(posted).toMatchObject([
      {
        url: '/ops/v1/approval-decisions',
        body: {
          decisions: [
            { id, digest },
            { id: other, digest: 'd2' },
          ],
        },
      },
    ]);
  });

  test('of all that are like one leaves out what is of another kind or was edited', async () => {
    const more = ['2', '3', '4'].map((n) => id.slice(0, -1) + n);
    sheets = {
      [id]: sheetOf({ id }),
      [other]: sheetOf({ id: other }),
      [more[0]!]: sheetOf({ id: more[0]!, agent: 'another' }),
      [more[1]!]: sheetOf({ id: more[1]!, revision: 1 }),
      [more[2]!]: sheetOf({ id: more[2]!, policies: [{ id: 'another-policy', reason: '' }] }),
    };
    answer = { decided: [] };
    await toolgate('approve', '--all-like', id, '--reason', 'as-expected');
    const decisions = posted[0]?.body['decisions'] as { id: string }[];
    expect(decisions.map((one) => one.id)).toEqual([id, other]);
  });

  test('edits with JSON where it is readable as JSON, and takes away', async () => {
    await toolgate(
      'modify',
      id,
      '--set',
      '/a=1500',
      '--set',
      '/b=Dear = you',
      '--unset',
      '/c',
      '--reason',
      'tone',
    );
    expect(posted[0]?.body).toEqual({
      decision: 'modify',
      reason: 'tone',
      digest,
      edits: [{ pointer: '/c' }, { pointer: '/a', value: 1500 }, { pointer: '/b', value: 'Dear = you' }],
    });
    for (const wrong of [[], ['--set', 'a=1'], ['--set', '/a']]) {
      expect((await toolgate('modify', id, ...wrong, '--reason', 'tone')).code).toBe(2);
    }
    expect(posted).toHaveLength(1);
  });

  test('shows hostile text inert, and what is needed to decide', async () => {
    sheets = {
      [id]: sheetOf({
        id,
        input: { text: 'ok\u001b[2K\u202egone' },
        provenance: [{ pointer: '/text', level: 'untrusted', from: 'call_1' }],
      }),
    };
    const { stdout } = await toolgate('approval', id);
    // oxlint-disable-next-line no-control-regex -- They are what this is about.
    expect(stdout).not.toMatch(/[\u001b\u202e]/);
    for (const part of [digest, '/text (from call_1)', 'you may', '--digest']) expect(stdout).toContain(part);
  });
});

describe('approving beforehand', () => {
  test('binds to texts, to numbers where it says so, and to all that it names', async () => {
    answer = {
      ...waitingApproval({}),
      used: 0,
      count: 5,
      until: '2026-11-22T13:00:00.000Z',
      endedAt: null,
      where: {},
    };
    const terms = [
      '--agent',
      'lead-router',
      '--action',
      'crm.contact.update',
      '--count',
      '5',
      '--minutes',
      '60',
    ];
    const where = ['--where', '/id=42', '--where', '/n=number:5', '--where', '/on=true'];
    expect((await toolgate('preapprove', ...terms, ...where, '--reason', 'as-expected')).code).toBe(0);
    expect(posted[0]?.body).toMatchObject({
      where: { '/id': '42', '/n': 5, '/on': true },
      count: 5,
      minutes: 60,
    });
    expect((await toolgate('preapprove', ...terms.slice(0, 6), '--reason', 'as-expected')).code).toBe(2);
    expect(posted).toHaveLength(1);
  });
});
