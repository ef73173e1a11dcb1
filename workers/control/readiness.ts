import { covers } from '../../flags/targets.ts';
import type { KnownAction } from '../../shared/contract.ts';
import type { Manifest } from '../../shared/manifest.ts';
import { samePerson } from '../../shared/people.ts';
import { contactNames, type DrillRecord, type ReadinessCheck } from '../../shared/rpc.ts';
import { held, type Found, type ReadinessFacts } from './readiness-facts.ts';
import {
  CONTACT_DAYS,
  contactAddress,
  contactAnswers,
  rank,
  signatoriesNeeded,
  signatoryIs,
  signedOff,
} from './readiness-people.ts';

const DAY_MS = 86_400_000;

/** A drill older than that says how it was, not how it is: people and machines change within a month. */
const DRILL_DAYS = 30;
/** A guard that shipped nothing for a week has not been tried as it will run. */
const TRAIL_DAYS = 7;
/** Nobody waits longer for a person than a day: what waits longer is forgotten. */
const DEADLINE_SECONDS = 86_400;
/** Longer than any law here asks for is not kept for a reason. */
const RETENTION_DAYS = 3_650;

/** One line of the list: who answers for it, and what is found. */
interface Row extends Pick<ReadinessCheck, 'id' | 'what' | 'criterion'> {
  owner: 'business' | 'technical' | 'incident';
  find: (facts: ReadinessFacts) => Found;
}

const rows: readonly Row[] = [
  {
    id: 'mission',
    what: 'Mission, workflow map and acceptance criteria',
    criterion: 'the manifest names steps and what must be true for its owner to say that it does its job',
    owner: 'business',
    find: mission,
  },
  {
    id: 'environment',
    what: 'Admitted to this environment',
    criterion: "the manifest's `environments` hold this one",
    owner: 'business',
    find: environment,
  },
  {
    id: 'data-access',
    what: 'Data access',
    criterion:
      'every grant is of a known contract, within sources and destinations, and below the sensitivity ceiling',
    owner: 'technical',
    find: dataAccess,
  },
  {
    id: 'redaction',
    what: 'Redaction',
    criterion:
      'every grant on data above internal that reads, or answers with personal fields, lists the fields that come back',
    owner: 'technical',
    find: redaction,
  },
  {
    id: 'permissions',
    what: 'Permissions',
    criterion:
      'no grant changes who may do what; grants that were not used are removed or signed for by security',
    owner: 'technical',
    find: permissions,
  },
  {
    id: 'escalation',
    what: 'Escalation',
    criterion: 'a group of approvers is named who decide within a day, and a contact for incidents',
    owner: 'business',
    find: escalation,
  },
  {
    id: 'logging',
    what: 'Logging',
    criterion: `its guard's journal reached the audit log within ${TRAIL_DAYS} days, without a gap`,
    owner: 'technical',
    find: logging,
  },
  {
    id: 'retention',
    what: 'Retention',
    criterion: `records are deleted after at most ${RETENTION_DAYS} days, its sites' leads no later`,
    owner: 'business',
    find: retention,
  },
  {
    id: 'incident-response',
    what: 'Incident response',
    criterion: 'a business and a technical owner who are two people, and a contact that is neither of them',
    owner: 'incident',
    find: incidentResponse,
  },
  {
    id: 'kill-switch',
    what: 'Kill switch drilled',
    criterion: `the last drill of a stop of all of this agent here held, within ${DRILL_DAYS} days; outside the sandbox: was confirmed, with no violation seen`,
    owner: 'technical',
    find: drilled,
  },
  ...contactNames.map((contact) => ({
    id: `contact-${contact}`,
    what: `The ${contact} contact answers`,
    criterion: `answered a test within ${CONTACT_DAYS} days`,
    owner: contact,
    find: (facts: ReadinessFacts) => contactAnswers(facts, contact),
  })),
];

/**
 * The checklist before an agent executes outside the sandbox. What a machine can check is checked here and now; nobody ticks
 * it. Pure.
 */
