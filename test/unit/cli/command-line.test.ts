import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { root } from '../../../bin/lib/local.ts';
import { commands, runCommandLine } from '../../../bin/lib/run.ts';

interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs one command line in this process. */
async function toolgate(args: string[], env: Record<string, string> = {}): Promise<Ran> {
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

describe('help', () => {
  test('lists every command, and asks for one when none is given', async () => {
    const { code, stdout } = await toolgate([]);
    expect(code).toBe(0);
    for (const { name, summary } of commands)
      expect(stdout).toMatch(new RegExp(`  ${name} +${summary.slice(0, 20)}`));
  });

  test.each(commands.map(({ name }) => name))('of %s shows usage and examples', async (name) => {
    const command = commands.find((one) => one.name === name)!;
    expect(command.examples.length).toBeGreaterThan(0);
    expect(command.examples.every((example) => example.includes(`toolgate`) && example.includes(name))).toBe(
      true,
    );
  });

  test('comes with the options of one command', async () => {
    const { code, stdout } = await toolgate(['stop', '--help']);
    expect(code).toBe(0);
    expect(stdout).toContain('toolgate stop <target> --reason <text>');
    expect(stdout).toContain('Examples:');
    expect(stdout).toContain(
      'Exit codes: 0 done, 1 failed or refused, 2 wrong usage, 3 the gate is out of reach.',
    );
  });

  test('of the first word of several commands lists just those', async () => {
    const { stdout } = await toolgate(['flags', '--help']);
    expect(stdout).toContain('flags push');
    expect(stdout).not.toContain('drill stop');
  });
});

describe('wrong usage exits with 2, says what is right, and asks no gate', () => {
  const token = { TOOLGATE_TOKEN: 'x', TOOLGATE_GATE: 'http://127.0.0.1:9' };
  test.each([
    [['fly'], 'no command'],
    [['policy', 'appyl', '--reason', 'x'], 'Did you mean "policy apply"?'],
    [['manifst', 'show', 'lead-router'], 'Did you mean "manifest show"?'],
    [['policy', 'matrix', 'lead-router'], 'does not take "lead-router"'],
    [['stop', 'everything', '--reason', 'x'], 'no target'],
    [['stop', 'all'], '--reason'],
    [['stop', 'all', '--reason', ''], '--reason'],
    [['stop'], 'Usage: toolgate stop'],
    [['stop', 'all', 'tool:crm', '--reason', 'x'], 'Usage: toolgate stop'],
    [['status', '--reason', 'x'], 'no --reason'],
    [['status', '--nonsense'], '--nonsense'],
    [['approve', 'appr_x', '--reason', 'as-expected'], 'no approval'],
    [['approve', 'appr_01JD0000000000000000000000', '--reason', 'because'], 'as-expected'],
    [['policy', 'approve', 'latest', '--reason', 'x'], 'no version'],
    [['policy', 'approve', 'ps_0123456789abcdef0123456789abcdef'], '--reason'],
    [['policy', 'test', '/no/such/table.yaml'], 'no file'],
    [['manifest', 'show'], 'Usage: toolgate manifest show'],
    [['manifest', 'show', 'lead-rooter'], 'Did you mean lead-router?'],
    [['manifest', 'diff', '--from', '/no/such/folder'], 'neither governance/ nor policies/'],
    [['manifest', 'unused', '--since', 'ever'], '30d'],
    [['call', 'x'], 'no call id'],
    [['calls', '--limit', '0'], '--limit'],
    [['journal', 'verify', '--file', '/no/such/file', '--key', '/no/such/key'], 'no file'],
    [['status', '--gate', 'nonsense'], 'no URL'],
  ])('%j', async (args, hint) => {
    const { code, stdout, stderr } = await toolgate(args, token);
    expect(code).toBe(2);
    expect(stderr).toContain(hint);
    expect(stdout).toBe('');
  });

  test('with --json as JSON', async () => {
    const { code, stdout } = await toolgate(['stop', 'all', '--json'], token);
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ error: 'usage' });
  });
});

