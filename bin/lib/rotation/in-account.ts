import type { Deployable } from '../deploy-configs.ts';
import type { Report } from '../output.ts';
import { argumentsOf, deployed, perform, type AccountStep, type Deployed } from './account.ts';
import { done, notYet, outOfTurn, planned, refused, type Rotating } from './rotating.ts';
import { readValue } from './value.ts';

/** A rotation in an environment of a Cloudflare account. */
type InAccount = Rotating & { environment: string };

/** In a Cloudflare account. Each step is of its own: after any of them the Worker has a credential that works. */
export async function inAccount(asked: InAccount): Promise<Report> {
  if (asked.make)
    return refused(asked, 'Only the simulated vendor gives credentials here: leave --make or --env away.');
  const found = await deployed(asked.at, asked.environment, asked.worker);
  const { deployable } = found;
  const fault = found.ok ? await faultOf(asked, found) : found.fault;
  // What would be done can be said without a login, too.
  if (asked.dry && deployable && (!found.ok || fault === undefined))
    return planned(asked, linesOf(asked, deployable), fault);
  if (fault !== undefined || !deployable) return refused(asked, fault ?? '');
  return performAll(asked, deployable);
}

async function performAll(asked: InAccount, deployable: Deployable): Promise<Report> {
  const { at, verb, secret, environment } = asked;
  const value = verb === 'cancel' ? undefined : await readValue(`The new value of ${secret}`, asked.value);
  if (value?.ok === false) return refused(asked, `${value.fault}. Nothing was changed.`);
  const lines = linesOf(asked, deployable);
  for (const [index, step] of accountSteps(asked).entries()) {
    asked.say(`${lines[index] ?? ''} …`);
    const failed = await perform(at, step, environment, deployable, value?.value);
    if (failed !== undefined)
      return refused(
        asked,
        `${failed}\nThe Worker still has a credential that works: run the same command again.`,
      );
  }
  return done(asked, lines, 'Note the time in SECRETS_SET_AT of the console: docs/console.md.');
}

async function faultOf(asked: InAccount, { secrets }: Deployed & { ok: true }): Promise<string | undefined> {
  return missing(asked, secrets) ?? outOfTurn(asked, secrets.includes(asked.next)) ?? (await notYet(asked));
}

function linesOf(asked: InAccount, deployable: Deployable): string[] {
  return accountSteps(asked).map((step) => shown(step, argumentsOf(step, asked.environment, deployable)));
}

function missing({ secret, worker }: Rotating, secrets: readonly string[]): string | undefined {
  return secrets.includes(secret) ? undefined : `${worker} has no ${secret} there that could be replaced.`;
}

function accountSteps({ verb, secret, next }: Rotating): AccountStep[] {
  switch (verb) {
    case 'rotate':
      return [{ kind: 'put', name: next }];
    case 'finish':
      return [
        { kind: 'put', name: secret },
        { kind: 'delete', name: next },
      ];
    case 'cancel':
      return [{ kind: 'delete', name: next }];
  }
}

function shown({ kind }: AccountStep, args: readonly string[]): string {
  return `wrangler ${args.join(' ')}${kind === 'put' ? ' (the value on its standard input)' : ''}`;
}