export function readinessChecks(facts: ReadinessFacts): ReadinessCheck[] {
  const { manifest } = facts;
  const listed = rows.map(({ id, what, criterion, owner, find }) => {
    return { id, what, criterion, owner: contactAddress(manifest, owner), ...find(facts) };
  });
  const signed = signatoriesNeeded(facts).map((as) => ({
    id: `sign-off-${as}`,
    what: `Signed off: ${as}`,
    criterion: `${signatoryIs[as]} signed for what is in force now`,
    // Who is legal and who security is not the manifest's to say.
    owner: as === 'business' ? contactAddress(manifest, as) : as,
    ...signedOff(facts, as),
  }));
  return [...listed, ...signed];
}

// ── what a machine can check ───────────────────────────────────────────────────────────────────────────────────────

function mission({ manifest: { steps, acceptance } }: ReadinessFacts): Found {
  const faults = [
    ...(steps.length === 0 ? ['no steps'] : []),
    ...(acceptance.length === 0 ? ['no acceptance criteria'] : []),
  ];
  const evidence = `${steps.length} steps, ${acceptance.length} criteria`;
  return held(faults, evidence, 'Write `steps` and `acceptance` into its manifest.');
}

function environment({ manifest, environment }: ReadinessFacts): Found {
  const faults = manifest.environments.some((name) => name === environment) ? [] : ['not among them'];
  return held(
    faults,
    manifest.environments.join(', '),
    `Add ${environment} to \`environments\` in its manifest.`,
  );
}

function dataAccess({ manifest, contracts, catalogue }: ReadinessFacts): Found {
  const faults = manifest.grants.flatMap(({ action: name }) => {
    const action = catalogue.get(name);
    if (action?.hash !== contracts[name] || !action) return [`${name} is not the contract that was applied`];
    const places = action.mode === 'read' ? manifest.sources : manifest.destinations;
    return [
      ...(places && !places.includes(action.tool)
        ? [`${name} is outside its ${action.mode === 'read' ? 'sources' : 'destinations'}`]
        : []),
      ...(rank(action.sensitivity) > rank(manifest.sensitivity) ? [`${name} is ${action.sensitivity}`] : []),
    ];
  });
  const evidence = `${manifest.grants.length} grants, at most ${manifest.sensitivity}`;
  return held(faults, evidence, 'Take the grants away, or have the ceiling and places changed.');
}

function redaction({ manifest, catalogue }: ReadinessFacts): Found {
  const telling = manifest.grants.filter(({ action: name }) => {
    const action = catalogue.get(name);
    if (!action || rank(action.sensitivity) <= rank('internal')) return false;
    // A change answers with the record, too, and a proposal of it with what the record holds.
    return action.mode === 'read' || tellsOfPersons(action);
  });
  const faults = telling
    .filter(({ returns }) => returns === undefined)
    .map(({ action }) => `${action} returns every field`);
  return held(faults, `${telling.length} such grants, all listed`, 'List `returns` for these grants.');
}

/** Whether a personal field stands anywhere in what an action answers. */
function tellsOfPersons({ outputSchema }: KnownAction): boolean {
  return JSON.stringify(outputSchema).includes('"x-personal"');
}

function permissions(facts: ReadinessFacts): Found {
  const { manifest, catalogue, trail } = facts;
  const barred = manifest.grants
    .filter(({ action }) => catalogue.get(action)?.groups.includes('permission'))
    .map(({ action }) => `${action} changes who may do what`);
  if (barred.length > 0) return held(barred, '', 'Take these grants away: people change permissions.');
  // Not known what it used: as if it had used nothing.
  const unused = manifest.grants
    .map(({ action }) => action)
    .filter((action) => !trail?.used.includes(action));
  if (unused.length === 0) return held([], 'every grant was used of late', '');
  const review = facts.signed.find(({ as, changed }) => as === 'security' && changed.length === 0);
  if (review) return held([], `unused: ${unused.join(', ')}; reviewed by ${review.by}`, '');
  return {
    status: 'waits',
    evidence: `unused of late: ${unused.join(', ')}`,
    next: 'Take them away, or have security sign off what is left.',
  };
}