describe('against something that is not there, or not a gate', () => {
  test('exits with 3 and says how to start one', async () => {
    const { code, stderr } = await toolgate(['status'], {
      TOOLGATE_TOKEN: 'top-secret',
      TOOLGATE_GATE: 'http://127.0.0.1:9',
    });
    expect(code).toBe(3);
    expect(stderr).toContain('npm start');
    expect(stderr).not.toContain('top-secret');
  });

  let server: Server;
  let seen: { url: string; auth: string; lastEventId: unknown }[];
  let respond: (url: string, body: string) => { status: number; type: string; body: string };
  beforeAll(async () => {
    seen = [];
    server = createServer((request, response) => {
      const { authorization: auth = '', 'last-event-id': lastEventId } = request.headers;
      seen.push({ url: request.url ?? '', auth, lastEventId });
      let sent = '';
      request.on('data', (chunk: Buffer) => (sent += chunk.toString()));
      request.on('end', () => {
        const { status, type, body } = respond(request.url ?? '', sent);
        response.writeHead(status, { 'content-type': type, location: '/login' }).end(body);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => server.close());
  const env = (): Record<string, string> => ({
    TOOLGATE_TOKEN: 'top-secret',
    TOOLGATE_GATE: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  });

  test.each([
    [302, 'text/html', ''],
    [200, 'text/html', '<h1>Sign in</h1>'],
    [404, 'application/json', '{"message":"no"}'],
    [500, 'text/plain', 'boom'],
  ])('HTTP %d %s is no gate: exit 3', async (status, type, body) => {
    respond = () => ({ status, type, body });
    const before = seen.length;
    expect((await toolgate(['status'], env())).code).toBe(3);
    expect(seen.length - before).toBe(1);
  });

  test('a refusal exits with 1 and shows no control characters of the gate’s', async () => {
    const problem = { code: 'forbidden', status: 403, title: 'No\u001b[2J', detail: 'role\u202e', next: 'x' };
    respond = () => ({ status: 403, type: 'application/problem+json', body: JSON.stringify(problem) });
    const { code, stderr } = await toolgate(['status'], env());
    expect(code).toBe(1);
    expect(stderr).toContain('forbidden');
    for (const control of ['\u001b', '\u202e']) expect(stderr).not.toContain(control);
    expect(stderr).toContain('--as');
  });

  test('a refusal names places as people write them, not as JSON Pointers', async () => {
    const errors = [
      { pointer: '/flags/a~1b', detail: 'is unknown' },
      { pointer: '', detail: 'is no object' },
    ];
    const problem = { code: 'invalid', status: 422, title: 'Invalid', errors };
    respond = () => ({ status: 422, type: 'application/problem+json', body: JSON.stringify(problem) });
    const { stderr } = await toolgate(['status'], env());
    expect(stderr).toContain('  flags.a/b: is unknown\n  is no object');
  });

  describe('what takes two people', () => {
    const waits = {
      version: 'ps_0123456789abcdef0123456789abcdef',
      by: 'owner@acme.example',
      at: '2026-11-22T12:00:00.000Z',
      until: '2026-11-23T12:00:00.000Z',
      widens: ['lead-router gains execute on crm.company.update', 'x\u001b[2Jy'],
      reason: 'companies move',
      origin: 'applied',
      rights: [{ decision: 'widen', holders: ['owner', 'legal@acme.example'] }],
    };
    const answers = (body: unknown, status = 200): void => {
      respond = () => ({ status, type: 'application/json', body: JSON.stringify(body) });
    };

    test('says of a resume of all that nothing is resumed yet, and until when the second person may agree', async () => {
      const waiting = { target: 'all', by: 'a@acme.example', reason: 'x', at: waits.at, until: waits.until };
      const note = 'Nothing is resumed yet.';
      answers(
        { target: 'all', epoch: 4, status: 'waiting', waiting, alone: false, stillStoppedBy: ['all'], note },
        202,
      );
      const { code, stdout } = await toolgate(['resume', 'all', '--reason', 'seen'], env());
      expect(code).toBe(0);
      expect(stdout).toMatch(/still stopped +all/);
      expect(stdout).toContain(`a second person, until ${waits.until}`);
      expect(stdout).toContain(note);
      expect(stdout).toContain('The second person says: toolgate resume all --reason "…"');
    });

    test('names the command that shows what there is, when that is why it was refused', async () => {
      answers({ code: 'not-found', status: 404, title: 'Nothing here', next: 'Check the address.' }, 404);
      const { code, stderr } = await toolgate(['resume', 'tool:crm', '--reason', 'seen'], env());
      expect(code).toBe(1);
      expect(stderr).toContain('toolgate status shows what is stopped');
      expect(stderr).not.toContain('Check the address.');
    });

    test('applies nothing over a set that this checkout has not seen, and says what to do', async () => {
      const version = `ps_${'f'.repeat(32)}`;
      const record = { ...waits, version, n: 3, approvedBy: null, approvalReason: null, inForce: true };
      const page = { sets: [record], next: null, rechecks: {} };
      answers(page);
      const why = await toolgate(['policy', 'apply'], env());
      expect(why).toMatchObject({ code: 2, stderr: expect.stringContaining('--reason') });
      const unseen = await toolgate(['policy', 'apply', '--reason', 'x'], env());
      expect(unseen.code).toBe(1);
      expect(unseen.stderr).toContain(`${version}, applied by owner@acme.example at ${waits.at}`);
      expect(unseen.stderr).toContain('toolgate policy diff');
      expect(seen.some(({ url }) => url.includes('?over='))).toBe(false);

      const withdrew = { version: waits.version, by: 'legal@acme.example' };
      const by = 'owner@acme.example';
      const applied = JSON.stringify({ version, epoch: 5, changed: true, waits: null, by, withdrew });
      respond = (url) => ({
        status: 200,
        type: 'application/json',
        body: url.includes('?over=') ? applied : JSON.stringify(page),
      });
      const over = await toolgate(['policy', 'apply', '--reason', 'merged', '--over', version], env());
      expect(over.code).toBe(0);
      expect(over.stdout).toContain(`withdrew ${waits.version}, which legal@acme.example had applied`);
      expect(seen.at(-1)).toMatchObject({
        url: `/ops/v1/governance?over=${version}&reason=merged`,
      });
    });

    test('says of a policy set that it is not in force, what it widens, and who may approve it', async () => {
      const by = 'commander@acme.example';
      answers({ version: waits.version, changed: true, epoch: 5, waits: null, by, withdrew: null });
      const { stdout } = await toolgate(['policy', 'approve', waits.version, '--reason', 'agreed'], env());
      expect(stdout).toContain('in force');
      expect(stdout).toMatch(/^by +commander@acme\.example$/m);
      expect(stdout).not.toContain('withdrew');
      expect(seen.at(-1)?.url).toBe(`/ops/v1/governance/${waits.version}/approval`);
    });

    test('is all in the status: who resumed alone, who waits, and what a set would widen', async () => {
      const person = {
        target: 'all',
        by: 'a@acme.example',
        reason: 'alone\u202e',
        at: waits.at,
        until: waits.until,
      };
      answers({
        environment: 'sandbox',
        epoch: 5,
        stops: [],
        activeGuards: 0,
        governanceVersion: 'ps_fedcba9876543210',
        resumesWaiting: [person],
        resumedAlone: [person],
        governanceWaiting: waits,
        sources: [],
        lastProbe: null,
        lastDrill: null,
        approvalsWaiting: 0,
      });
      const { stdout } = await toolgate(['status'], env());
      expect(stdout).toContain('RESUMED ALONE: all');
      expect(stdout).toContain('a@acme.example asks to resume all');
      expect(stdout).toContain('NOT in force yet');
      expect(stdout).toContain('  lead-router gains execute on crm.company.update');
      expect(stdout).toContain(`toolgate policy approve ${waits.version}`);
      for (const control of ['\u001b', '\u202e']) expect(stdout).not.toContain(control);
    });
  });

  describe('a stop', () => {
    const receipt = {
      id: 'rcpt_01JD0000000000000000000000',
      target: 'all',
      source: 'people',
      reason: 'x',
      by: 'o',
      stopAt: 't',
      epoch: 2,
      status: 'forming',
      confirmedAt: null,
      confirmMs: null,
      settledAt: null,
      guards: { acked: 9, lapsed: 0, unknown: 0, waiting: 3 },
      inFlight: [{ call: 'call_1', agent: 'router', action: 'crm.contact.read', ended: 'unknown' }],
      unheard: [],
      assumption: 'clocks',
      cancel: false,
      deferred: [],
      operators: [],
      more: { inFlight: 0, deferred: 0, operators: 0 },
    };
    const guards = { acked: 12, lapsed: 0, unknown: 0, waiting: 0 };
    const confirmed = { ...receipt, status: 'confirmed', confirmedAt: 't', confirmMs: 23, guards };
    const settled = {
      ...confirmed,
      status: 'settled',
      settledAt: 't',
      inFlight: [{ ...receipt.inFlight[0], ended: 'succeeded' }],
    };
    const made = { status: 201, type: 'application/json', body: JSON.stringify(receipt) };
    const event = (id: string, name: string, data: object): string =>
      `id: ${id}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
    const stream = (...events: string[]) => ({
      status: 200,
      type: 'text/event-stream',
      body: events.join(''),
    });

    test('shows on standard error how far it is, and its receipt on standard output', async () => {
      respond = (url) =>
        url.endsWith('/events')
          ? stream(
              event('1', 'progress', receipt),
              ': still watching\n\n',
              event('2', 'confirmed', confirmed),
              event('3', 'settled', settled),
              'event: end\ndata: {}\n\n',
            )
          : made;
      const { code, stdout, stderr } = await toolgate(['stop', 'all', '--reason', 'drill'], env());
      expect(code).toBe(0);
      expect(stderr.trimEnd().split('\n')).toEqual([
        'all: 9 of 12 guards acked; 3 waited for',
        'all: confirmed after 23 ms: nothing further can start; 0 of 1 call under way ended',
        'all: settled: 1 of 1 call under way ended',
      ]);
      expect(stdout).toContain('settled: each call under way has an outcome');
      expect(stdout).toContain('clocks');
      expect(stdout).not.toContain('still open');
    });

    test('prints only the final receipt with --json', async () => {
      respond = (url) => (url.endsWith('/events') ? stream(event('3', 'settled', settled)) : made);
      const { stdout } = await toolgate(['stop', 'all', '--reason', 'drill', '--json'], env());
      expect(JSON.parse(stdout)).toEqual(settled);
    });

    test('is followed by its receipt where no stream is to be had', async () => {
      let looks = 0;
      respond = (url) => {
        if (url.endsWith('/events')) return { status: 502, type: 'text/html', body: 'proxy' };
        if (!url.startsWith('/ops/v1/receipts/')) return made;
        looks += 1;
        return { ...made, status: 200, body: JSON.stringify(looks < 3 ? receipt : settled) };
      };
      const { code, stdout } = await toolgate(['stop', 'all', '--reason', 'drill'], env());
      expect([code, looks]).toEqual([0, 3]);
      expect(stdout).toContain('settled:');
    });

    test('goes on where a stream that broke off had been', async () => {
      let streams = 0;
      respond = (url) => {
        if (!url.endsWith('/events')) return made;
        streams += 1;
        return streams === 1
          ? stream(event('1', 'progress', receipt))
          : stream(event('3', 'settled', settled));
      };
      const { code } = await toolgate(['stop', 'all', '--reason', 'drill'], env());
      expect([code, streams]).toEqual([0, 2]);
      expect(seen.slice(-2).map(({ lastEventId }) => lastEventId)).toEqual([undefined, '1']);
    });

    test('waits for nothing with --no-wait, and says what is open', async () => {
      respond = () => made;
      const before = seen.length;
      const { code, stdout } = await toolgate(['stop', 'all', '--reason', 'drill', '--no-wait'], env());
      expect(code).toBe(0);
      expect(seen.length - before).toBe(1);
      expect(stdout).toMatch(/still open +3 guards to ack or lapse; .*how 1 call ended/);
      expect(stdout).toContain(`toolgate receipts ${receipt.id}`);
    });
  });

  test('a probe that says no is shown, and exits with 1', async () => {
    const body = JSON.stringify({
      at: 't',
      canHalt: false,
      reasons: ['The guard of router was not reached.'],
      milliseconds: 3_500,
      storage: { ok: true, milliseconds: 1 },
      guards: [{ agent: 'router', found: 'silent', milliseconds: 3_500 }],
      unknownUntil: null,
      assumption: 'clocks',
    });
    respond = () => ({ status: 503, type: 'application/json', body });
    const { code, stdout } = await toolgate(['probe'], env());
    expect(code).toBe(1);
    expect(stdout).toContain('The guard of router was not reached.');
  });

  test('a stop that cancels is waited for until it is known what was cancelled, and shows how to cancel the rest', async () => {
    const deferred = {
      agent: 'lead-router',
      call: 'call_1',
      action: 'chat.message.schedule',
      due: '2026-12-01T09:00:00.000Z',
      cancelUntil: '2026-12-01T08:59:00.000Z',
      cancelled: 'failed',
      by: 'call_2',
      how: 'toolgate cancel call_1 --reason "…"',
    };
    const receipt = {
      id: 'rcpt_1',
      target: 'tool:chat',
      status: 'confirmed',
      guards: { acked: 1, lapsed: 0, unknown: 0, waiting: 0 },
      unheard: [],
      inFlight: [
        {
          call: 'call_0',
          agent: 'lead-router',
          action: 'chat.message.post',
          ended: 'indeterminate',
          cancelled: 'yes',
        },
      ],
      cancel: true,
      deferred: [],
      operators: [],
      more: { inFlight: 0, deferred: 0, operators: 0 },
    };
    let asked: unknown;
    respond = (url, body) => {
      if (!url.startsWith('/ops/v1/receipts/')) asked = JSON.parse(body);
      const settled = { ...receipt, status: 'settled', deferred: [deferred] };
      const answer = url.startsWith('/ops/v1/receipts/') ? settled : receipt;
      return { status: 200, type: 'application/json', body: JSON.stringify(answer) };
    };
    const { code, stdout } = await toolgate(
      ['stop', 'tool:chat', '--cancel', '--reason', 'wrong text'],
      env(),
    );
    expect(code).toBe(0);
    expect(asked).toEqual({ target: 'tool:chat', reason: 'wrong text', cancel: true, wait: false });
    expect(stdout).toMatch(/call_0 .*indeterminate +yes/);
    expect(stdout).toMatch(/call_1 .*failed +\S.* (left|over since \S+) +toolgate cancel call_1/);
  });

  test.each([
    ['undo', 'undo'],
    ['cancel', 'cancel'],
    ['recover', 'recovery'],
  ])('%s asks for a reason, and says how it ended and as which call', async (name, kind) => {
    const of = 'call_01JD0000000000000000000000';
    const act = {
      kind,
      call: 'call_2',
      of,
      action: 'crm.contact.update',
      person: 'o@acme.example',
      outcome: 'succeeded',
    };
    let asked: unknown;
    respond = (url, body) => {
      asked = [url, JSON.parse(body)];
      return { status: 200, type: 'application/json', body: JSON.stringify(act) };
    };
    expect((await toolgate([name, of], env())).code).toBe(2);
    expect((await toolgate([name, 'rcpt_1', '--reason', 'x'], env())).code).toBe(2);
    expect(asked).toBeUndefined();
    const { stdout } = await toolgate([name, of, '--reason', 'wrong', '--agent', 'lead-router'], env());
    expect(asked).toEqual([`/ops/v1/calls/${of}/${kind}`, { reason: 'wrong', agent: 'lead-router' }]);
    expect(stdout).toContain('o@acme.example, as call_2');
  });

  test('an export that is cut off is a failure, not a shorter journal', async () => {
    respond = () => ({ status: 200, type: 'application/x-ndjson', body: '{"seq":1}\n{"seq":2}\n' });
    const { code, stderr } = await toolgate(['journal', 'export'], env());
    expect(code).toBe(1);
    expect(stderr).toContain('not whole');
  });
});

describe('what needs no gate', { timeout: 30_000 }, () => {
  const nowhere = { TOOLGATE_TOKEN: 'x', TOOLGATE_GATE: 'http://127.0.0.1:9' };

  test('manifest check, show and diff of folders, and policy test', async () => {
    const shown = await toolgate(['manifest', 'show', 'support-agent'], nowhere);
    expect(shown.code).toBe(0);
    expect(shown.stdout).toContain('Who answers for it');
    expect(shown.stdout).toMatch(/execute +crm\.contact\.update: .* Only after a person approved\./);
    expect((await toolgate(['manifest', 'check'], nowhere)).stdout).toMatch(
      /lead-router, version \d+: holds/,
    );
    const same = await toolgate(['manifest', 'diff', '--from', root, '--to', root], nowhere);
    expect(same.stdout).toContain('The manifests say the same.');
  });

  test('policy test shows each row, and fails when one is not as it says', async () => {
    const right = await toolgate(['policy', 'test', `${root}/governance/tests/spend.yaml`], nowhere);
    expect(right.code).toBe(0);
    expect(right.stdout).toMatch(
      /ok +governance\/tests\/spend\.yaml:\d+ +one +A call that spends 100\.00 waits/,
    );
    const folder = mkdtempSync(join(tmpdir(), 'toolgate-rows-'));
    const file = join(folder, 'rows.yaml');
    writeFileSync(
      file,
      '- says: Refunds are free\n  agent: lead-router\n  group: refund\n  expect: allow\n  by: [granted-execute]\n',
    );
    const wrong = await toolgate(['policy', 'test', file, '--json'], nowhere);
    rmSync(folder, { recursive: true });
    expect(wrong.code).toBe(1);
    expect(JSON.parse(wrong.stdout)).toMatchObject({
      failed: 1,
      rows: [{ result: 'fail', got: { expect: 'one', by: ['high-impact-waits'] } }],
    });
  });
});
