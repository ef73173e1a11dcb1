import type { Ruling } from './policy.ts';

/** Step 7: enough people have approved exactly this call, or it must wait for them. */
export function approval(ruling: Ruling, approvers: readonly string[]): 'cleared' | 'wait' {
  return new Set(approvers).size >= ruling.needs ? 'cleared' : 'wait';
}
