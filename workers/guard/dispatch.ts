import { sha256 } from '../../shared/crypto.ts';
import { signDispatch, type DispatchClaims } from '../../shared/dispatch-token.ts';
import type { KnownAction } from '../../shared/contract.ts';
import { imageText, type Image, type Imaged } from '../../shared/image.ts';
import type { Outcome } from '../../shared/outcome.ts';
import { placeholdersIn } from '../../shared/placeholder.ts';
import type { Previewed } from '../../shared/preview.ts';
import { splitUse, type SecretUse, type WithUse } from '../../shared/secret-use.ts';
import { letGo, released } from '../../shared/released.ts';
import { within } from '../../shared/within.ts';
import { toolBinding, type Env } from './env.ts';
import type { LiveTokens } from './live-tokens.ts';

/** A tool's look-ups are not waited for longer: several vendor requests of 8 s, and a look into its own records. */
const FIND_MS = 20_000;
const FACTS_MS = 3_000;
/** A few vendor requests, each of which has to start within the token's time. */
const PREVIEW_MS = 12_000;
/** A stop does not wait longer for the word that a call is called off. */
const CALL_OFF_MS = 500;

/** One dispatch: what for, which call, which input, until when it may start. */
export interface Dispatch {
  purpose: DispatchClaims['purpose'];
  agent: string;
  call: string;
  /** In which the call is made; absent: not known any more. */
  workflow?: string;
  /** `traceparent` of the call's trace. */
  trace?: string;
  action: KnownAction;
  inputText: string;
  epoch: number;
  startBefore: number;
  intentAt: number;
  /** In the operators' lane: SHA-256 of the mail address of the person who has it done. */
  person?: string;
  /** Of a run that takes back: what the vendor must still hold. */
  expected?: Image;
  /** How many days what the tool seals for it is kept, by the manifest; absent: that is not known. */
  keepDays?: number;
  /** Is told by name which secrets the tool's vendor requests carried. */
  heard: (use: SecretUse) => void;
}

/** Step 9: signs the right to run one call once, and hands it to the tool. */
export async function run(env: Env, tokens: LiveTokens, dispatch: Dispatch): Promise<Outcome> {
  const tool = toolBinding(env, dispatch.action.tool);
  if (!tool) return { kind: 'failed', reason: 'refused', detail: 'no such tool is bound' };
  try {
    const { inputText, expected } = dispatch;
    const image = expected === undefined ? undefined : imageText(expected);
    const told = await tokens.holding(() => tool.run(token(env, dispatch), inputText, image));
    return hear(dispatch, letGo(told));
  } catch {
    // The tool's Worker went away. It may have sent its request: only reads are surely without effect.
    return dispatch.action.mode === 'read'
      ? { kind: 'failed', reason: 'unavailable', detail: 'the tool did not answer' }
      : { kind: 'indeterminate', detail: 'the tool did not answer' };
  }
}

/** Asks the tool whether the vendor did it; null when that cannot be told, a tool that does not answer included. */
export async function find(env: Env, tokens: LiveTokens, dispatch: Dispatch): Promise<Outcome | null> {
  const tool = toolBinding(env, dispatch.action.tool);
  if (!tool) return null;
  const asked = tokens.holding(async () => tool.find(token(env, dispatch), dispatch.inputText));
  const found = await within(FIND_MS, asked).then(letGo, () => null);
  return found && hear(dispatch, found);
}

/** What the tool knows for the policy; null when it does not answer, and then the call is denied. */
export async function lookUp(
  env: Env,
  tokens: LiveTokens,
  dispatch: Dispatch,
): Promise<Record<string, string | number | boolean> | null> {
  const tool = toolBinding(env, dispatch.action.tool);
  if (!tool) return null;
  const asked = tokens.holding(async () => tool.facts(token(env, dispatch), dispatch.inputText));
  const told = await within(FACTS_MS, asked).then(letGo, () => null);
  return told && hear(dispatch, told).facts;
}

/** What the tool says a run would change; null when it does not answer, and then nothing is proposed. */
export async function preview(env: Env, tokens: LiveTokens, dispatch: Dispatch): Promise<Previewed | null> {
  const tool = toolBinding(env, dispatch.action.tool);
  if (!tool) return null;
  const asked = tokens.holding(async () => tool.preview(token(env, dispatch), dispatch.inputText));
  const seen = await within(PREVIEW_MS, asked).then(released, () => null);
  return seen && hear(dispatch, seen);
}

/** What the vendor holds now of what a run would change; null when the tool does not answer. */
export async function image(env: Env, tokens: LiveTokens, dispatch: Dispatch): Promise<Imaged | null> {
  const tool = toolBinding(env, dispatch.action.tool);
  if (!tool) return null;
  const asked = tokens.holding(async () => tool.image(token(env, dispatch), dispatch.inputText));
  const seen = await within(PREVIEW_MS, asked).then(released, () => null);
  return seen && hear(dispatch, seen);
}

/** Tells the tool to call a run off. False: it is not under way where this arrived, or the tool does not answer. */
export async function callOff(env: Env, dispatch: Dispatch): Promise<boolean> {
  const tool = toolBinding(env, dispatch.action.tool);
  if (!tool) return false;
  return within(CALL_OFF_MS, tool.cancel(token(env, dispatch))).catch(() => false);
}

/** The answer alone; the names of the secrets go to whoever keeps the record. */
function hear<T extends object>({ heard }: Dispatch, answer: WithUse<T>): T {
  const { told, use } = splitUse(answer);
  heard(use);
  return told;
}

function token(env: Env, dispatch: Dispatch): string {
  const { action, inputText, purpose, agent, call, workflow, epoch, startBefore, intentAt } = dispatch;
  const { person, expected, trace, keepDays } = dispatch;
  const image = expected === undefined ? undefined : imageText(expected);
  // What stands in the text was looked at when the call came in; the tool opens that and nothing else.
  const opens = placeholdersIn(inputText + (image ?? ''));
  return signDispatch(env.DISPATCH_PRIVATE_KEY, {
    purpose,
    tool: action.tool,
    agent,
    ...(workflow !== undefined && { workflow }),
    ...(trace !== undefined && { trace }),
    call,
    action: action.name,
    contract: action.hash,
    input: sha256(inputText),
    ...(image !== undefined && { expected: sha256(image) }),
    ...(opens.length > 0 && { opens }),
    ...(keepDays !== undefined && { keepDays }),
    epoch,
    startBefore,
    intentAt,
    ...(person !== undefined && { lane: 'operators' as const, person }),
  });
}
