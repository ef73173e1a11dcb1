import { GateClient, type GateAnswer } from '../../../examples/gate-client.ts';
import type { Approval, ApprovalPage, LeadDetail, OperatorAct } from '../../../shared/rpc.ts';
import type { LogEntry } from '../../../workers/sandbox/request-log.ts';
import { ask, askOps } from '../client.ts';
import type { LocalFile } from '../secrets.ts';

type Fields = Record<string, unknown>;
export type ReplayAccess = Pick<LocalFile, 'gate' | 'agents' | 'people'>;

/** All that a replay asks of a gate: as agents, as local people, and of its simulated vendors. Throws when one does not answer. */
export class ReplayGate {
  readonly #access: ReplayAccess;
  readonly #clients = new Map<string, GateClient>();

  constructor(access: ReplayAccess) {
    this.#access = access;
  }

  agent(name: string): GateClient {
    const credentials = this.#access.agents[name];
    if (!credentials) throw new Error(`this gate has no credentials of an agent "${name}"`);
    const known = this.#clients.get(name) ?? new GateClient(this.#access.gate, credentials);
    this.#clients.set(name, known);
    return known;
  }

  /** What holds a call, as people see it; undefined: it does not wait (any more). */
  async approval(id: string): Promise<Approval | undefined> {
    const { approvals } = await this.#ops<ApprovalPage>('approver', 'GET', '/approvals?status=waiting');
    return approvals.find((one) => one.id === id);
  }

  async decide(
    person: string,
    approval: string,
    decision: 'approve' | 'reject',
    reason: string,
  ): Promise<void> {
    await this.#ops(person, 'POST', `/approvals/${approval}/decision`, { decision, reason });
  }

  async undo(person: string, agent: string, call: string): Promise<OperatorAct> {
    const body = { agent, reason: 'A replay takes it back.' };
    return this.#ops<OperatorAct>(person, 'POST', `/calls/${call}/undo`, body);
  }

  async lead(id: string): Promise<LeadDetail | undefined> {
    const leads = await this.#ops<LeadDetail[]>('operator', 'GET', '/leads?limit=200');
    return leads.find((lead) => lead.id === id);
  }

  /** Posts a form as a web page would; the answer's body beside its status. */
  async post(site: string, form: Readonly<Record<string, string>>): Promise<GateAnswer> {
    const answer = await fetch(new URL(`/leads/${site}`, this.#access.gate), {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
      body: new URLSearchParams(form).toString(),
    });
    return { status: answer.status, headers: answer.headers, body: await answer.json<Fields>() };
  }

  async reset(vendor: string): Promise<void> {
    await this.#simulator('POST', `${vendor}/reset`);
  }

  async fault(vendor: string, fault: Fields): Promise<void> {
    await this.#simulator('POST', `${vendor}/faults`, fault);
  }

  async clearFaults(vendor: string): Promise<void> {
    await this.#simulator('DELETE', `${vendor}/faults`);
  }

  async record(vendor: string, record: string): Promise<Fields> {
    return this.#simulator<Fields>('GET', `${vendor}/records/${record}`);
  }

  /** Requests that changed something there, beyond the first `from`; each as `POST /path`. */
  async changes(vendor: string, from = 0): Promise<string[]> {
    const log = await this.#simulator<LogEntry[]>('GET', `${vendor}/log`);
    const changed = log.filter((entry) => entry.changed).slice(from);
    return changed.map(({ method, path }) => `${method} ${path}`);
  }

  async #simulator<T>(method: 'GET' | 'POST' | 'DELETE', path: string, body?: Fields): Promise<T> {
    const sent = body && { body: JSON.stringify(body) };
    const answer = await ask<T>(new URL(`/simulator/${path}`, this.#access.gate), { method, ...sent });
    if (answer.kind === 'ok') return answer.value;
    throw new Error(`the simulator does not answer to ${method} ${path}`);
  }

  async #ops<T>(person: string, method: string, path: string, body?: unknown): Promise<T> {
    const token = this.#access.people[person]?.token;
    if (token === undefined) throw new Error(`this gate has no local person "${person}"`);
    const answer = await askOps<T>({ gate: this.#access.gate, token }, method, path, body);
    if (answer.kind === 'ok') return answer.value;
    const why = answer.kind === 'refused' ? (answer.problem.detail ?? answer.problem.title) : answer.detail;
    throw new Error(`${person} asked ${method} ${path}: ${why}`);
  }
}
