import { describe, expect, test } from 'vitest';
import { compileFiles } from '../../../bin/lib/governance.ts';
import { directorySchema, identityOf, inGroup, type Directory } from '../../../shared/directory.ts';
import { directoryFaults, unknownGroups } from '../../../shared/directory-check.ts';
import { governanceVersion, type Governance } from '../../../shared/governance.ts';
import { touches } from '../../../shared/touches.ts';
import { webhookFault } from '../../../shared/webhook-address.ts';
import { widenings } from '../../../shared/widening.ts';
import { shipped } from '../policy/ask.ts';

const people: Directory = directorySchema.parse({
  people: [
    { name: 'Ada', identities: ['ada@acme.example', 'ada@old.example'], slack: 'U0ADA000' },
    { name: 'Bo', identities: ['bo@acme.example'] },
  ],
  groups: {
    approvers: { members: ['approver', 'ada@old.example'], slack: 'C0ASK0000' },
    legal: { members: ['bo@acme.example'] },
  },
});

function but(change: (directory: Directory) => void): Directory {
  const copy = structuredClone(people);
  change(copy);
  return copy;
}

describe('a directory does not hold when', () => {
  test.each<[string, Directory, string, RegExp]>([
    [
      'an address is two people’s, however it is written',
      but(({ people }) => void people[1]!.identities.push('ADA@acme.example')),
      'people.1.identities.1',
      /is there already/,
    ],
    [
      'a Slack name is two people’s',
      but(({ people }) => void (people[1]!.slack = 'U0ADA000')),
      'people.1.slack',
      /is there already/,
    ],
    [
      'there are groups and none is the default',
      but(({ groups }) => void delete groups['approvers']),
      'groups',
      /no "approvers"/,
    ],
    [
      'a webhook goes into the network',
      but(({ groups }) => void (groups['legal']!.webhook = 'https://metadata.internal/x')),
      'groups.legal.webhook',
      /no host outside/,
    ],
  ])('%s', (_, directory, path, detail) => {
    const faults = directoryFaults(directory);
    expect(faults.map((fault) => fault.path.join('.'))).toEqual([path]);
    expect(faults[0]!.detail).toMatch(detail);
  });

  test('and holds otherwise, also when it is empty or not there', () => {
    expect(directoryFaults(people)).toEqual([]);
    expect(directoryFaults({ people: [], groups: {} })).toEqual([]);
    expect(directoryFaults(undefined)).toEqual([]);
  });
});

describe('a webhook', () => {
  test.each([
    'http://hooks.example.com/',
    'https://10.0.0.1/',
    'https://2130706433/',
    'https://0x7f.1/',
    'https://[::1]/',
    'https://[::ffff:10.0.0.1]/',
    'https://localhost/',
    'https://api.localhost./',
    'https://printer.local/',
    'https://intranet/',
    'https://user:word@hooks.example.com/',
    'https://hooks.example.com:8443/',
    'https://hooks.example.com/#part',
    'ftp://hooks.example.com/',
    'nonsense',
  ])('does not go to %s', (address) => {
    expect(webhookFault(address)).toEqual(expect.any(String));
  });

  test('goes to a public name over https', () => {
    expect(webhookFault('https://hooks.example.com/toolgate?team=7')).toBeNull();
    expect(webhookFault('https://bücher.example/x')).toBeNull();
  });
});

describe('the groups that a manifest asks', () => {
  test('must be there once there are groups; the one that was likely meant is named', async () => {
    const manifest = structuredClone((await shipped()).manifests['content-writer']!);
    manifest.approvals = { ...manifest.approvals, group: 'aprovers', escalation: ['legal', 'lega'] };
    expect(unknownGroups(manifest, people)).toEqual([
      { path: ['approvals', 'group'], detail: expect.stringContaining('did you mean "approvers"?') },
      { path: ['approvals', 'escalation', 1], detail: expect.stringContaining('did you mean "legal"?') },
    ]);
    expect(unknownGroups(manifest, undefined)).toEqual([]);
    expect(unknownGroups(manifest, { people: [], groups: {} })).toEqual([]);
  });
});

