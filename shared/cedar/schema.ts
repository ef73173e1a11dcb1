import { groups, modes, type KnownAction } from '../contract.ts';
import { sinkKinds } from '../marks.ts';
import { manifestSchema } from '../manifest.ts';
import {
  bool,
  long,
  optional,
  recordOf,
  required,
  shapeOfObject,
  string,
  type RecordShape,
  type Shape,
} from './shape.ts';

/** What policies about one action can see. */
export interface ActionShape {
  groups: readonly string[];
  context: RecordShape;
}

/** All that policies can see. `policyRequest` builds requests of just these shapes. */
export interface PolicyVocabulary {
  /** Attributes of the agent. */
  principal: RecordShape;
  /** By name: every known action, and every group as an action of its own. */
  actions: ReadonlyMap<string, ActionShape>;
  tools: ReadonlySet<string>;
}

const strings: Shape = { kind: 'set', of: string };
const sinks: Shape = { kind: 'set', of: { kind: 'string', values: sinkKinds } };
const environments = ['sandbox', 'staging', 'production'];

const principal = recordOf({
  risk: required({ kind: 'string', values: manifestSchema.shape.risk.options }),
  /** Rank of the manifest's sensitivity ceiling, 0 (public) to 4 (restricted). */
  ceiling: required(long),
  environments: required({ kind: 'set', of: { kind: 'string', values: environments } }),
});

const common = {
  mode: required({ kind: 'string', values: modes }),
  granted: required(bool),
  explained: required(bool),
  confidence: optional(long),
  businessHours: required(bool),
  environment: required({ kind: 'string', values: environments }),
  /** Rank of the action's sensitivity, as `principal.ceiling`. */
  sensitivity: required(long),
  /** Up to which rank what it carries may leave by it. */
  clearance: required(long),
  irreversible: required(bool),
  approvals: required(long),
  user: optional(string),
  approved: required(
    recordOf({
      channels: required(strings),
      queues: required(strings),
      special: required(strings),
      accounts: required(strings),
      campaigns: required(strings),
      regions: required(strings),
    }),
  ),
  launchWeek: required(bool),
  /** Ids of the manifest's claims that the texts make, as the gate found them. */
  claims: required(recordOf({ forbidden: required(strings), doubtful: required(strings) })),
  /** What of people is opened where it runs: of which classes, of which of them for others than whom they are about, and from where. */
  releases: required(
    recordOf({ classes: required(strings), toOthers: required(strings), sources: required(strings) }),
  ),
  /** What the agent has read: anything that people outside may have written, and up to which rank. */
  session: required(recordOf({ readUntrusted: required(bool), sensitivity: required(long) })),
  /** Kinds of sinks with a value out of what people outside may have written, and with one that is not trusted. */
  untrusted: required(sinks),
  unproven: required(sinks),
  /** What the contract measures: minor units of `currency`, people, records; whose and where. */
  spend: required(long),
  currency: optional(string),
  recipients: required(long),
  records: required(long),
  accounts: required(strings),
  campaigns: required(strings),
  regions: required(strings),
  consent: optional(bool),
  /** Names of the input's top-level fields, those set to null included. */
  fields: required(strings),
};

/** The words that policies about these actions may use. */
export function vocabulary(catalogue: ReadonlyMap<string, KnownAction>): PolicyVocabulary {
  // A group applies by itself too: so a policy about a group validates before the first tool of that group is there.
  const bare: ActionShape = { groups: [], context: contextOf(recordOf({}), recordOf({})) };
  const known = [...catalogue.values()].map((action) => [action.name, actionShape(action)] as const);
  return {
    principal,
    actions: new Map([...groups.map((group) => [group, bare] as const), ...known]),
    tools: new Set([...catalogue.values()].map(({ tool }) => tool)),
  };
}

function actionShape({ groups, inputSchema, facts }: KnownAction): ActionShape {
  const known = facts ? shapeOfObject(factsSchema(facts)) : recordOf({});
  return { groups, context: contextOf(shapeOfObject(inputSchema), known) };
}

function factsSchema(facts: NonNullable<KnownAction['facts']>): Record<string, unknown> {
  return facts.toJSONSchema({ io: 'input' });
}

function contextOf(input: RecordShape, facts: RecordShape): RecordShape {
  return recordOf({ ...common, input: required(input), facts: required(facts) });
}

type Json = Record<string, unknown>;

/** The Cedar schema of these words, in Cedar's JSON form of schemas. */
export function cedarSchema({ principal, actions }: PolicyVocabulary): Json {
  const declared = [...actions].map(([name, shape]) => [name, declaration(shape)]);
  return {
    '': {
      entityTypes: {
        Workflow: {},
        Agent: { memberOfTypes: ['Workflow'], shape: cedarType(principal) },
        Tool: {},
      },
      actions: Object.fromEntries(declared),
    },
  };
}

function declaration({ groups, context }: ActionShape): Json {
  return {
    memberOf: groups.map((id) => ({ id })),
    appliesTo: { principalTypes: ['Agent'], resourceTypes: ['Tool'], context: cedarType(context) },
  };
}

function cedarType(shape: Shape): Json {
  if (shape.kind === 'record') return { type: 'Record', attributes: attributesOf(shape) };
  if (shape.kind === 'set') return { type: 'Set', element: cedarType(shape.of) };
  return { type: names[shape.kind] };
}

const names = { bool: 'Boolean', long: 'Long', string: 'String' } as const;

function attributesOf({ attributes }: RecordShape): Json {
  const entries = Object.entries(attributes).map(([name, { shape, required }]) => {
    return [name, { ...cedarType(shape), required }];
  });
  return Object.fromEntries(entries);
}
