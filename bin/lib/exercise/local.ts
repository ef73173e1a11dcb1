import type { StopsView } from '../../../shared/rpc.ts';
import { findAccess } from '../access.ts';
import { askOps, type Access } from '../client.ts';
import { misuse, option, unanswered, type Invocation } from '../command.ts';
import { startLocalGate } from '../local-gate.ts';
import { readLocalFile, root } from '../local.ts';
import type { Report } from '../output.ts';

const PORT = 8787;

/** Who runs it where, and how the gate stands. */
export interface Reached {
  access: Access;
  status: StopsView;
}

/**
 * Does something at a gate: at the one that is named, or at this machine's, which is started for it and ended after it where
 * it is not up.
 */
export async function atGate(
  call: Invocation,
  interrupted: AbortSignal,
  work: (reached: Reached) => Promise<Report>,
): Promise<Report> {
  const named = option(call.values, 'gate') ?? (call.env['TOOLGATE_GATE'] || undefined);
  const local = readLocalFile(root);
  const found = accessOf(call);
  if (!found.ok && (named !== undefined || local)) return misuse(found.fault);
  const status = found.ok ? await askOps<StopsView>(found.access, 'GET', '/status') : null;
  if (found.ok && status?.kind === 'ok') return work({ access: found.access, status: status.value });
  if (found.ok && status && status.kind !== 'ok' && (status.kind === 'refused' || named !== undefined))
    return unanswered(status, found.access.gate);
  return started(call, interrupted, portOf(local?.gate), work);
}

async function started(
  call: Invocation,
  interrupted: AbortSignal,
  port: number,
  work: (reached: Reached) => Promise<Report>,
): Promise<Report> {
  call.stderr.write('No gate is up here: one is started for this exercise …\n');
  const up = await startLocalGate(root, { port, fresh: false, interrupted });
  if (!up.ok)
    return { text: `${up.fault}\n${up.remedy}`, json: { error: 'not-started', detail: up.fault }, exit: 1 };
  try {
    const found = accessOf(call);
    if (!found.ok) return misuse(found.fault);
    const status = await askOps<StopsView>(found.access, 'GET', '/status');
    if (status.kind !== 'ok') return unanswered(status, found.access.gate);
    return await work({ access: found.access, status: status.value });
  } finally {
    await up.gate.process.stop();
  }
}

function accessOf({ values, env }: Invocation): ReturnType<typeof findAccess> {
  const wish = { gate: option(values, 'gate'), as: option(values, 'as'), person: 'operator', env };
  return findAccess({ ...wish, local: readLocalFile(root) });
}

function portOf(gate: string | undefined): number {
  return gate === undefined ? PORT : Number(new URL(gate).port || PORT);
}
