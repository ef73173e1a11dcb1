import { misuse, option, type Command, type Invocation } from '../lib/command.ts';
import { readDeployConfigs, type Deployable } from '../lib/deploy-configs.ts';
import { topologyFaults } from '../lib/deploy-order.ts';
import { makePlan, showPlan, type DeployPlan, type Environment } from '../lib/deploy-plan.ts';
import { showEnd } from '../lib/deploy-report.ts';
import { runDeploy } from '../lib/deploy-run.ts';
import { askAccount } from '../lib/deploy-wrangler.ts';
import { root } from '../lib/local.ts';
import type { Report } from '../lib/output.ts';

export const deploy: Command = {
  name: 'deploy',
  summary: 'Deploy every Worker in the right order: drain, deploy, resume',
  usage: '--env <staging|production> [--plan] [--first] [--no-drain]',
  examples: [
    'toolgate deploy --env production --plan',
    'toolgate deploy --env production --first',
    'TOOLGATE_GATE=https://console.example.com TOOLGATE_TOKEN=… toolgate deploy --env production',
  ],
  details: [
    '--env              which environment of the wrangler.toml files',
    '--plan             print order, routes, objects, migrations and missing secrets; changes nothing',
    '--first            the first deploy: there is no gate to drain, so no token is needed',
    '--no-drain         deploy under running calls; in production only with --yes-production',
    '--yes-production   yes, in production',
  ],
  options: {
    env: { type: 'string' },
    plan: { type: 'boolean' },
    first: { type: 'boolean' },
    'no-drain': { type: 'boolean' },
    'yes-production': { type: 'boolean' },
  },
  takes: 0,
  person: 'operator',
  offline: (values) => ['plan', 'first', 'no-drain'].some((name) => values[name] === true),
  run,
};

async function run(call: Invocation): Promise<Report> {
  const environment = option(call.values, 'env');
  if (environment !== 'staging' && environment !== 'production') {
    return misuse('Say where to: --env staging or --env production. The sandbox is never deployed.');
  }
  if (call.values['no-drain'] === true && environment === 'production' && !call.values['yes-production']) {
    return misuse(
      '--no-drain breaks calls off that are under way, here in production: say --yes-production, too, if you mean it.',
    );
  }
  const configs = await readDeployConfigs(root, environment);
  const faults = configs.ok ? topologyFaults(configs.workers) : configs.errors;
  if (!configs.ok || faults.length > 0) return undeployable(faults);
  const { workers } = configs;
  const plan = await planOf(environment, workers);
  if (call.values['plan'] === true) return { text: showPlan(plan), json: plan, exit: 0 };
  return refusal(call, plan) ?? (await deployNow(call, workers, plan));
}

async function planOf(environment: Environment, workers: readonly Deployable[]): Promise<DeployPlan> {
  return makePlan(environment, workers, await askAccount(root, environment, workers));
}

function undeployable(faults: readonly string[]): Report {
  const text = `These configs cannot be deployed:\n${faults.map((fault) => `  ${fault}`).join('\n')}`;
  return { text, json: { error: 'undeployable', faults }, exit: 1 };
}

/** What forbids this deploy, before anything is changed. */
function refusal(call: Invocation, plan: DeployPlan): Report | undefined {
  if (plan.unknown !== null) {
    const text = `wrangler cannot ask the account: ${plan.unknown}.\nLog in (npx wrangler login, or CLOUDFLARE_API_TOKEN), then try again; --plan works without.`;
    return { text, json: { error: 'account-unknown', detail: plan.unknown }, exit: 1 };
  }
  if (plan.placeholders.length > 0) return undeployable(plan.placeholders);
  if (call.values['first'] === true && plan.drains === true) {
    return misuse(
      'This is not the first deploy: the gate is there. Leave --first away, and it is drained first.',
    );
  }
  return undefined;
}

async function deployNow(
  call: Invocation,
  workers: readonly Deployable[],
  plan: DeployPlan,
): Promise<Report> {
  const interruption = new AbortController();
  const interrupt = (): void => interruption.abort();
  // Ctrl-C must not end this program with the gate stopped and nothing said.
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, interrupt);
  try {
    const end = await runDeploy({
      root,
      access: call.access,
      workers,
      plan,
      drains: plan.drains === true && call.values['no-drain'] !== true,
      planAgain: async () => planOf(plan.environment, workers),
      interrupted: interruption.signal,
      say: (line) => {
        if (call.values['json'] !== true) call.stdout.write(`${line} …\n`);
      },
    });
    return { text: showEnd(end), json: end, exit: end.done ? 0 : 1 };
  } finally {
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(name, interrupt);
  }
}
