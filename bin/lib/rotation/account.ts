import { readDeployConfigs, type Deployable } from '../deploy-configs.ts';
import { askAccount, lastLines, wrangler } from '../deploy-wrangler.ts';

/** A Worker as it is in an account, and the names of its secrets there. */
export type Deployed =
  | { ok: true; deployable: Deployable; secrets: string[] }
  /** It is not there; or the account could not be asked, and then `deployable` is what the config says. */
  | { ok: false; fault: string; deployable?: Deployable };

/** One thing to do in the account. `put` is given a value on its standard input. */
export interface AccountStep {
  kind: 'put' | 'delete';
  name: string;
}

/** Asks the account for one Worker of an environment. Changes nothing. */
export async function deployed(at: string, environment: string, worker: string): Promise<Deployed> {
  const configs = await readDeployConfigs(at, environment);
  if (!configs.ok) return { ok: false, fault: configs.errors.join('\n') };
  const deployable = configs.workers.find((one) => one.worker === worker);
  if (!deployable) return { ok: false, fault: `${worker} is not deployed to ${environment}.` };
  const account = (await askAccount(at, environment, [deployable])).get(deployable.name);
  switch (account?.state) {
    case 'exists':
      return { ok: true, deployable, secrets: account.secrets };
    case 'absent':
      return { ok: false, fault: `${deployable.name} is not in the account: deploy it first.` };
    case 'unknown':
    case undefined:
      return {
        ok: false,
        fault: `wrangler cannot ask the account: ${account?.why ?? 'no answer'}.`,
        deployable,
      };
  }
}

/** The arguments of wrangler for a step; no value is among them. Pure. */
export function argumentsOf(
  { kind, name }: AccountStep,
  environment: string,
  { configPath }: Deployable,
): string[] {
  return ['secret', kind, name, '--env', environment, '--config', configPath];
}

/** Does one step. Returns what went wrong, without the value, whatever the program wrote. */
export async function perform(
  at: string,
  step: AccountStep,
  environment: string,
  deployable: Deployable,
  value?: string,
): Promise<string | undefined> {
  const args = argumentsOf(step, environment, deployable);
  const { code, output } = await wrangler(at, args, undefined, step.kind === 'put' ? value : undefined);
  if (code === 0) return undefined;
  const said = value === undefined ? output : output.replaceAll(value, '[the secret]');
  return `wrangler secret ${step.kind} ${step.name} failed:\n${lastLines(said, 5)}`;
}
