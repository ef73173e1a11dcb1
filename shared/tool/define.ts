import { WorkerEntrypoint } from 'cloudflare:workers';
import { mayStart } from '../../flags/start.ts';
import type { z } from 'zod';
import { knownActions, type Contract, type KnownAction } from '../contract.ts';
import { sha256 } from '../crypto.ts';
import type { Imaged } from '../image.ts';
import { verifyDispatch, type DispatchClaims } from '../dispatch-token.ts';
import type { Outcome } from '../outcome.ts';
import type { Previewed } from '../preview.ts';
import type { Facted, Settlement, ToolApi } from '../rpc.ts';
import type { WithUse } from '../secret-use.ts';
import type { ToolAbout } from '../tool-desk.ts';
import type { ToolVault } from '../vault.ts';
import { alert } from './alert.ts';
import { callOffClaims, UnderWay } from './cancel.ts';
import { heldPreview, plain, type Foreseen } from './foreseen.ts';
import { Gate } from './gate.ts';
import type { Connect } from './http-vendor.ts';
import { changedSince, heldLook, type Seen } from './imaging.ts';
import {
  sealedFacts,
  sealedImage,
  sealedOutcome,
  sealedPreview,
  sealedSuccess,
  type Leaving,
} from './leaving.ts';
import { briefly, held, onward } from './outgoing.ts';
import { prepare, type Dispatched, type Ready } from './prepare.ts';
import { Reports } from './reports.ts';
import { Runs, sameAgain } from './runs.ts';

/** The guard waits 3 s for facts: what takes longer is of no use to it, and would go on behind its back. */
const FACTS_MS = 2_500;

/** What every tool Worker's env holds, besides its own vendor's secret. */
export interface ToolEnv {
  DISPATCH_PUBLIC_KEY: string;
  SETTLEMENT: Settlement;
  VAULT: ToolVault;
}

type Actions<C extends Contract> = C['actions'];
type Input<C extends Contract, K extends keyof Actions<C>> = z.output<Actions<C>[K]['input']>;

/** The call that a handler works for, as its dispatch token says. */
export interface Called {
  id: string;
  /** Unix ms of the intent. */
  since: number;
  agent: string;
  /** A person has it done, in the operators' lane. */
  byPerson: boolean;
  /** The dispatch token itself, for Workers of ours that verify it themselves. No vendor ever sees it. */
  token: string;
}

/** A handler gets the parsed input and a narrow vendor client, and nothing else to reach the world with. */
type Handler<I, V, R> = (input: I, vendor: V, call: Called) => Promise<R>;

export interface Tool<C extends Contract, Env extends ToolEnv, V> {
  contract: C;
  /** Builds the client of this tool's one vendor. `gate` must be asked before EACH vendor request. */
  connect: Connect<Env, V>;
  run: { [K in keyof Actions<C>]: Handler<Input<C, K>, V, Outcome> };
  /** Whether the vendor did it: an outcome, or null when it cannot be told. For actions with `findAfter`. */
  find?: { [K in keyof Actions<C>]?: Handler<Input<C, K>, V, Outcome | null> };
  /**
   * What an execute would change, told from what the vendor holds now; its requests may only read. Without it the input is all
   * that is told. An outcome that is no success: the execute would end so.
   */
  preview?: { [K in keyof Actions<C>]?: Handler<Input<C, K>, V, Foreseen | Outcome> };
  /**
   * What the vendor holds now of what the action would change: the fields by which a later change is seen, in the contract's
   * names. For each action that takes another one back. Its requests only read.
   */
  image?: { [K in keyof Actions<C>]?: Handler<Input<C, K>, V, Seen> };
  /**
   * For actions with `facts`. Its vendor requests only read. Whatever cannot be read it throws over: without facts the call is
   * denied, and a default would be a decision.
   */
  facts?: { [K in keyof Actions<C>]?: Handler<Input<C, K>, V, Record<string, string | number | boolean>> };
}

/** A handler whose input type is settled by the contract lookup at run time. */
type AnyHandler<V, R> = Handler<never, V, R>;

/**
 * Makes the Worker class of a tool. It verifies the dispatch token, parses the input by the contract, runs the handler,
 * holds the output to the contract and reports the outcome to the guard even when the caller is gone.
 */
