import { expect, test } from 'vitest';
import { noReleases, releasesInWords, releaseSets, type Release } from '../../../shared/releases.ts';

const told: Release = {
  class: 'email',
  source: 'crm.contact.read email',
  pointer: '/to',
  to: 'subject',
};

test('nothing that is opened is nothing to policies', () => {
  expect(releaseSets([])).toBe(noReleases);
});

test('policies see each class and each tool once, and what is told to somebody else apart', () => {
  const name = { ...told, class: 'name', source: 'support.conversation.read name', to: 'other' } as const;
  expect(releaseSets([told, told, name, { ...told, to: 'vendor' }])).toEqual({
    classes: ['email', 'name'],
    toOthers: ['name'],
    sources: ['crm', 'support'],
  });
});

test('what the agent typed itself is nobody’s secret that it tells to others', () => {
  expect(releaseSets([{ ...told, source: 'typed', to: 'other' }])).toEqual({
    classes: ['email'],
    toOthers: [],
    sources: ['typed'],
  });
});

test('people read each release once, in words and without a value', () => {
  expect(releasesInWords([told, told, { ...told, source: 'typed', to: 'vendor' }])).toEqual([
    'email from crm.contact.read email, opened in /to: goes to whom it is about',
    'email typed by the agent, opened in /to: goes to the vendor only',
  ]);
});
