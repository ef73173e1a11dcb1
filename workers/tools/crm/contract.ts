import { defineContract } from '../../../shared/contract.ts';
import { associationActions } from './contract/associations.ts';
import { companyActions } from './contract/companies.ts';
import { contactActions } from './contract/contacts.ts';
import { dealActions } from './contract/deals.ts';
import { listActions, listArtefact } from './contract/lists.ts';
import { ownerActions } from './contract/owners.ts';

/** HubSpot CRM (https://developers.hubspot.com/docs/api-reference/crm-contacts-v3 and its neighbours). */
export const contract = defineContract({
  tool: 'crm',
  vendor: 'HubSpot',
  summary: 'Contacts, companies, deals and their associations, owners and lists in the CRM.',
  actions: {
    ...contactActions,
    ...companyActions,
    ...dealActions,
    ...ownerActions,
    ...listActions,
    ...associationActions,
  },
  artefacts: { list: listArtefact },
});
