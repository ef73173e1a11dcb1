import { covers } from '../../flags/targets.ts';
import { sensitivities, type KnownAction, type Sensitivity } from '../../shared/contract.ts';
import type { Manifest } from '../../shared/manifest.ts';
import { samePerson } from '../../shared/people.ts';
import type {
  AgentTrail,
  ContactName,
  DrillRecord,
  ReadinessCheck,
  Signatory,
  SignOff,
} from '../../shared/rpc.ts';

const DAY_MS = 86_400_000;

/** A drill older than that says how it was, not how it is: people and machines change within a month. */
const DRILL_DAYS = 30;
/** Mail addresses rot slower than drills: people change jobs about once in years, and boxes are given up unseen. */
const CONTACT_DAYS = 90;
/** A guard that shipped nothing for a week has not been tried as it will run. */
const TRAIL_DAYS = 7;
/** Nobody waits longer for a person than a day: what waits longer is forgotten. */
const DEADLINE_SECONDS = 86_400;
/** Longer than any law here asks for is not kept for a reason. */
const RETENTION_DAYS = 3_650;

/** How a contact's test stands. The code itself is kept nowhere. */
export interface ContactRow {
  contact: ContactName;
  address: string;
  askedBy: string;
  /** Null: none is open. */
  open: { codeHash: string; until: string; misses: number } | null;
  /** The last one that was answered, and from which address it was asked. */
  answered: { address: string; by: string; at: string } | null;
}

/** A sign-off, and what changed since in what was signed. */
export interface Signed extends SignOff {
  changed: string[];
}

/** All that the checks look at, read at the moment of asking. */
export interface ReadinessFacts {
  manifest: Manifest;
  /** Hashes of contracts in the policy set in force. */
  contracts: Readonly<Record<string, string>>;
  catalogue: ReadonlyMap<string, KnownAction>;
  environment: string;
  drills: readonly DrillRecord[];
  /** Null: the audit log did not answer. */
  trail: AgentTrail | null;
  contacts: readonly ContactRow[];
  signed: readonly Signed[];
  now: number;
}

type Found = Pick<ReadinessCheck, 'status' | 'evidence' | 'next'>;

/** Evidence when it holds; else what is wrong and what to do. */
function held(faults: readonly string[], evidence: string, next: string): Found {
  return faults.length === 0
    ? { status: 'pass', evidence, next: null }
    : { status: 'fail', evidence: faults.join('; '), next };
}

/**
 * The checklist before an agent executes outside the sandbox. What a machine can check is checked here and now; nobody ticks
 * it. Pure.
 */
export function readinessChecks(facts: ReadinessFacts): ReadinessCheck[] {
  const { business, technical } = facts.manifest.owners;
  const { incident } = facts.manifest.contacts;
  const check = (
    id: string,
    what: string,
    criterion: string,
    owner: string,
    found: Found,
  ): ReadinessCheck => ({ id, what, criterion, owner, ...found });
  return [
    check(
      'mission',
      'Mission, workflow map and acceptance criteria',
      'the manifest names steps and what must be true for its owner to say that it does its job',
      business.email,
      mission(facts.manifest),
    ),
    check(
      'environment',
      'Admitted to this environment',
      `the manifest's environments hold ${facts.environment}`,
      business.email,
      environment(facts),
    ),
    check(
      'data-access',
      'Data access',
      'every grant is of a known contract, within sources and destinations, and below the sensitivity ceiling',
      technical.email,
      dataAccess(facts),
    ),
    check(
      'redaction',
      'Redaction',
      'every grant that reads data above internal lists the fields that come back',
      technical.email,
      redaction(facts),
    ),
    check(
      'permissions',
      'Permissions',
      'no grant changes who may do what; grants that were not used are removed or signed for by security',
      technical.email,
      permissions(facts),
    ),
    check(
      'escalation',
      'Escalation',
      'a group of approvers is named who decide within a day, and a contact for incidents',
      business.email,
      escalation(facts.manifest),
    ),
    check(
      'logging',
      'Logging',
      `its guard's journal reached the audit log within ${TRAIL_DAYS} days, without a gap`,
      technical.email,
      logging(facts),
    ),
    check(
      'retention',
      'Retention',
      `records are deleted after at most ${RETENTION_DAYS} days, its sites' leads no later`,
      business.email,
      retention(facts.manifest),
    ),
    check(
      'incident-response',
      'Incident response',
      'a business and a technical owner who are two people, and a contact that is neither of them',
      incident,
      incidentResponse(facts.manifest),
    ),
    check(
      'kill-switch',
      'Kill switch drilled',
      `a drill of a stop of all of this agent held here within ${DRILL_DAYS} days`,
      technical.email,
      drilled(facts),
    ),
    ...(['business', 'technical', 'incident'] as const).map((contact) =>
      check(
        `contact-${contact}`,
        `The ${contact} contact answers`,
        `answered a test within ${CONTACT_DAYS} days`,
        contactAddress(facts.manifest, contact),
        contactAnswers(facts, contact),
      ),
    ),
    ...signatoriesNeeded(facts).map((as) =>
      check(
        `sign-off-${as}`,
        `Signed off: ${as}`,
        `${signatoryIs[as]} signed for what is in force now`,
        as === 'business' ? business.email : as,
        signedOff(facts, as),
      ),
    ),
  ];
}

