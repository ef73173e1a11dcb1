import { canonical } from '../../../shared/canonical.ts';
import { modeRank, scopedMode, type KnownAction, type Mode } from '../../../shared/contract.ts';
import { faultsOf } from '../../../shared/faults.ts';
import type { AgentGovernance } from '../../../shared/governance.ts';
import { grantOf, reaches, type Grant, type Manifest } from '../../../shared/manifest.ts';
import type { Fault } from '../../../shared/problems.ts';
import type { CallRequest, Caller } from '../../../shared/rpc.ts';
import { readTraceparent } from '../../../shared/trace.ts';
import { bodySchema, type AskedCall } from '../call.ts';
import { unwrapped } from '../../../shared/wrapped.ts';
import type { ProposalRow } from '../proposal-store.ts';
import { mangledFaults } from './mangled.ts';
import { resolve, type Resolved } from './reference.ts';
import { deny, go, type Step } from './step.ts';

/**
 * Step 2: the action exists and is granted (one answer for both, so that nothing can be probed), the body parses
 * strictly, and only granted fields are set. `proposed` finds what the agent proposed before, for an execute by reference.
 */
export function contract(
  caller: Caller,
  request: CallRequest,
  governance: AgentGovernance & { manifest: Manifest },
  catalogue: ReadonlyMap<string, KnownAction>,
  proposed: (id: string) => ProposalRow | undefined = () => undefined,
): Step<AskedCall> {
  const name = `${request.tool}.${request.action}`;
  const action = catalogue.get(name);
  const grant = grantOf(governance.manifest, name);
  if (!action || !grant) return deny({ kind: 'unknown-action' });
  if (!scopedMode(caller.scopes, name)) return deny({ kind: 'outside-scope' });
  if (governance.contracts[name] !== action.hash) return deny({ kind: 'contract-changed' });
  const body = parseObject(request.body);
  if (!body) return deny({ kind: 'not-json' });
  const { version, manifest } = governance;
  const fits = { workflow: manifest.workflow, policyVersion: version };
  if (!Object.hasOwn(body, 'proposal')) return readBody(caller, request, body, action, grant, fits);
  const resolved = resolve(body, action, proposed);
  if (!resolved.ok) return resolved;
  const asked = readBody(caller, request, resolved.value.body, action, grant, fits);
  return asked.ok ? sameAsProposed(asked.value, resolved.value) : asked;
}

/** The input must still read as the very text that was proposed. */
function sameAsProposed(call: AskedCall, { inputText, proposal }: Resolved): Step<AskedCall> {
  if (call.inputText === inputText) return go({ ...call, proposal });
  return deny({ kind: 'proposal-changed', changed: [{ what: 'contract' }] });
}

function readBody(
  caller: Caller,
  request: CallRequest,
  body: object,
  action: KnownAction,
  grant: Grant,
  fits: Pick<AskedCall, 'workflow' | 'policyVersion'>,
): Step<AskedCall> {
  const parsed = bodySchema.safeParse(body);
  if (!parsed.success) return deny({ kind: 'invalid', errors: faultsOf(parsed.error) });
  const mangled = mangledFaults(parsed.data);
  if (mangled.length > 0) return deny({ kind: 'invalid', errors: mangled });
  const { mode, because = null, confidence = null, model = null, session = null, wrap = false } = parsed.data;
  const wrongMode = modeFault(mode, action);
  if (wrongMode) return deny({ kind: 'invalid', errors: [wrongMode] });
  if (!reaches(grant, mode)) return deny({ kind: 'mode-not-granted', granted: grant.mode, asked: mode });
  const held = scopedMode(caller.scopes, action.name);
  if (modeRank(held) < modeRank(mode)) return deny({ kind: 'outside-scope' });
  const faults = [
    ...protoFaults(body),
    ...fieldFaults(parsed.data.input, grant),
    ...keyFaults(mode, request),
  ];
  if (faults.length > 0) return deny({ kind: 'invalid', errors: faults });
  const input = action.input.safeParse(parsed.data.input);
  if (!input.success) return deny({ kind: 'invalid', errors: underInput(faultsOf(input.error)) });
  const inputText = textOf(input.data);
  if (inputText === undefined) {
    return deny({
      kind: 'invalid',
      errors: [{ pointer: '/input', detail: 'holds text that is not valid Unicode' }],
    });
  }
  const trace = readTraceparent(request.traceparent);
  return go({
    caller,
    action,
    grant,
    ...fits,
    mode,
    input: input.data,
    inputText,
    because,
    confidence,
    model,
    session,
    wrap,
    placeholders: [],
    releases: [],
    ...(trace !== null && { trace }),
  });
}

/** The input as the one text that is hashed, signed for and sent; undefined for what canonical JSON cannot hold. */
function textOf(input: unknown): string | undefined {
  try {
    return canonical(input);
  } catch {
    return undefined;
  }
}

function parseObject(text: string): object | undefined {
  try {
    // Marks around untrusted text are of the answer that gave it: no vendor and no hash sees them.
    const parsed: unknown = JSON.parse(text);
    const value = /untrusted-|\\u/i.test(text) ? unwrapped(parsed) : parsed;
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function modeFault(mode: Mode, action: KnownAction): Fault | undefined {
  if (action.mode === 'read' && mode !== 'read')
    return { pointer: '/mode', detail: 'this action only reads: use "read"' };
  if (action.mode === 'execute' && mode === 'read') {
    return { pointer: '/mode', detail: 'this action changes something: use "propose" or "execute"' };
  }
  return undefined;
}

function fieldFaults(input: Record<string, unknown>, grant: Grant): Fault[] {
  const { fields } = grant;
  if (!fields) return [];
  return Object.keys(input)
    .filter((field) => !fields.includes(field))
    .slice(0, 20)
    .map((field) => ({
      pointer: `/input/${field.slice(0, 100).toWellFormed()}`,
      detail: 'is not granted to this agent',
    }));
}

/** `__proto__` is a field like any other to JSON, and unknown to every contract; parsers drop it without a word. */
function protoFaults(body: object): Fault[] {
  const input = 'input' in body ? body.input : undefined;
  const hidden = typeof input === 'object' && input !== null && Object.hasOwn(input, '__proto__');
  return hidden ? [{ pointer: '/input/__proto__', detail: 'is not a known field' }] : [];
}

function keyFaults(mode: Mode, request: CallRequest): Fault[] {
  if (mode !== 'execute' || request.idempotencyKey !== null) return [];
  return [{ pointer: '', detail: 'an execute needs an Idempotency-Key header' }];
}

function underInput(errors: Fault[]): Fault[] {
  return errors.map(({ pointer, detail }) => ({ pointer: `/input${pointer}`, detail }));
}
