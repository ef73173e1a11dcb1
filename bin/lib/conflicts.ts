import type { Conflict } from '../../shared/image.ts';
import { inline, table } from './output.ts';

/** Where the vendor holds something else than expected, as a table; empty when nowhere. */
export function conflictTable(conflicts: readonly Conflict[], left = 'THE CALL LEFT'): string {
  const rows = conflicts.map(({ field, expected, found }) => [
    field === '*' ? 'the record itself' : field,
    inline(expected ?? 'nothing'),
    inline(found ?? 'nothing'),
  ]);
  return table(['CHANGED SINCE AT', left, 'NOW'], rows, '');
}