describe('one person', () => {
  test('is the same by each of their addresses, and belongs to a group by any of them', () => {
    expect(identityOf(people, ' ADA@old.example ')).toBe('ada@acme.example');
    const ada = { email: 'ada@acme.example', roles: [] };
    expect(inGroup(people, 'approvers', ada)).toBe(true);
    expect(inGroup(people, 'legal', ada)).toBe(false);
    expect(inGroup(people, 'legal', { email: 'x@acme.example', roles: ['approver', 'owner'] })).toBe(false);
  });
});

describe('a change of the directory', () => {
  const lines = async (after: Directory | undefined, before: Directory | null = people) => {
    const { version: _, people: __, ...base } = await shipped();
    const set = (directory: Directory | undefined | null): Governance => {
      const content = { ...base, ...(directory && { people: directory }) };
      return { version: governanceVersion(content), ...content };
    };
    const [was, is] = [set(before), set(after)];
    return { widens: widenings(was, is), touches: touches(was, is).map(({ decision }) => decision) };
  };

  test.each<[string, Directory, string]>([
    [
      'a member more',
      but(({ groups }) => void groups['legal']!.members.push('approver')),
      'approver may decide for group legal',
    ],
    [
      'an address more of one person',
      but(({ people }) => void people[1]!.identities.push('bo@b.example')),
      'Bo is known by bo@acme.example, bo@b.example',
    ],
    [
      'two addresses taken apart, so that each would count',
      but(({ people }) => void people.shift()),
      'Ada is no longer one person by ada@acme.example, ada@old.example',
    ],
    [
      'a Slack name more',
      but(({ people }) => void (people[1]!.slack = 'U0BO00000')),
      'Bo may decide in Slack as U0BO00000',
    ],
    [
      'a group removed, for which anybody may decide then',
      but(({ groups }) => void delete groups['legal']),
      'group legal removed: whoever may decide at all may decide for it',
    ],
    [
      'another place that is told',
      but(({ groups }) => void (groups['approvers']!.slack = 'C0OTHER00')),
      'where group approvers is told by slack changed: treated as widening',
    ],
  ])('is wider with %s', async (_, after, line) => {
    const found = await lines(after);
    expect(found.widens).toContain(line);
    expect(found.touches).toContain('change-rights');
  });

  test('is no wider with a member less, and is a matter of decision rights all the same', async () => {
    const found = await lines(but(({ groups }) => void groups['approvers']!.members.pop()));
    expect(found).toEqual({ widens: [], touches: ['change-rights'] });
  });

  test('is wider when it is written down for the first time', async () => {
    expect((await lines(people, null)).widens).toContain('bo@acme.example may decide for group legal');
  });
});

describe('governance/people.yaml', { timeout: 30_000 }, () => {
  const compile = (text: string): string[] => {
    const compiled = compileFiles([], [], [{ path: 'governance/people.yaml', text }]);
    return compiled.ok ? [] : compiled.errors.filter((error) => error.startsWith('governance/people.yaml'));
  };

  test('is part of the shipped set', async () => {
    const { people: directory } = await shipped();
    expect(Object.keys(directory!.groups)).toContain('approvers');
  });

  test('is refused with file, line and remedy', () => {
    expect(compile('people:\n  - name: A\n    identites: [a@b.example]\n')).toEqual([
      expect.stringMatching(/^governance\/people\.yaml:2: people\.0\.identities/),
      expect.stringMatching(/unknown field "identites": did you mean "identities"\?/),
    ]);
    expect(compile('groups:\n  legal:\n    members: [owner]\n')).toEqual([
      expect.stringMatching(/^governance\/people\.yaml:1: groups: there are groups, but no "approvers"/),
    ]);
  });
});
