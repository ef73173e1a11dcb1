import { knownActions, type Contract } from '../../shared/contract.ts';

/** Every tool's contract: what can exist behind the gate at all. Adding a tool adds its line here. */
export const contracts: readonly Contract[] = [];

/** Every action by its full name, derived once. */
export const catalogue = knownActions(contracts);