function escalation({ manifest: { approvals, contacts } }: ReadinessFacts): Found {
  const late = approvals.deadlineSeconds > DEADLINE_SECONDS;
  const evidence = `${approvals.group}, within ${approvals.deadlineSeconds} s; ${contacts.incident}`;
  return held(
    late ? [`approvals wait ${approvals.deadlineSeconds} s`] : [],
    evidence,
    'Shorten `approvals.deadlineSeconds`.',
  );
}

function logging({ trail, manifest, now }: ReadinessFacts): Found {
  if (!trail) return held(['the audit log did not answer'], '', 'Ask again; toolgate status tells more.');
  if (trail.broken)
    return held(
      ['the audit log refuses what its guard ships'],
      '',
      'Look at the ledger.refused alert: its journal has a gap.',
    );
  const { last } = trail;
  if (!last || now - Date.parse(last.at) > TRAIL_DAYS * DAY_MS)
    return held(['nothing of its guard arrived of late'], '', 'Have the agent make a call, in mode propose.');
  return held([], `guard:${manifest.agent} #${last.seq} at ${last.at}`, '');
}

function retention({ manifest: { retentionDays, sites } }: ReadinessFacts): Found {
  const faults = [
    ...(retentionDays > RETENTION_DAYS ? [`${retentionDays} days`] : []),
    ...sites
      .filter((site) => (site.retentionDays ?? 0) > retentionDays)
      .map(({ id }) => `site ${id} keeps longer than the agent`),
  ];
  return held(faults, `${retentionDays} days`, 'Shorten `retentionDays`.');
}

function incidentResponse({ manifest: { owners, contacts } }: ReadinessFacts): Found {
  const { business, technical } = owners;
  const faults = [
    ...(samePerson(business.email, technical.email) ? ['both owners are one person'] : []),
    ...([business, technical].some(({ email }) => samePerson(email, contacts.incident))
      ? ['the incident contact is an owner, who may be away']
      : []),
  ];
  const evidence = `${business.email}, ${technical.email}, ${contacts.incident}`;
  return held(faults, evidence, 'Name two owners and a contact that is always read.');
}

/** The newest drill that covered the whole of the agent here, if it held. One that proved nothing says nothing either way. */
export function heldDrill(
  { agent, workflow }: Pick<Manifest, 'agent' | 'workflow'>,
  drills: readonly DrillRecord[],
  environment: string,
): DrillRecord | undefined {
  // No tool or action has an empty name, so a stop of only one of them covers nothing here.
  const whole = { agent, workflow, tool: '', action: '' };
  const newest = drills
    .filter((drill) => drill.environment === environment && !drill.rollback && tells(drill))
    .find((drill) => covers(drill.target, whole));
  return newest?.verdict === 'violated' ? undefined : newest;
}

/**
 * Whether a drill tells how the stop does. Only the sandbox's vendors show what they were asked; elsewhere a drill is unproven,
 * and that every guard confirmed the stop, by control's own receipt, is all there can be.
 */
function tells({ verdict, environment, times }: DrillRecord): boolean {
  return verdict !== 'unproven' || (environment !== 'sandbox' && times.confirm !== null);
}

function drilled({ manifest, drills, environment, now }: ReadinessFacts): Found {
  const drill = heldDrill(manifest, drills, environment);
  const next = `toolgate drill stop --target agent:${manifest.agent}`;
  if (!drill) return held(['never drilled here, or the last drill did not hold'], '', next);
  const evidence = `${drill.id} of ${drill.target} at ${drill.at}, ${drill.verdict}`;
  const old = now - Date.parse(drill.at) > DRILL_DAYS * DAY_MS;
  return held(old ? [`too old: ${evidence}`] : [], evidence, next);
}
