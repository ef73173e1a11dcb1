import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bootGate, type GateUnderTest } from '../harness.ts';
import { ada, aSite, leadsKit, type LeadsKit } from './leads-kit.ts';

/** Answers siteverify as Turnstile documents it, by the token; `drop` closes the connection. */
function siteverify(asked: URLSearchParams[]): Server {
  return createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const form = new URLSearchParams(body);
      asked.push(form);
      const token = form.get('response');
      if (token === 'drop') return void response.destroy();
      response.writeHead(token === 'broken' ? 500 : 200, { 'content-type': 'application/json' });
      response.end(token === 'broken' ? 'no JSON' : JSON.stringify(answers[token ?? ''] ?? answers['bad']));
    });
  });
}

const answers: Record<string, unknown> = {
  good: { success: true, 'error-codes': [] },
  bad: { success: false, 'error-codes': ['invalid-input-response'] },
  ours: { success: false, 'error-codes': ['invalid-input-secret'] },
};

let gate: GateUnderTest;
let leads: LeadsKit;
let verifier: Server;
const asked: URLSearchParams[] = [];

beforeAll(async () => {
  verifier = siteverify(asked);
  await new Promise<void>((listening) => verifier.listen(0, '127.0.0.1', listening));
  const { port } = verifier.address() as AddressInfo;
  gate = await bootGate({
    govern: false,
    vars: {
      leads: {
        TURNSTILE_SECRET: 'turnstile-secret',
        TURNSTILE_VERIFY_URL: `http://127.0.0.1:${port}/siteverify`,
      },
    },
  });
  leads = await leadsKit(gate);
  await leads.apply([aSite('guarded'), aSite('known')]);
});
afterAll(async () => {
  verifier?.close();
  await gate?.close();
});

const token = (value: string): Record<string, string> => ({ 'cf-turnstile-response': value });

describe('with Turnstile', () => {
  test.each([
    ['passed', token('good'), 'new', []],
    ['refused', token('bad'), 'quarantined', ['turnstile-failed']],
    ['missing, as from a form without JavaScript', {}, 'quarantined', ['turnstile-missing']],
    ['answering with an error', token('broken'), 'quarantined', ['turnstile-unavailable']],
    ['closing the connection', token('drop'), 'quarantined', ['turnstile-unavailable']],
    ['refusing our own secret', token('ours'), 'quarantined', ['turnstile-unavailable']],
  ])('%s, no lead is lost', async (what, fields, status, reasons) => {
    const posted = await leads.post('guarded', { ...ada, message: what, ...fields });
    expect(posted.status).toBe(202);
    const lead = await leads.one('guarded', String(posted.body['lead']));
    expect(lead).toMatchObject({ status, reasons });
    // Its token is no part of the lead.
    expect(lead.sealed).not.toContain('extra');
  });

  test('its secret is sent, the visitor’s address is not', () => {
    expect(asked[0]?.get('secret')).toBe('turnstile-secret');
    expect(asked.every((form) => !form.has('remoteip'))).toBe(true);
  });

  test('a form of another origin never reaches it', async () => {
    const before = asked.length;
    const posted = await leads.post(
      'guarded',
      { ...ada, ...token('good') },
      { origin: 'https://evil.example' },
    );
    expect([posted.status, asked.length]).toEqual([403, before]);
  });
});

/** Leads asks a Worker for its sites that has none to tell, and to open leads that opens none, so every question fails. */
async function alone(): Promise<void> {
  await gate.server.update((options) => ({
    ...options,
    workers: options.workers.map((worker) =>
      'configPath' in worker && worker.configPath === 'workers/leads/wrangler.toml'
        ? { ...worker, bindingOverrides: { SITES: 'toolgate-sandbox', VAULT: 'toolgate-sandbox' } }
        : worker,
    ),
  }));
}

describe('with control and the vault gone', () => {
  test('a site that is known goes on, one that never was is told to come back', async () => {
    expect((await leads.post('known', { ...ada, ...token('good') })).status).toBe(202);
    await alone();
    const again = await leads.post('known', { ...ada, message: 'without control', ...token('good') });
    expect([again.status, again.body['status']]).toEqual([202, 'accepted']);
    // The tool's env of before is not that of the Workers that run now.
    const desk = await (await leadsKit(gate)).desk();
    expect(await desk.get(String(again.body['lead']))).toMatchObject({ employees: 40, status: 'new' });
    // Nothing is read that would look like a lead that says nothing.
    const id = String(again.body['lead']);
    const read = async (): Promise<unknown> => desk.read(leads.call('leads.lead.get'), id);
    await expect(read()).rejects.toThrow();
    const stranger = await leads.post('stranger', { ...ada, ...token('good') });
    expect([stranger.status, stranger.body['code'], stranger.headers.get('retry-after')]).toEqual([
      503,
      'intake-unavailable',
      '5',
    ]);
  });
});
