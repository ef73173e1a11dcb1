import { knownActions, type Contract } from '../../shared/contract.ts';
// toolgate new tool: import below
import { contract as ads } from './ads/contract.ts';
import { contract as chat } from './chat/contract.ts';
import { contract as cms } from './cms/contract.ts';
import { contract as crm } from './crm/contract.ts';
import { contract as email } from './email/contract.ts';
import { contract as enrichment } from './enrichment/contract.ts';
import { contract as leads } from './leads/contract.ts';
import { contract as support } from './support/contract.ts';

/** Every tool's contract: what can exist behind the gate at all. Adding a tool adds its line here. */
export const contracts: readonly Contract[] = [
  // toolgate new tool: contract below
  ads,
  chat,
  cms,
  crm,
  email,
  enrichment,
  leads,
  support,
];

/** Every action by its full name, derived once. */
export const catalogue = knownActions(contracts);