export function defineTool<C extends Contract, Env extends ToolEnv, V>(tool: Tool<C, Env, V>) {
  const actions = knownActions([tool.contract]);
  const runs = new Runs();
  const finds = new Runs();
  const reports = new Reports();
  const underWay = new UnderWay();

  return class ToolWorker extends WorkerEntrypoint<Env> implements ToolApi {
    async run(token: string, input: string, expected?: string): Promise<WithUse<Outcome>> {
      const admitted = admit('run', token, input, this.env, actions, tool.contract.tool);
      if (!admitted.ok) return refused(admitted.reason);
      if (admitted.claims.expected !== (expected === undefined ? undefined : sha256(expected)))
        return refused('the image is not the one that was admitted');
      const { claims, action, dispatch } = admitted;
      // Looked for before the time is: work that was done has not lapsed when the platform repeats its message.
      const before = runs.get(dispatch, Date.now());
      if (before) return sameAgain(before, action.mode);
      // The gate looks again before each vendor request; a tool that forgot to ask it still starts nothing late.
      if (!mayStart(claims, Date.now())) return { kind: 'lapsed' };
      runs.begin(dispatch, claims.startBefore);
      const gate = new Gate(claims);
      underWay.begin(claims.call, gate, Date.now());
      const work = takeUp(tool, admitted, gate, this.env, actions, expected)
        .then((outcome) => ({ ...outcome, ...gate.secrets.use }))
        .finally(() => underWay.end(claims.call));
      void work.then((outcome) => runs.end(dispatch, outcome));
      this.ctx.waitUntil(work.then(async (outcome) => reports.tell({ token, outcome }, this.env.SETTLEMENT)));
      return work;
    }

    async find(token: string, input: string): Promise<WithUse<Outcome> | null> {
      const admitted = admit('find', token, input, this.env, actions, tool.contract.tool);
      const handler = admitted.ok && tool.find?.[admitted.key];
      if (!admitted.ok || !handler) return null;
      const { claims, dispatch } = admitted;
      if (!mayStart(claims, Date.now()) || finds.get(dispatch, Date.now())) return null;
      finds.begin(dispatch, claims.startBefore);
      return lookUp(handler as AnyHandler<V, Outcome | null>, tool, admitted, this.env, actions);
    }

    async cancel(token: string): Promise<boolean> {
      const claims = callOffClaims(this.env.DISPATCH_PUBLIC_KEY, token, tool.contract.tool);
      return claims !== undefined && underWay.callOff(claims);
    }

    async preview(token: string, input: string): Promise<WithUse<Previewed>> {
      const admitted = admit('preview', token, input, this.env, actions, tool.contract.tool);
      if (!admitted.ok) return refused(admitted.reason);
      if (!mayStart(admitted.claims, Date.now())) return { kind: 'lapsed' };
      return foresee(tool, admitted, this.env, actions);
    }

    async image(token: string, input: string): Promise<WithUse<Imaged>> {
      const admitted = admit('image', token, input, this.env, actions, tool.contract.tool);
      if (!admitted.ok) return refused(admitted.reason);
      if (!mayStart(admitted.claims, Date.now())) return { kind: 'lapsed' };
      const ready = await prepare(admitted, this.env.VAULT);
      if (!ready.ok) return ready.outcome;
      const gate = Gate.reading(admitted.claims);
      const seen = await look(tool, admitted, ready, this.env, gate);
      return {
        ...(await sealedImage(seen, leaving(admitted, ready, this.env, actions))),
        ...gate.secrets.use,
      };
    }

    async about(): Promise<ToolAbout> {
      return { tool: tool.contract.tool, vendor: tool.connect.about?.(this.env) ?? null };
    }

    async facts(token: string, input: string): Promise<Facted> {
      const admitted = admit('facts', token, input, this.env, actions, tool.contract.tool);
      if (!admitted.ok) throw new Error(`facts refused: ${admitted.reason}`);
      const handler = tool.facts?.[admitted.key];
      if (!handler || !admitted.action.facts) throw new Error(`${admitted.action.name} declares no facts`);
      const lookUpFacts = handler as AnyHandler<V, Facts>;
      return factsOf(lookUpFacts, tool, admitted, this.env, actions);
    }
  };
}

type Facts = Record<string, string | number | boolean>;

type Good = Dispatched & { ok: true; dispatch: string; key: string };
type Admitted = Good | { ok: false; reason: string };

