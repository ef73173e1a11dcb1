import { grantOf, type Manifest } from '../../shared/manifest.ts';
import type { CallRow } from './calls.ts';

/**
 * The output fields that an agent may have of a call (undefined: all): what was granted when it asked and, as far as the
 * live manifest says, still is. `manifest` is null while there is no live lease.
 */
export function grantedOutput(
  row: Pick<CallRow, 'action' | 'returns'>,
  manifest: Manifest | null,
): string[] | undefined {
  const then = row.returns === null ? undefined : (JSON.parse(row.returns) as string[]);
  if (!manifest) return then;
  const grant = grantOf(manifest, row.action);
  if (!grant) return [];
  return then && grant.returns
    ? then.filter((field) => grant.returns?.includes(field))
    : (then ?? grant.returns);
}

/** Keeps the granted fields, by name at any depth; containers are kept for what is left in them. */
export function onlyFields(
  value: Record<string, unknown>,
  returns: readonly string[],
): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) {
    if (Array.isArray(item) && item.some(isRecord)) {
      out[key] = item.filter(isRecord).map((element) => onlyFields(element, returns));
    } else if (isRecord(item)) {
      const kept = onlyFields(item, returns);
      if (Object.keys(kept).length > 0) out[key] = kept;
    } else if (returns.includes(key)) {
      out[key] = item;
    }
  }
  return out;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
