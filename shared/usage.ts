import type { KnownAction, Mode } from './contract.ts';
import { measure, type Measured } from './measures.ts';

/** What one call takes from limits, budgets and blast radius. Plain data: it is stored, and sent between objects. */
export interface Usage extends Omit<Measured, 'consent'> {
  action: string;
  /** 1; what rates count. */
  calls: number;
}

/** What a call takes. Only what executes costs anything or touches anybody; every call counts as one. Pure. */
export function usageOf(
  call: { action: KnownAction; mode: Mode; input: Readonly<Record<string, unknown>> },
  facts: Readonly<Record<string, unknown>>,
): Usage {
  const { consent: _, ...measured } = measure(call.mode === 'execute' ? call.action : {}, call.input, facts);
  return { action: call.action.name, calls: 1, ...measured };
}

/** Whether anything but the call itself is counted. */
export function isMeasured({ spend, recipients, records, accounts, campaigns, regions }: Usage): boolean {
  return spend + recipients + records + accounts.length + campaigns.length + regions.length > 0;
}

/** Sums of what was used longer ago than any window: of one action, in one currency, for one campaign or account, or for all. */
export interface Total extends Pick<Usage, 'action' | 'currency' | 'spend' | 'recipients' | 'records'> {
  /** '': all together. */
  each: 'campaign' | 'account' | '';
  name: string;
}

/** What one call adds to the sums; whatever it names none of counts under ''. Pure. */
export function totalsOf({
  action,
  currency,
  spend,
  recipients,
  records,
  campaigns,
  accounts,
}: Usage): Total[] {
  const amounts = { action, currency, spend, recipients, records };
  if (spend + recipients + records === 0) return [];
  const each = (kind: Total['each'], names: readonly string[]): Total[] =>
    (names.length > 0 ? names : ['']).map((name) => ({ ...amounts, each: kind, name }));
  return [...each('', []), ...each('campaign', campaigns), ...each('account', accounts)];
}
