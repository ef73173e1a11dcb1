import { WorkerEntrypoint } from 'cloudflare:workers';
import type {
  ArtefactContent,
  ArtefactDesk as Desk,
  ArtefactVersion,
  ArtefactView,
} from '../../shared/artefacts.ts';
import { faultsOf } from '../../shared/faults.ts';
import { mask } from '../../shared/mask.ts';
import { checkPerson, roles, type Person, type Role } from '../../shared/people.ts';
import type { Problem } from '../../shared/problems.ts';
import { released } from '../../shared/released.ts';
import type { OperatorAct, Result } from '../../shared/rpc.ts';
import { catalogue } from '../tools/catalogue.ts';
import type { Env } from './env.ts';
import { LaneClient } from './lane-client.ts';
import { mayOperate, orderSchema } from './operators.ts';

/** Contents are what agents and colleagues wrote: those who decide on them read them. */
const mayRead: readonly Role[] = [...mayOperate, 'approver'];

interface Named {
  tool: string;
  record: string;
  id: string;
}

/** For the console: artefacts. Who asks is checked here; no agent's token is a person's. */
export class ArtefactDesk extends WorkerEntrypoint<Env> implements Desk {
  async list(
    credential: string | null,
    { tool }: { tool?: string },
  ): Promise<Result<{ artefacts: ArtefactView[]; more: boolean }>> {
    const person = await this.#person(credential, roles);
    if (!person.ok) return person;
    // Only tools that have artefacts: asking for another would make an object for it.
    const tools = toolsWithArtefacts().filter((one) => tool === undefined || one === tool);
    const found = await Promise.all(tools.map(async (one) => released(await this.#keeper(one).list())));
    const artefacts = found
      .flatMap((each) => each.artefacts)
      .sort((a, b) => b.newest.at.localeCompare(a.newest.at));
    return { ok: true, value: { artefacts, more: found.some(({ more }) => more) } };
  }

  async versions(
    credential: string | null,
    artefact: string,
  ): Promise<Result<{ versions: ArtefactVersion[] }>> {
    const person = await this.#person(credential, roles);
    const named = nameOf(artefact);
    if (!person.ok) return person;
    if (!named) return unknown;
    const versions = released(await this.#keeper(named.tool).versions(named.record, named.id));
    return versions.length > 0 ? { ok: true, value: { versions } } : unknown;
  }

  async content(credential: string | null, artefact: string, n: number): Promise<Result<ArtefactContent>> {
    const person = await this.#person(credential, mayRead);
    const named = nameOf(artefact);
    if (!person.ok) return person;
    if (!named) return unknown;
    const { email, credential: hash } = person.value;
    const { tool, record, id } = named;
    const found = await this.#keeper(tool).read(record, id, n, { email, credential: hash });
    if (!found) return unknown;
    const { version, text } = released(found);
    return { ok: true, value: { version, content: readable(JSON.parse(text), named) } };
  }

  async restore(
    credential: string | null,
    artefact: string,
    n: number,
    input: unknown,
  ): Promise<Result<OperatorAct>> {
    const person = await this.#person(credential, mayOperate);
    const named = nameOf(artefact);
    if (!person.ok) return person;
    const parsed = orderSchema.safeParse(input);
    if (!parsed.success) return { ok: false, problem: { code: 'invalid', errors: faultsOf(parsed.error) } };
    const { tool, record, id } = named ?? { tool: '', record: '', id: '' };
    const found = named && (await this.#keeper(tool).restorable(record, id, n));
    if (!found) return unknown;
    const restorable = released(found);
    // In the lane of the agent whose call left the newest version: its guard has the lease and the journal for it.
    const guard = new LaneClient(this.env, restorable.agent);
    return guard.restore({ person: person.value, ...parsed.data, tool, record, restorable });
  }

  #keeper(tool: string) {
    return this.env.ARTEFACTS.getByName(tool);
  }

  async #person(credential: string | null, allowed: readonly Role[]): Promise<Result<Person>> {
    const check = await checkPerson(credential, allowed, this.env);
    if (check.ok) return { ok: true, value: check.person };
    return { ok: false, problem: { code: check.code, detail: check.detail } };
  }
}

const unknown: { ok: false; problem: Problem } = {
  ok: false,
  problem: { code: 'not-found', detail: 'No such version of an artefact is kept.' },
};

function toolsWithArtefacts(): string[] {
  return [...new Set([...catalogue.values()].filter(({ artefact }) => artefact).map(({ tool }) => tool))];
}

/** `cms/page/101` in its parts; undefined when no tool has such artefacts. */
function nameOf(artefact: string): Named | undefined {
  const [, tool = '', record = '', id = ''] = /^([a-z]+)\/([a-z]+)\/([^/]{1,200})$/.exec(artefact) ?? [];
  const known = [...catalogue.values()].some(
    (action) => action.artefact && action.tool === tool && action.about?.record === record,
  );
  return known ? { tool, record, id } : undefined;
}

/** As people may read it: classed fields masked by the contract that writes them, free text by detectors. */
function readable(content: unknown, { tool, record }: Named): Record<string, unknown> | null {
  if (content === null) return null;
  const about = [...catalogue.values()].find(
    (action) => action.artefact && action.tool === tool && action.about?.record === record,
  );
  const restoring = catalogue.get(about?.artefact?.restore[0] ?? '');
  return restoring ? (mask(content, restoring.inputSchema, true) as Record<string, unknown>) : {};
}
