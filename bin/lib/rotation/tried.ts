import type { DatedSecret, ToolsView } from '../../../workers/console/tool-sheets.ts';
import { askOps, type Access } from '../client.ts';

/** What a gate says of a tool's secrets; null: it was not reached, or says nothing of that tool. */
export async function secretsOf(access: Access, tool: string): Promise<DatedSecret[] | null> {
  const answer = await askOps<ToolsView>(access, 'GET', '/tools');
  if (answer.kind !== 'ok') return null;
  return answer.value.tools.find((sheet) => sheet.tool === tool)?.secrets ?? null;
}

/**
 * Why a credential is not known to work; undefined: a vendor request carried it, and after that none was refused for it.
 * `known`: null when the gate could not be asked, and then it is not known. Pure.
 */
export function untried(known: readonly DatedSecret[] | null, next: string): string | undefined {
  if (known === null) return 'the gate does not say whether it was ever used';
  const secret = known.find(({ name }) => name === next);
  if (!secret || secret.usedAt === null) return 'no vendor request has carried it yet';
  const { usedAt, refusedAt } = secret;
  return refusedAt !== null && refusedAt >= usedAt ? 'the vendor did not accept it' : undefined;
}
