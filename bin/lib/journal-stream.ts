import { credentialHeaders, refusal, type Access, type GateAnswer } from './client.ts';

/** Opens an export of the audit log. The lines throw when the transfer breaks off; a whole one ends with its checkpoint. */
export async function openExport(access: Access): Promise<GateAnswer<AsyncIterable<string>>> {
  try {
    const response = await fetch(new URL('/ops/v1/journal/export', access.gate), {
      headers: credentialHeaders(access.token),
      redirect: 'manual',
    });
    if (response.ok && response.body) return { kind: 'ok', value: linesOf(response.body) };
    return refusal(response.status, await response.json().catch(() => undefined));
  } catch (error) {
    return { kind: 'unreachable', detail: error instanceof Error ? error.message : 'The request failed.' };
  }
}

/** The lines of a stream of bytes, each without its end. */
export async function* linesOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of bytes) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  if (rest !== '') yield rest;
}

/** Whether a line is the signed checkpoint that ends an export. */
export function isCheckpointLine(line: string): boolean {
  return line.startsWith('{"checkpoint":');
}
