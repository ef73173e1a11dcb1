import type { Deployable } from './deploy-configs.ts';

/** What is deployed, in which order. */
export interface Phases {
  /**
   * Workers that must exist before the second phase can: those that bind one another in a circle, and those with secrets,
   * which can be put only on a Worker that exists. Deployed without bindings, routes and secrets.
   */
  first: Deployable[];
  /** Every Worker as it is configured: whoever is bound comes before whoever binds it, as far as circles allow. */
  second: Deployable[];
}

/** The hosts: agents', sites', people's; and `hooks`, for webhooks of Unleash and Slack. */
const mayHaveRoutes = new Set(['gateway', 'leads', 'console', 'control', 'approvals']);

/** What makes a set of configs undeployable, each with its remedy; none when it can be deployed. Pure. */
export function topologyFaults(workers: readonly Deployable[]): string[] {
  const known = new Map(workers.map((worker) => [worker.name, worker]));
  return [
    ...workers.flatMap((worker) => [
      ...doorFaults(worker),
      ...serviceFaults(worker, known),
      ...objectFaults(worker, known),
    ]),
    ...twice(
      workers.map(({ name }) => name),
      (name) => `two configs deploy as ${name}: each Worker needs a name of its own`,
    ),
    ...twice(
      workers.flatMap(({ routes }) => routes),
      (route) => `two Workers have the route ${route}: which one answers would be chance`,
    ),
    ...objectCircles(workers),
  ];
}

function doorFaults({ configPath, worker, routes, sideDoors }: Deployable): string[] {
  const faults = sideDoors.map(
    (door) => `${configPath}: ${door} = true opens ${worker} beside its own host: set it to false`,
  );
  if (routes.length === 0 || mayHaveRoutes.has(worker)) return faults;
  return [
    ...faults,
    `${configPath}: ${worker} has the route ${routes.join(', ')}, and nobody may reach it from outside: remove it`,
  ];
}

function serviceFaults(
  { configPath, services }: Deployable,
  known: ReadonlyMap<string, Deployable>,
): string[] {
  return services
    .filter(({ service }) => !known.has(service))
    .map(({ binding, service }) => `${configPath}: ${binding} binds ${unknownTarget(service, known)}`);
}

function objectFaults({ configPath, objects }: Deployable, known: ReadonlyMap<string, Deployable>): string[] {
  return objects.flatMap(({ binding, className, script }) => {
    const owner = known.get(script);
    if (!owner) return [`${configPath}: ${binding} binds an object of ${unknownTarget(script, known)}`];
    if (owner.migrations.some(({ creates }) => creates.includes(className))) return [];
    return [
      `${configPath}: ${binding} binds ${className} of ${script}, and no migration in ${owner.configPath} creates it`,
    ];
  });
}

function unknownTarget(name: string, known: ReadonlyMap<string, Deployable>): string {
  if (name.startsWith('toolgate-sandbox'))
    return `${name}: the sandbox is never deployed, so bind no vendor here`;
  return `${name}, which no config deploys. There are: ${[...known.keys()].join(', ')}`;
}

function twice(names: readonly string[], say: (name: string) => string): string[] {
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))].map(say);
}

/** Objects are there in the first phase already, so a circle of them could not be begun anywhere. */
function objectCircles(workers: readonly Deployable[]): string[] {
  const reached = reach(workers, objectOwners);
  const within = workers.filter(({ name }) => reached.get(name)?.has(name));
  if (within.length === 0) return [];
  const names = within.map(({ name }) => name).join(', ');
  return [
    `${names} bind one another's Durable Objects in a circle, so none can be deployed first: reach one of them by a service binding instead`,
  ];
}

/** Orders both phases. The set must have no `topologyFaults`. Pure; the same configs always give the same order. */
export function phasesOf(workers: readonly Deployable[]): Phases {
  const reached = reach(workers, targets);
  const early = new Set(
    workers
      .filter(({ name, secrets }) => secrets.length > 0 || reached.get(name)?.has(name))
      .flatMap((worker) => [worker.name, ...(reach(workers, objectOwners).get(worker.name) ?? [])]),
  );
  return {
    first: ordered(
      workers.filter(({ name }) => early.has(name)),
      objectOwners,
    ),
    second: ordered(workers, targets),
  };
}

type Edges = (worker: Deployable) => string[];

function objectOwners({ name, objects }: Deployable): string[] {
  return objects.map(({ script }) => script).filter((script) => script !== name);
}

function targets(worker: Deployable): string[] {
  return [...worker.services.map(({ service }) => service), ...objectOwners(worker)];
}

/** For each Worker, everything that it needs, directly or through others. It reaches itself only in a circle. */
function reach(workers: readonly Deployable[], edges: Edges): Map<string, Set<string>> {
  const known = new Map(workers.map((worker) => [worker.name, worker]));
  const from = (start: Deployable): Set<string> => {
    const seen = new Set<string>();
    const open = edges(start);
    for (let name = open.pop(); name !== undefined; name = open.pop()) {
      const worker = known.get(name);
      if (!worker || seen.has(name)) continue;
      seen.add(name);
      open.push(...edges(worker));
    }
    return seen;
  };
  return new Map(workers.map((worker) => [worker.name, from(worker)]));
}

/** Whoever is needed comes first; a circle is placed as a whole, after what it needs. Ties by name. */
function ordered(workers: readonly Deployable[], edges: Edges): Deployable[] {
  const reached = reach(workers, edges);
  const left = [...workers].sort((a, b) => (a.name < b.name ? -1 : 1));
  const circleOf = ({ name }: Deployable): Deployable[] =>
    left.filter(
      (other) =>
        other.name === name || (reached.get(name)?.has(other.name) && reached.get(other.name)?.has(name)),
    );
  const placed: Deployable[] = [];
  while (left.length > 0) {
    const outside = (circle: Deployable[]): number =>
      left.filter(
        (other) => !circle.includes(other) && circle.some(({ name }) => reached.get(name)?.has(other.name)),
      ).length;
    // Some circle (of one, mostly) needs nothing that is left, or all of them would be one.
    const circle = left.map(circleOf).find((found) => outside(found) === 0) ?? [...left];
    placed.push(...unwound(circle, edges));
    for (const worker of circle) left.splice(left.indexOf(worker), 1);
  }
  return placed;
}

/** The members of a circle: whoever waits for the fewest others next, so that the one that binds most is the last. */
function unwound(circle: readonly Deployable[], edges: Edges): Deployable[] {
  const left = [...circle];
  const placed: Deployable[] = [];
  const waits = (worker: Deployable): number =>
    edges(worker).filter((name) => left.some((other) => other.name === name && other !== worker)).length;
  while (left.length > 0) {
    const [next, ...rest] = left.sort(
      (a, b) => waits(a) - waits(b) || edges(a).length - edges(b).length || (a.name < b.name ? -1 : 1),
    );
    if (next) placed.push(next);
    left.splice(0, left.length, ...rest);
  }
  return placed;
}
