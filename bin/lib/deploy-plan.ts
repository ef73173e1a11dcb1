import type { Deployable } from './deploy-configs.ts';
import { phasesOf } from './deploy-order.ts';
import type { Account } from './deploy-wrangler.ts';
import { facts, table } from './output.ts';

export type Environment = 'staging' | 'production';

/** What a deploy would do, and what stands in its way. */
export interface DeployPlan {
  environment: Environment;
  /** No Worker is there yet; null: unknown. */
  firstDeploy: boolean | null;
  /** Why that and the secrets are unknown. */
  unknown: string | null;
  /** Whether a gate is there to be drained; null: unknown. */
  drains: boolean | null;
  /** Only Workers that are not there yet: their code and objects, without bindings, routes and secrets. */
  objectsFirst: Step[];
  asConfigured: Step[];
  /** Settings that are still the repository's examples. */
  placeholders: string[];
}

export interface Step {
  name: string;
  worker: string;
  configPath: string;
  routes: string[];
  objects: string[];
  migrations: string[];
  /** Null: unknown. */
  missingSecrets: string[] | null;
  exists: boolean | null;
}

/** Without this Worker nobody reaches `/ops/v1`: there is no gate to drain, and nobody to drain it. */
const PEOPLES_HOST = 'console';

/** Puts a plan together from the configs and what the account said. Pure. */
export function makePlan(
  environment: Environment,
  workers: readonly Deployable[],
  account: ReadonlyMap<string, Account>,
): DeployPlan {
  const { first, second } = phasesOf(workers);
  const answers = workers.map(({ name }) => account.get(name));
  const unknown = answers.find((answer) => answer?.state === 'unknown')?.why ?? null;
  const console = second.find(({ worker }) => worker === PEOPLES_HOST);
  const step = (worker: Deployable): Step => stepOf(worker, account.get(worker.name));
  return {
    environment,
    firstDeploy: unknown === null ? answers.every((answer) => answer?.state === 'absent') : null,
    unknown,
    drains: console ? exists(account.get(console.name)) : false,
    objectsFirst: first.map(step).filter((one) => one.exists !== true),
    asConfigured: second.map(step),
    placeholders: workers.flatMap(placeholders),
  };
}

function stepOf(worker: Deployable, account: Account | undefined): Step {
  return {
    name: worker.name,
    worker: worker.worker,
    configPath: worker.configPath,
    routes: worker.routes,
    objects: worker.objects.filter(({ script }) => script === worker.name).map(({ className }) => className),
    migrations: worker.migrations.map(({ tag }) => tag),
    missingSecrets: missing(worker, account),
    exists: exists(account),
  };
}

function exists(account: Account | undefined): boolean | null {
  return account === undefined || account.state === 'unknown' ? null : account.state === 'exists';
}

function missing({ secrets }: Deployable, account: Account | undefined): string[] | null {
  if (secrets.length === 0) return [];
  switch (account?.state) {
    case 'exists':
      return secrets.filter((name) => !account.secrets.includes(name));
    case 'absent':
      return secrets;
    case 'unknown':
    case undefined:
      return null;
  }
}

/** Hosts and people that this repository makes up: with them a gate would be reached, and ruled, by nobody. */
function placeholders({ configPath, routes, vars }: Deployable): string[] {
  const hosts = routes.filter((route) => /\.example(\/|$)/.test(route)).map((route) => `the route ${route}`);
  const settings = Object.entries(vars)
    .filter(([name, value]) => isExample(name, value))
    .map(([name, value]) => `${name} = ${JSON.stringify(value)}`);
  return [...hosts, ...settings].map((found) => `${configPath}: ${found} is an example: put your own there`);
}

function isExample(name: string, value: unknown): boolean {
  return (
    value === 'set-me' ||
    (name === 'PEOPLE' && value === '{}') ||
    /\/\/(your-team|set-me)\./.test(String(value))
  );
}

/** Every secret that is missing, as the command that puts it. */
export function secretCommands({ asConfigured, environment }: DeployPlan): string[] {
  return asConfigured.flatMap(({ configPath, missingSecrets }) =>
    (missingSecrets ?? []).map(
      (name) => `npx wrangler secret put ${name} --env ${environment} --config ${configPath}`,
    ),
  );
}

/** A plan for people. */
export function showPlan(plan: DeployPlan): string {
  const { environment, firstDeploy, drains, objectsFirst, asConfigured, placeholders } = plan;
  const head = facts([
    ['environment', environment],
    ['first deploy', known(firstDeploy, plan.unknown)],
    [
      'drains first',
      drains === false ? 'no: there is no gate to drain yet' : drainText(known(drains, plan.unknown)),
    ],
  ]);
  const sections = [
    head,
    `PHASE 1  code and objects of Workers that are not there yet; no bindings, no routes, no secrets\n${table(
      ['', 'WORKER', 'OBJECTS', 'MIGRATIONS', 'THERE'],
      objectsFirst.map((step, index) => [
        String(index + 1),
        step.name,
        step.objects.join(', '),
        step.migrations.join(', '),
        known(step.exists, plan.unknown),
      ]),
      'Nothing: all of them are there.',
    )}`,
    `PHASE 2  every Worker as it is configured\n${table(
      ['', 'WORKER', 'ROUTES', 'OBJECTS', 'MIGRATIONS', 'MISSING SECRETS'],
      asConfigured.map((step, index) => [
        String(index + 1),
        step.name,
        step.routes.join(', '),
        step.objects.join(', '),
        step.migrations.join(', '),
        step.missingSecrets?.join(', ') ?? `unknown: ${plan.unknown ?? ''}`,
      ]),
      '',
    )}`,
    list('SECRETS TO PUT', secretCommands(plan)),
    list('TO CORRECT FIRST', placeholders),
  ];
  return sections.filter((section) => section !== '').join('\n\n');
}

function drainText(state: string): string {
  return state === 'yes' ? 'yes: stops all, waits until it is settled, deploys, resumes' : state;
}

function known(value: boolean | null, why: string | null): string {
  if (value === null) return `unknown: ${why ?? ''}`;
  return value ? 'yes' : 'no';
}

function list(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : `${title}\n${lines.map((line) => `  ${line}`).join('\n')}`;
}
