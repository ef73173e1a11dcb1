import type { Directory } from './directory.ts';
import type { Manifest } from './manifest.ts';
import type { ManifestFault } from './manifest-check.ts';
import { suggestion } from './nearest.ts';
import { webhookFault } from './webhook-address.ts';

type Fault = ManifestFault;

/** What manifests ask when they name no group. */
const DEFAULT_GROUP = 'approvers';

/**
 * What the schema of the directory cannot see: no address or Slack name is two people's, the group that manifests ask by
 * default is there once there are groups, and webhooks go to hosts outside. None: it holds. Pure.
 */
export function directoryFaults(directory: Directory | undefined): Fault[] {
  if (!directory) return [];
  const identities = directory.people.flatMap(({ identities }, person) =>
    identities.map((name, index) => ({ name, path: ['people', person, 'identities', index] })),
  );
  const slack = directory.people.flatMap(({ slack }, person) =>
    slack === undefined ? [] : [{ name: slack, path: ['people', person, 'slack'] }],
  );
  return [...twins(identities), ...twins(slack), ...defaultGroup(directory), ...webhooks(directory)];
}

function twins(names: { name: string; path: PropertyKey[] }[]): Fault[] {
  const first = new Set<string>();
  return names.flatMap(({ name, path }) => {
    const key = name.trim().toLowerCase();
    if (!first.has(key)) {
      first.add(key);
      return [];
    }
    return [{ path, detail: `${name} is there already: one identity is one person's, once` }];
  });
}

function defaultGroup({ groups }: Directory): Fault[] {
  if (Object.keys(groups).length === 0 || Object.hasOwn(groups, DEFAULT_GROUP)) return [];
  const detail = `there are groups, but no "${DEFAULT_GROUP}", which manifests ask by default: define it, too`;
  return [{ path: ['groups'], detail }];
}

function webhooks({ groups }: Directory): Fault[] {
  return Object.entries(groups).flatMap(([name, { webhook }]) => {
    const detail = webhook === undefined ? null : webhookFault(webhook);
    return detail === null ? [] : [{ path: ['groups', name, 'webhook'], detail }];
  });
}

/** Groups that a manifest asks though the directory, which defines groups, has none of the name. Pure. */
export function unknownGroups({ approvals }: Manifest, directory: Directory | undefined): Fault[] {
  const known = Object.keys(directory?.groups ?? {});
  if (known.length === 0) return [];
  const asked: [name: string, path: PropertyKey[]][] = [
    [approvals.group, ['approvals', 'group']],
    ...approvals.escalation.map((name, index): [string, PropertyKey[]] => [
      name,
      ['approvals', 'escalation', index],
    ]),
  ];
  return asked
    .filter(([name]) => !known.includes(name))
    .map(([name, path]) => ({
      path,
      detail: `governance/people.yaml has no group "${name}": ${suggestion(name, known)}`,
    }));
}
