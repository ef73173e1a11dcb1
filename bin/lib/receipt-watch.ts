import { setTimeout as sleep } from 'node:timers/promises';
import type { Receipt } from '../../shared/rpc.ts';
import { askOps, credentialHeaders, type Access } from './client.ts';
import { linesOf } from './journal-stream.ts';

/** Before a stream that broke off is opened again. */
const AGAIN_MS = 250;

/**
 * Follows a receipt by its stream until it is settled or patience ends, and returns the newest seen. `changed` is called
 * with each. Whatever fails changes nothing: the stop holds, only its receipt is not seen yet.
 */
export async function watchReceipt(
  access: Access,
  first: Receipt,
  patienceMs: number,
  changed: (receipt: Receipt) => void,
): Promise<Receipt> {
  const giveUp = AbortSignal.timeout(patienceMs);
  let newest = first;
  let lastId: string | undefined;
  const see = (receipt: Receipt): void => {
    newest = receipt;
    changed(receipt);
  };
  const settled = (): boolean => newest.status === 'settled';
  while (!settled() && !giveUp.aborted) {
    try {
      for await (const { id, receipt } of receiptsOf(access, first.id, lastId, giveUp)) {
        lastId = id ?? lastId;
        see(receipt);
      }
    } catch {
      // The stream is full, or a proxy does not let it through: the receipt itself can be asked for.
      const look = await askOps<Receipt>(access, 'GET', `/receipts/${encodeURIComponent(first.id)}`);
      if (look.kind === 'ok' && look.value.status !== newest.status) see(look.value);
    }
    if (!settled()) await sleep(AGAIN_MS);
  }
  return newest;
}

/** The receipts that one connection to the stream brings, until it ends. Throws when it is not to be had, or breaks off. */
async function* receiptsOf(
  access: Access,
  id: string,
  lastId: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<{ id: string | undefined; receipt: Receipt }> {
  const response = await fetch(new URL(`/ops/v1/receipts/${encodeURIComponent(id)}/events`, access.gate), {
    headers: {
      accept: 'text/event-stream',
      ...credentialHeaders(access.token),
      ...(lastId !== undefined && { 'last-event-id': lastId }),
    },
    redirect: 'manual',
    signal,
  });
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
  if (!response.ok || !response.body || !isStream) {
    await response.body?.cancel();
    throw new Error(`no stream of the receipt: HTTP ${response.status}`);
  }
  let fields: Record<string, string> = {};
  for await (const line of linesOf(response.body)) {
    const [, field = '', value = ''] = /^(\w+): ?(.*)$/.exec(line) ?? [];
    if (field !== '') fields[field] = value;
    if (line !== '') continue;
    if (fields['event'] === 'end') return;
    if (fields['data'] !== undefined)
      yield { id: fields['id'], receipt: JSON.parse(fields['data']) as Receipt };
    fields = {};
  }
}
