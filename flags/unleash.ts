/** Unleash's own evaluation over a features document, with unleash-client and without its polling. */
import { EventEmitter } from 'node:events';
import clientModule from 'unleash-client/lib/client.js';
import type { Context } from 'unleash-client/lib/context.js';
import type { FeatureInterface } from 'unleash-client/lib/feature.js';
import type { RepositoryInterface } from 'unleash-client/lib/repository/index.js';
import { defaultStrategies } from 'unleash-client/lib/strategy/index.js';
import type { Segment } from 'unleash-client/lib/strategy/strategy.js';
import { z } from 'zod';

type UnleashClient = clientModule;
/** The package is CommonJS, whose default export bundlers and Node hand over in two ways. */
const Client = ('default' in clientModule ? clientModule.default : clientModule) as typeof clientModule;

/** What a flag is asked about: `userId` is the agent, the rest goes into `properties`. */
export type FlagContext = Context;

/** One parsed features document and Unleash's own answers over it. */
export interface Features {
  /** Off or unknown in this environment, whoever asks; or on, and then its strategies decide. */
  state(name: string): 'on' | 'off' | 'missing';
  /** Whether the flag is off as Unleash makes one: turning it on for the first time adds a strategy, which off leaves. */
  isNew(name: string): boolean;
  /** Whether the flag is on for this context. Unknown, malformed or not understood is off. */
  isEnabled(name: string, context: FlagContext): boolean;
  /** The variant's name; a flag may depend on its parent's variant. */
  variant(name: string, context: FlagContext): ReturnType<UnleashClient['getVariant']>;
  /** Every flag of the document. */
  names(): string[];
  /** Whether some constraint looks at the clock, so that answers change while the document does not. */
  readonly timed: boolean;
}

const constraint = z.looseObject({
  contextName: z.string(),
  operator: z.string(),
  // unleash-client throws without values, and one such flag must not decide by accident.
  values: z.preprocess((values) => values ?? [], z.array(z.string())),
  value: z.union([z.string(), z.number()]).nullish(),
  inverted: z.boolean().nullish(),
  caseInsensitive: z.boolean().nullish(),
});
const constraints = z.array(constraint).nullish();
const strategy = z.looseObject({
  name: z.string(),
  parameters: z.preprocess((parameters) => parameters ?? {}, z.record(z.string(), z.unknown())),
  constraints,
  segments: z.array(z.number()).nullish(),
  variants: z.array(z.looseObject({ name: z.string() })).nullish(),
});
const feature = z.looseObject({
  name: z.string().min(1).max(500),
  enabled: z.boolean(),
  strategies: z.array(strategy).nullish(),
  variants: z.array(z.looseObject({ name: z.string() })).nullish(),
  dependencies: z
    .array(
      z.looseObject({
        feature: z.string(),
        enabled: z.boolean().nullish(),
        variants: z.array(z.string()).nullish(),
      }),
    )
    .nullish(),
});
const documentShape = z.looseObject({
  features: z.array(feature),
  segments: z.array(z.looseObject({ id: z.number(), constraints })).nullish(),
});

type DocumentJson = z.output<typeof documentShape>;

function constraintsOf({ features, segments }: DocumentJson): z.output<typeof constraint>[] {
  const strategies = features.flatMap((item) => item.strategies ?? []);
  return [...strategies, ...(segments ?? [])].flatMap((item) => item.constraints ?? []);
}

/**
 * Reads a document of Unleash's client API (`{ features, segments? }`). Undefined for anything else, and for one that
 * names a flag or a segment twice: which of the two counts would be a guess.
 */
export function parseFeatures(text: string): Features | undefined {
  const parsed = documentShape.safeParse(fromJson(text));
  if (!parsed.success) return undefined;
  const features = new Map(
    parsed.data.features.map((item) => [item.name, item as unknown as FeatureInterface]),
  );
  const listed = parsed.data.segments ?? [];
  const segments = new Map(listed.map((item) => [item.id, item as unknown as Segment]));
  if (features.size !== parsed.data.features.length || segments.size !== listed.length) return undefined;
  return new Document(features, segments, parsed.data);
}

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

class Document implements Features {
  readonly timed: boolean;
  readonly #features: ReadonlyMap<string, FeatureInterface>;
  readonly #client: UnleashClient;

  constructor(
    features: ReadonlyMap<string, FeatureInterface>,
    segments: ReadonlyMap<number, Segment>,
    json: DocumentJson,
  ) {
    this.#features = features;
    this.timed = constraintsOf(json).some(({ operator }) => operator.startsWith('DATE_'));
    this.#client = new Client(new Repository(features, segments), defaultStrategies);
    // An event named `error` without a listener would throw in the middle of an evaluation.
    this.#client.on('error', () => undefined);
  }

  state(name: string): 'on' | 'off' | 'missing' {
    const found = this.#features.get(name);
    if (!found) return 'missing';
    return found.enabled ? 'on' : 'off';
  }

  isNew(name: string): boolean {
    const found = this.#features.get(name);
    return found !== undefined && !found.enabled && (found.strategies ?? []).length === 0;
  }

  isEnabled(name: string, context: FlagContext): boolean {
    try {
      return this.#client.isEnabled(name, context, () => false);
    } catch {
      return false; // A flag that cannot be evaluated lets nothing through.
    }
  }

  variant(name: string, context: FlagContext): ReturnType<UnleashClient['getVariant']> {
    return this.#client.getVariant(name, context);
  }

  names(): string[] {
    return [...this.#features.keys()];
  }
}

/** The few methods of a repository that evaluation calls; nothing here fetches or keeps time. */
class Repository extends EventEmitter implements RepositoryInterface {
  readonly #features: ReadonlyMap<string, FeatureInterface>;
  readonly #segments: ReadonlyMap<number, Segment>;

  constructor(features: ReadonlyMap<string, FeatureInterface>, segments: ReadonlyMap<number, Segment>) {
    super();
    this.#features = features;
    this.#segments = segments;
  }

  getToggle(name: string): FeatureInterface | undefined {
    return this.#features.get(name);
  }

  getToggles(): FeatureInterface[] {
    return [...this.#features.values()];
  }

  getTogglesWithSegmentData(): never[] {
    return [];
  }

  getSegment(id: number): Segment | undefined {
    return this.#segments.get(id);
  }

  stop(): void {}

  async start(): Promise<void> {}
}