/** The address that a manifest gives for a contact. */
export function contactAddress({ owners, contacts }: Manifest, contact: ContactName): string {
  return contact === 'incident' ? contacts.incident : owners[contact].email;
}

// ── what a machine can check ───────────────────────────────────────────────────────────────────────────────────────

function mission({ steps, acceptance }: Manifest): Found {
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
  const reads = manifest.grants.filter(({ action: name }) => {
    const action = catalogue.get(name);
    return action?.mode === 'read' && rank(action.sensitivity) > rank('internal');
  });
  const faults = reads
    .filter(({ returns }) => returns === undefined)
    .map(({ action }) => `${action} returns every field`);
  return held(faults, `${reads.length} such grants, all listed`, 'List `returns` for these grants.');
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

function escalation({ approvals, contacts }: Manifest): Found {
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

function retention({ retentionDays, sites }: Manifest): Found {
  const faults = [
    ...(retentionDays > RETENTION_DAYS ? [`${retentionDays} days`] : []),
    ...sites
      .filter((site) => (site.retentionDays ?? 0) > retentionDays)
      .map(({ id }) => `site ${id} keeps longer than the agent`),
  ];
  return held(faults, `${retentionDays} days`, 'Shorten `retentionDays`.');
}

function incidentResponse({ owners, contacts }: Manifest): Found {
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

/** The newest drill that covered the whole of the agent here and held. */
export function heldDrill(
  { agent, workflow }: Pick<Manifest, 'agent' | 'workflow'>,
  drills: readonly DrillRecord[],
  environment: string,
): DrillRecord | undefined {
  // No tool or action has an empty name, so a stop of only one of them covers nothing here.
  const whole = { agent, workflow, tool: '', action: '' };
  return drills
    .filter((drill) => drill.environment === environment && drill.verdict === 'held')
    .find((drill) => covers(drill.target, whole));
}

function drilled({ manifest, drills, environment, now }: ReadinessFacts): Found {
  const drill = heldDrill(manifest, drills, environment);
  const next = `toolgate drill stop --target agent:${manifest.agent}`;
  if (!drill) return held(['never drilled here'], '', next);
  const evidence = `${drill.id} of ${drill.target} at ${drill.at}`;
  const old = now - Date.parse(drill.at) > DRILL_DAYS * DAY_MS;
  return held(old ? [`too old: ${evidence}`] : [], evidence, next);
}

// ── what people answer for ─────────────────────────────────────────────────────────────────────────────────────────

function contactAnswers({ manifest, contacts, now }: ReadinessFacts, contact: ContactName): Found {
  const address = contactAddress(manifest, contact);
  const row = contacts.find((one) => one.contact === contact);
  const { answered, open } = row ?? { answered: null, open: null };
  const good =
    answered !== null &&
    samePerson(answered.address, address) &&
    now - Date.parse(answered.at) <= CONTACT_DAYS * DAY_MS;
  if (good) return held([], `${answered.by} at ${answered.at}`, '');
  if (open && now < Date.parse(open.until) && samePerson(row?.address ?? '', address)) {
    return {
      status: 'waits',
      evidence: `asked, until ${open.until}`,
      next: `They answer: toolgate readiness ${manifest.agent} --answer <code>`,
    };
  }
  return held(
    [answered ? 'answered too long ago, or at another address' : 'never tested'],
    '',
    `toolgate readiness ${manifest.agent} --contact ${contact}`,
  );
}

/** Who signs, and in which role of the gate's people. */
export const signatoryRole = {
  legal: 'auditor',
  security: 'incident-commander',
  business: 'owner',
} as const;

const signatoryIs: Readonly<Record<Signatory, string>> = {
  legal: 'somebody for legal or compliance (role auditor)',
  security: 'somebody for security (role incident-commander)',
  business: 'its business owner (role owner)',
};

/**
 * Whose sign-off an agent needs: its business owner's always; security's unless it is of low risk and touches nothing above
 * internal; legal's for customer data, regulated text and spend. Pure.
 */
export function signatoriesNeeded({
  manifest,
  catalogue,
}: Pick<ReadinessFacts, 'manifest' | 'catalogue'>): Signatory[] {
  const actions = manifest.grants.flatMap(({ action }) => catalogue.get(action) ?? []);
  const sensitive = actions.some(({ sensitivity }) => rank(sensitivity) > rank('internal'));
  const spends = actions.some(({ groups, measures }) => groups.includes('budget') || measures?.spend);
  const regulated = rank(manifest.sensitivity) >= rank('regulated');
  return [
    ...(sensitive || spends || regulated ? (['legal'] as const) : []),
    ...(sensitive || manifest.risk !== 'low' ? (['security'] as const) : []),
    'business',
  ];
}

function signedOff({ manifest, signed }: ReadinessFacts, as: Signatory): Found {
  const sign = signed.find((one) => one.as === as);
  const next = `toolgate readiness ${manifest.agent} --sign ${as} --reason "…"`;
  if (!sign) return { status: 'waits', evidence: 'nobody signed', next };
  const evidence = `${sign.by} at ${sign.at}, for ${sign.policyVersion}`;
  if (sign.changed.length === 0) return held([], evidence, '');
  return { status: 'fail', evidence: `changed since: ${sign.changed.join(', ')}`, next };
}

/**
 * Why a person may not sign; null: they may. One person is one signature, whatever roles they hold: three by one are one
 * look. Outside the sandbox the business owner signs for the business, nobody in that owner's place. Pure.
 */
export function signFault(
  { manifest, signed, environment }: Pick<ReadinessFacts, 'manifest' | 'signed' | 'environment'>,
  as: Signatory,
  by: string,
): string | null {
  const other = signed.find((one) => one.as !== as && one.changed.length === 0 && samePerson(one.by, by));
  if (other) return `You signed as ${other.as} already: another person signs as ${as}.`;
  if (as !== 'business' || environment === 'sandbox') return null;
  const owner = manifest.owners.business.email;
  return samePerson(owner, by) ? null : `Only ${owner}, its business owner, signs for the business.`;
}

/**
 * Why a person may not answer a contact's test; null: they may. An owner answers in person, a shared box is answered by
 * whoever reads it, never by the one who asked. The sandbox has none of those people: there anybody else answers. Pure.
 */
export function answerFault(
  { contact, address, askedBy }: Pick<ContactRow, 'contact' | 'address' | 'askedBy'>,
  by: string,
  environment: string,
): string | null {
  const inPerson = contact !== 'incident' && environment !== 'sandbox';
  if (inPerson) return samePerson(address, by) ? null : `Only ${address} can answer this test.`;
  return samePerson(askedBy, by) ? 'You asked for this test: somebody else answers it.' : null;
}

function rank(sensitivity: Sensitivity): number {
  return sensitivities.indexOf(sensitivity);
}
