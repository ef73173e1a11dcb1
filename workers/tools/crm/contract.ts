import { defineContract } from '../../../shared/contract.ts';
import { companyActions } from './contract/companies.ts';
import { contactActions } from './contract/contacts.ts';
import { listActions, listArtefact } from './contract/lists.ts';

/** HubSpot CRM (https://developers.hubspot.com/docs/api-reference/crm-contacts-v3 and its neighbours). */
export const contract = defineContract({
  tool: 'crm',
  vendor: 'HubSpot',
  summary: 'Contacts, companies and lists in the CRM.',
  actions: { ...contactActions, ...companyActions, ...listActions },
  artefacts: { list: listArtefact },
});
