import { createHash, generateKeyPairSync } from 'node:crypto';
import app from '../../../workers/gateway/index.ts';
import type { Env } from '../../../workers/gateway/env.ts';
import type {
  CheckAsk,
  Rationed,
  RedactAsk,
  Redacted,
  RedactionVault,
  TextFault,
} from '../../../shared/vault.ts';
import type { AgentView, Answer, Caller, CallRequest, GuardApi, Result } from '../../../shared/rpc.ts';

export const ORIGIN = 'https://agents.acme.example';
export const SECRET = 'tgs_for-tests-only';

export function privateKey(): string {
  return JSON.stringify(generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }));
}

export const view: AgentView = {
  agent: 'lead-router',
  workflow: 'lead-intake',
  mission: 'Routes leads to the team that answers them.',
  manifestVersion: 1,
  policyVersion: 'ps_0123456789abcdef',
  grants: [
    { action: 'crm.contact.update', mode: 'execute', fields: null, returns: null },
    { action: 'crm.contact.read', mode: 'read', fields: ['id'], returns: ['id'] },
  ],
  limits: [],
  budgets: [],
  radius: [],
  claims: { forbidden: [], doubtful: [] },
  retentionDays: 30,
  stops: [],
  closed: [],
  autonomy: { mode: 'execute', why: 'start', since: null },
};

/** A guard that says what it is told to and remembers what it was asked. */
export class ScriptedGuard implements GuardApi {
  calls: { caller: Caller; request: CallRequest }[] = [];
  flags: string[] = [];
  handoffs: object[] = [];
  polls: { id: string; waitMs: number }[] = [];
  viewed: Result<AgentView> = { ok: true, value: view };
  answer: Answer = { status: 200, body: '{"status":"succeeded"}', headers: { 'x-from': 'guard' } };
  fails = false;

  async call(caller: Caller, request: CallRequest): Promise<Answer> {
    this.calls.push({ caller, request });
    if (this.fails) throw new Error('secret detail from inside');
    return this.answer;
  }

  async flag(_caller: Caller, body: string): Promise<Answer> {
    this.flags.push(body);
    return this.answer;
  }

  async handOver(_caller: Caller, body: string, key: string | null): Promise<Answer> {
    this.handoffs.push({ body, key });
    return this.answer;
  }

  async handoff(_caller: Caller, id: string): Promise<Answer> {
    this.handoffs.push({ id });
    return this.answer;
  }

  async poll(_caller: Caller, id: string, waitMs: number): Promise<Answer> {
    this.polls.push({ id, waitMs });
    return this.answer;
  }

  async view(): Promise<Result<AgentView>> {
    if (this.fails) throw new Error('secret detail from inside');
    return this.viewed;
  }
}

/** A vault that says what it is told to and remembers what it was asked. */
export class ScriptedVault implements RedactionVault {
  asks: (RedactAsk | CheckAsk)[] = [];
  redacted: Rationed<Redacted> = { ok: true, value: { texts: [], found: [] } };
  checked: Rationed<TextFault[]> = { ok: true, value: [] };
  fails = false;

  async redact(ask: RedactAsk): Promise<Rationed<Redacted>> {
    return this.#asked(ask, this.redacted);
  }

  async check(ask: CheckAsk): Promise<Rationed<TextFault[]>> {
    return this.#asked(ask, this.checked);
  }

  #asked<T>(ask: RedactAsk | CheckAsk, answer: T): T {
    this.asks.push(ask);
    if (this.fails) throw new Error('secret detail from inside');
    return answer;
  }
}

export interface Gateway {
  guard: ScriptedGuard;
  vault: ScriptedVault;
  env: Env;
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** A token from the token endpoint. */
  token(scope?: string): Promise<string>;
}

export function gateway(overrides: Partial<Env> = {}): Gateway {
  const guard = new ScriptedGuard();
  const vault = new ScriptedVault();
  const clients = {
    router: { agent: 'lead-router', secretSha256: createHash('sha256').update(SECRET).digest('hex') },
  };
  const env: Env = {
    GUARD: { getByName: () => guard },
    VAULT: vault,
    TOKEN_PRIVATE_KEY: privateKey(),
    AGENT_CLIENTS: JSON.stringify(clients),
    ...overrides,
  };
  const send = async (path: string, init?: RequestInit): Promise<Response> =>
    app.fetch(new Request(`${ORIGIN}${path}`, init), env);
  return {
    guard,
    vault,
    env,
    fetch: send,
    token: async (scope) => {
      const form = new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: 'router',
        client_secret: SECRET,
        ...(scope !== undefined && { scope }),
      });
      const answer = await send('/oauth/token', { method: 'POST', body: form });
      return (await answer.json<{ access_token: string }>()).access_token;
    },
  };
}

export function bearer(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}` };
}
