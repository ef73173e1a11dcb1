import type { PeopleEnv } from '../../shared/people.ts';
import type { Leases, LedgerIntake, Objects } from '../../shared/rpc.ts';
import type { Control } from './control.ts';

export interface Env extends PeopleEnv {
  CONTROL: Objects<Control>;
  LEASES: Leases;
  LEDGER: LedgerIntake;
}

/** There is one authority. */
export const CONTROL_NAME = 'control';