/** Everything that must hold before a token opens anything. Pure but for the clock. */
function admit(
  purpose: DispatchClaims['purpose'],
  token: string,
  text: string,
  env: ToolEnv,
  actions: ReadonlyMap<string, KnownAction>,
  toolName: string,
): Admitted {
  const checked = verifyDispatch(env.DISPATCH_PUBLIC_KEY, token);
  if (!checked.ok) return { ok: false, reason: `the dispatch token is ${checked.reason}` };
  const { claims } = checked;
  if (claims.purpose !== purpose) return { ok: false, reason: `the dispatch token is for ${claims.purpose}` };
  if (claims.tool !== toolName) return { ok: false, reason: 'the dispatch token is for another tool' };
  const action = actions.get(claims.action);
  if (!action) return { ok: false, reason: 'the action is unknown here' };
  if (claims.contract !== action.hash)
    return { ok: false, reason: 'the guard knows another version of this contract' };
  if (claims.input !== sha256(text))
    return { ok: false, reason: 'the input is not the one that was admitted' };
  return {
    ok: true,
    token,
    claims,
    // Over the signed text, not the whole token: a signature can be written in more than one way.
    dispatch: sha256(token.split('.', 1)[0] ?? ''),
    action,
    key: action.name.slice(toolName.length + 1),
    sealed: parseJson(text),
  };
}

/** Performs a run; one that takes back only while the vendor holds what is expected. Its outcome is sealed. */
async function takeUp<C extends Contract, Env extends ToolEnv, V>(
  tool: Tool<C, Env, V>,
  admitted: Good,
  gate: Gate,
  env: Env,
  actions: ReadonlyMap<string, KnownAction>,
  expectedText: string | undefined,
): Promise<Outcome> {
  const ready = await prepare(admitted, env.VAULT, expectedText);
  if (!ready.ok) return gate.settled(ready.outcome);
  const outcome =
    (await changedBefore(tool, admitted, ready, gate, env)) ??
    (await perform(tool, admitted, ready, gate, env, actions));
  return sealedOutcome(gate.settled(outcome), leaving(admitted, ready, env, actions));
}

/** What keeps a run that takes back from being begun, seen at the vendor right before. */
async function changedBefore<C extends Contract, Env extends ToolEnv, V>(
  tool: Tool<C, Env, V>,
  admitted: Good,
  ready: Ready,
  gate: Gate,
  env: Env,
): Promise<Outcome | undefined> {
  const { expected } = ready;
  if (!expected) return undefined;
  const looking = Gate.reading(admitted.claims);
  const seen = await look(tool, admitted, ready, env, looking);
  gate.secrets.add(looking.secrets.use);
  return changedSince(expected.image, seen, expected.gone);
}

/** What the vendor holds now, in clear. What cannot be seen is never taken for unchanged. */
async function look<C extends Contract, Env extends ToolEnv, V>(
  tool: Tool<C, Env, V>,
  admitted: Good,
  { input }: Ready,
  env: Env,
  gate: Gate,
): Promise<Imaged> {
  const { claims, action, key } = admitted;
  const handler = tool.image?.[key] as AnyHandler<V, Seen> | undefined;
  if (!handler) return refused(`${action.name} takes nothing back, so it has nothing to compare`);
  try {
    const call = calledBy(admitted);
    const seen = await handler(input, tool.connect(env, gate), call);
    return fitting(seen, heldLook(seen, action), claims);
  } catch (error) {
    return { kind: 'failed', reason: 'unavailable', detail: nameOf(error) };
  } finally {
    gate.close();
  }
}

async function perform<C extends Contract, Env extends ToolEnv, V>(
  tool: Tool<C, Env, V>,
  admitted: Good,
  { input }: Ready,
  gate: Gate,
  env: Env,
  actions: ReadonlyMap<string, KnownAction>,
): Promise<Outcome> {
  const { claims, action, key } = admitted;
  const handler = tool.run[key] as AnyHandler<V, Outcome>;
  try {
    const call = calledBy(admitted);
    const outcome = await handler(input, tool.connect(env, gate), call);
    const fit = onward(held(outcome, action, actions), input);
    return fitting(outcome, fit, claims);
  } catch (error) {
    // A bug in the tool. Whether something was changed is known to the gate, which saw every request.
    return briefly({ kind: 'failed', reason: 'unavailable', detail: nameOf(error) });
  } finally {
    gate.close();
  }
}

