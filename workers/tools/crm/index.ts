import { defineTool } from '../../../shared/tool/define.ts';
import { httpVendor } from '../../../shared/tool/http-vendor.ts';
import { listAssociations, sortedTypes } from './associations.ts';
import { contract } from './contract.ts';
import type { Env } from './env.ts';
import { foreseeArchive, foreseeCompany, foreseeContact, foreseeDeal, foreseeUpdate } from './foresee.ts';
import { foundArchive, foundCreate, foundUpdate } from './find.ts';
import { read, search } from './hubspot.ts';
import { companies, contacts, deals } from './kinds.ts';
import { readList, readMembers, searchLists, shownList } from './lists.ts';
import { listOwners, readOwner, shownOwner } from './owners.ts';
import { foreseeJoin, foreseePart, foundJoin, foundPart, imageOfPair, join, part } from './pairs.ts';
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
    'deal.read': async ({ id }, vendor) => one(deals, await read(vendor, deals, id)),
    'deal.search': async ({ stage, ownerId, ...page }, vendor) =>
      many(deals, await search(vendor, deals, { stage, ownerId }, page)),
    'deal.create': async (input, vendor) => make(vendor, deals, input),
    'deal.update': async ({ id, ...fields }, vendor) => change(vendor, deals, id, fields),
    'deal.archive': async ({ id }, vendor) => putAway(vendor, deals, id),
    'owner.read': async ({ id }, vendor) => {
      const answer = await readOwner(vendor, id);
      return answer.ok ? { kind: 'succeeded', output: shownOwner(answer.data) } : answer.outcome;
    },
    'owner.list': async (page, vendor) => {
      const answer = await listOwners(vendor, page);
      if (!answer.ok) return answer.outcome;
      const { results, paging } = answer.data;
      return {
        kind: 'succeeded',
        output: { owners: results.map(shownOwner), next: paging?.next?.after ?? null },
      };
    },
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
    'association.list': async ({ limit, after, ...pair }, vendor) => {
      const answer = await listAssociations(vendor, pair, { limit, after });
      if (!answer.ok) return answer.outcome;
      const { results, paging } = answer.data;
      const associations = results.map(({ toObjectId, associationTypes }) => ({
        to: toObjectId,
        types: sortedTypes(associationTypes),
        labels: associationTypes.flatMap(({ label }) => label ?? []),
      }));
      return { kind: 'succeeded', output: { associations, next: paging?.next?.after ?? null } };
    },
    'association.create': async (input, vendor) => join(vendor, input),
    'association.remove': async (pair, vendor) => part(vendor, pair),
  },
  preview: {
    'contact.create': async (input, vendor) => foreseeContact(vendor, input),
    'contact.update': async ({ id, ...fields }, vendor) => foreseeUpdate(vendor, contacts, id, fields),
    'contact.archive': async ({ id }, vendor) => foreseeArchive(vendor, contacts, id),
    'company.create': async (input, vendor) => foreseeCompany(vendor, input),
    'company.update': async ({ id, ...fields }, vendor) => foreseeUpdate(vendor, companies, id, fields),
    'company.archive': async ({ id }, vendor) => foreseeArchive(vendor, companies, id),
    'deal.create': async (input, vendor) => foreseeDeal(vendor, input),
    'deal.update': async ({ id, ...fields }, vendor) => foreseeUpdate(vendor, deals, id, fields),
    'deal.archive': async ({ id }, vendor) => foreseeArchive(vendor, deals, id),
    'list.add': async (input, vendor) => foreseeSome(vendor, 'add', input),
    'list.remove': async (input, vendor) => foreseeSome(vendor, 'remove', input),
    'list.replace': async (input, vendor) => foreseeAll(vendor, input),
    'association.create': async (input, vendor) => foreseeJoin(vendor, input),
    'association.remove': async (pair, vendor) => foreseePart(vendor, pair),
  },
  image: {
    'contact.update': async (input, vendor) => imageOfFields(vendor, contacts, input),
    'contact.archive': async ({ id }, vendor) => imageOfRecord(vendor, contacts, id),
    'company.update': async (input, vendor) => imageOfFields(vendor, companies, input),
    'company.archive': async ({ id }, vendor) => imageOfRecord(vendor, companies, id),
    'deal.update': async (input, vendor) => imageOfFields(vendor, deals, input),
    'deal.archive': async ({ id }, vendor) => imageOfRecord(vendor, deals, id),
    'list.add': async (input, vendor) => imageOfSome(vendor, input),
    'list.remove': async (input, vendor) => imageOfSome(vendor, input),
    'list.replace': async (input, vendor) => imageOfAll(vendor, input),
    'association.create': async (input, vendor) => imageOfPair(vendor, input),
    'association.remove': async (pair, vendor) => imageOfPair(vendor, pair),
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
    'deal.update': async (input, vendor, { since }) =>
      foundUpdate(deals, await read(vendor, deals, input.id), input, since),
    'deal.archive': async ({ id }, vendor) => foundArchive(vendor, deals, id),
    'list.add': async (input, vendor) => foundSome(vendor, 'add', input),
    'list.remove': async (input, vendor) => foundSome(vendor, 'remove', input),
    'association.create': async (input, vendor) => foundJoin(vendor, input),
    'association.remove': async (pair, vendor) => foundPart(vendor, pair),
  },
  facts: {
    'list.add': async ({ list }, vendor) => factsOfList(vendor, list),
    'list.remove': async ({ list }, vendor) => factsOfList(vendor, list),
    'list.replace': async (input, vendor) => factsOfReplacing(vendor, input),
  },
});
