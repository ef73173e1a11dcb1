import { defineTool } from '../../../shared/tool/define.ts';
import { httpVendor } from '../../../shared/tool/http-vendor.ts';
import { contract } from './contract.ts';
import type { Env } from './env.ts';
import { foreseeArchive, foreseeCompany, foreseeContact, foreseeUpdate } from './foresee.ts';
import { foundArchive, foundCreate, foundUpdate } from './find.ts';
import { companies, contacts, read, search } from './hubspot.ts';
import { readList, readMembers, searchLists, shownList } from './lists.ts';
import { change, imageOfFields, imageOfRecord, make, many, one, putAway } from './records.ts';
import {
  factsOfList,
  factsOfReplacing,
  foreseeAll,
  foreseeSome,
  foundSome,
  imageOfAll,
  imageOfSome,
  moveSome,
  replaceAll,
} from './segments.ts';

export default defineTool({
  contract,
  connect: httpVendor<Env>({
    origin: 'https://api.hubapi.com',
    credentials: {
      read: 'HUBSPOT_READ_TOKEN',
      write: 'HUBSPOT_WRITE_TOKEN',
      header: 'authorization',
      prefix: 'Bearer ',
    },
  }),
  run: {
    'contact.read': async ({ id }, vendor) => one(contacts, await read(vendor, contacts, id)),
    'contact.search': async ({ email, company, ...page }, vendor) =>
      many(contacts, await search(vendor, contacts, { email, company }, page)),
    'contact.create': async (input, vendor) => make(vendor, contacts, input),
    'contact.update': async ({ id, ...fields }, vendor) => change(vendor, contacts, id, fields),
    'contact.archive': async ({ id }, vendor) => putAway(vendor, contacts, id),
    'company.read': async ({ id }, vendor) => one(companies, await read(vendor, companies, id)),
    'company.search': async ({ domain, name, ...page }, vendor) =>
      many(companies, await search(vendor, companies, { domain, name }, page)),
    'company.create': async (input, vendor) => make(vendor, companies, input),
    'company.update': async ({ id, ...fields }, vendor) => change(vendor, companies, id, fields),
    'company.archive': async ({ id }, vendor) => putAway(vendor, companies, id),
    'list.search': async (input, vendor) => {
      const answer = await searchLists(vendor, input);
      if (!answer.ok) return answer.outcome;
      const { total, lists, hasMore, offset } = answer.data;
      const output = { total, lists: lists.map(shownList), next: hasMore ? offset : null };
      return { kind: 'succeeded', output };
    },
    'list.read': async ({ list }, vendor) => {
      const answer = await readList(vendor, list);
      return answer.ok ? { kind: 'succeeded', output: shownList(answer.data) } : answer.outcome;
    },
    'list.members': async ({ list, ...page }, vendor) => {
      const answer = await readMembers(vendor, list, page);
      if (!answer.ok) return answer.outcome;
      const { results, total, paging } = answer.data;
      const members = results.map(({ recordId }) => recordId);
      const next = paging?.next?.after ?? null;
      return { kind: 'succeeded', output: { list, members, total: total ?? null, next } };
    },
    'list.add': async (input, vendor) => moveSome(vendor, 'add', input),
    'list.remove': async (input, vendor) => moveSome(vendor, 'remove', input),
    'list.replace': async (input, vendor) => replaceAll(vendor, input),
  },
  preview: {
    'contact.create': async (input, vendor) => foreseeContact(vendor, input),
    'contact.update': async ({ id, ...fields }, vendor) => foreseeUpdate(vendor, contacts, id, fields),
    'contact.archive': async ({ id }, vendor) => foreseeArchive(vendor, contacts, id),
    'company.create': async (input, vendor) => foreseeCompany(vendor, input),
    'company.update': async ({ id, ...fields }, vendor) => foreseeUpdate(vendor, companies, id, fields),
    'company.archive': async ({ id }, vendor) => foreseeArchive(vendor, companies, id),
    'list.add': async (input, vendor) => foreseeSome(vendor, 'add', input),
    'list.remove': async (input, vendor) => foreseeSome(vendor, 'remove', input),
    'list.replace': async (input, vendor) => foreseeAll(vendor, input),
  },
  image: {
    'contact.update': async (input, vendor) => imageOfFields(vendor, contacts, input),
    'contact.archive': async ({ id }, vendor) => imageOfRecord(vendor, contacts, id),
    'company.update': async (input, vendor) => imageOfFields(vendor, companies, input),
    'company.archive': async ({ id }, vendor) => imageOfRecord(vendor, companies, id),
    'list.add': async (input, vendor) => imageOfSome(vendor, input),
    'list.remove': async (input, vendor) => imageOfSome(vendor, input),
    'list.replace': async (input, vendor) => imageOfAll(vendor, input),
  },
  find: {
    'contact.create': async (input, vendor, { since }) =>
      foundCreate(contacts, await read(vendor, contacts, input.email, { idProperty: 'email' }), input, since),
    'contact.update': async (input, vendor, { since }) =>
      foundUpdate(contacts, await read(vendor, contacts, input.id), input, since),
    'contact.archive': async ({ id }, vendor) => foundArchive(vendor, contacts, id),
    'company.update': async (input, vendor, { since }) =>
      foundUpdate(companies, await read(vendor, companies, input.id), input, since),
    'company.archive': async ({ id }, vendor) => foundArchive(vendor, companies, id),
    'list.add': async (input, vendor) => foundSome(vendor, 'add', input),
    'list.remove': async (input, vendor) => foundSome(vendor, 'remove', input),
  },
  facts: {
    'list.add': async ({ list }, vendor) => factsOfList(vendor, list),
    'list.remove': async ({ list }, vendor) => factsOfList(vendor, list),
    'list.replace': async (input, vendor) => factsOfReplacing(vendor, input),
  },
});