/** What `find` can tell, sealed. Anything that goes wrong means that it cannot tell, never that nothing happened. */
async function lookUp<C extends Contract, Env extends ToolEnv, V>(
  handler: AnyHandler<V, Outcome | null>,
  tool: Tool<C, Env, V>,
  admitted: Good,
  env: Env,
  actions: ReadonlyMap<string, KnownAction>,
): Promise<WithUse<Outcome> | null> {
  const { claims, action } = admitted;
  const ready = await prepare(admitted, env.VAULT);
  if (!ready.ok) return null;
  const gate = Gate.reading(claims);
  try {
    const call = calledBy(admitted);
    const found = await handler(ready.input, tool.connect(env, gate), call);
    if (found?.kind !== 'succeeded') return found && { ...briefly(found), ...gate.secrets.use };
    const checked = fitting(found, held(found, action, actions), claims);
    if (checked.kind !== 'succeeded') return null;
    const sealed = await sealedSuccess(checked, leaving(admitted, ready, env, actions));
    return sealed ? { ...sealed, ...gate.secrets.use } : null;
  } catch {
    return null;
  } finally {
    gate.close();
  }
}

/** What the tool knows for the policy, sealed; null: it cannot be told, so the call is denied. */
async function factsOf<C extends Contract, Env extends ToolEnv, V>(
  handler: AnyHandler<V, Facts>,
  tool: Tool<C, Env, V>,
  admitted: Good,
  env: Env,
  actions: ReadonlyMap<string, KnownAction>,
): Promise<Facted> {
  const began = Date.now();
  const ready = await prepare(admitted, env.VAULT);
  if (!ready.ok) return { facts: null };
  const gate = Gate.reading(admitted.claims, FACTS_MS - (Date.now() - began));
  try {
    const found = await handler(ready.input, tool.connect(env, gate), calledBy(admitted));
    const facts = admitted.action.facts?.parse(found) as Facts;
    const sealed = await sealedFacts(facts, leaving(admitted, ready, env, actions));
    return { facts: sealed ?? null, ...gate.secrets.use };
  } catch {
    // Without what went wrong, which might quote data: the call is denied all the same.
    return { facts: null, ...gate.secrets.use };
  } finally {
    // The answer settles the token at the guard, so nothing may start after it.
    gate.close();
  }
}

/** What a run would change, sealed. Its gate lets no change through, so a handler that tries one is told no. */
async function foresee<C extends Contract, Env extends ToolEnv, V>(
  tool: Tool<C, Env, V>,
  admitted: Good,
  env: Env,
  actions: ReadonlyMap<string, KnownAction>,
): Promise<WithUse<Previewed>> {
  const { claims, action, key } = admitted;
  const handler = tool.preview?.[key] as AnyHandler<V, Foreseen | Outcome> | undefined;
  const ready = await prepare(admitted, env.VAULT);
  if (!ready.ok) return ready.outcome;
  const gate = Gate.reading(claims);
  try {
    const call = calledBy(admitted);
    const seen = handler ? await handler(ready.input, tool.connect(env, gate), call) : plain(ready.input);
    const preview = fitting(seen, heldPreview(seen, action), claims);
    const sealed = await sealedPreview(preview, leaving(admitted, ready, env, actions));
    return { ...sealed, ...gate.secrets.use };
  } catch (error) {
    return { kind: 'failed', reason: 'unavailable', detail: nameOf(error), ...gate.secrets.use };
  } finally {
    gate.close();
  }
}

function leaving(
  { token, claims, action }: Good,
  { input, opened }: Ready,
  { VAULT: vault }: ToolEnv,
  actions: ReadonlyMap<string, KnownAction>,
): Leaving {
  return { vault, token, claims, action, input, opened, actions };
}

/** What was held to the contract. That it does not fit is for people to look at: the vendor's answers have changed. */
function fitting<T extends { kind: string; detail?: string }>(
  given: { kind: string },
  fit: T,
  { tool, action }: DispatchClaims,
): T {
  // What was a failure before has been told already, by whoever saw the vendor's answer.
  if (given.kind !== 'failed' && fit.kind === 'failed')
    alert('vendor.contract', { tool, action, why: fit.detail });
  return fit;
}

function refused(detail: string): Outcome & { kind: 'failed' } {
  return { kind: 'failed', reason: 'refused', detail };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // Fits no contract.
  }
}

function calledBy({ token, claims: { call, intentAt, agent, lane } }: Good): Called {
  return { id: call, since: intentAt, agent, byPerson: lane === 'operators', token };
}

/** The kind of an error without its message, which might quote data. */
function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'error';
}
