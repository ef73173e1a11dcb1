import type { Access } from '../client.ts';
import type { Report } from '../output.ts';
import { secretsOf, untried } from './tried.ts';
import type { ValueSource } from './value.ts';

export type RotationVerb = 'rotate' | 'finish' | 'cancel';

/** One step of a rotation, as it was asked for. */
export interface Rotating {
  /** The folder of the repository. */
  at: string;
  verb: RotationVerb;
  worker: string;
  /** The setting of the credential that is replaced, and of the one that is to replace it. */
  secret: string;
  next: string;
  dry: boolean;
  make: boolean;
  untested: boolean;
  access: Access;
  /** Unix ms. */
  now: number;
  value: ValueSource;
  /** How far it is. */
  say: (line: string) => void;
}

/** Why this step cannot be the next one; undefined: it can. Pure. */
export function outOfTurn({ verb, secret, next, worker }: Rotating, begun: boolean): string | undefined {
  if (verb !== 'rotate' && !begun)
    return `${secret} of ${worker} is not being replaced: there is no ${next}.`;
  if (verb === 'rotate' && begun)
    return `${secret} of ${worker} is being replaced already. End that first: toolgate secrets finish ${worker} --secret ${secret}, or cancel.`;
  return undefined;
}

/** Why a rotation is not to be finished yet: the old credential is the way back as long as nobody saw the new one work. */
export async function notYet({
  verb,
  untested,
  dry,
  access,
  worker,
  next,
}: Rotating): Promise<string | undefined> {
  if (verb !== 'finish' || untested || dry) return undefined;
  const why = untried(await secretsOf(access, worker), next);
  if (why === undefined) return undefined;
  return `Not finished: of ${next}, ${why}. Have a call made that uses it (toolgate tools tells when), or say --untested.`;
}

function told({ verb, worker, secret, next, dry }: Rotating): object {
  return { verb, worker, secret, next, dryRun: dry };
}

/** Nothing more is done, and why. */
export function refused(asked: Rotating, detail: string): Report {
  return { text: detail, json: { error: 'refused', ...told(asked), detail }, exit: 1 };
}

/** What would be done. `unasked`: why it is not known whether it could be. */
export function planned(asked: Rotating, steps: readonly string[], unasked?: string): Report {
  const text = `This would be done, and nothing was:\n${steps.map((step) => `  ${step}`).join('\n')}`;
  const note = unasked === undefined ? '' : `\nWhether it could be is not known: ${unasked}`;
  return { text: text + note, json: { ...told(asked), done: false, steps }, exit: 0 };
}

/** What was done, and what comes next. */
export function done(asked: Rotating, steps: readonly string[], note: string): Report {
  const text = `${outcomes[asked.verb](asked)}\n${note}`;
  return { text, json: { ...told(asked), done: true, steps, note }, exit: 0 };
}

const outcomes: Record<RotationVerb, (asked: Rotating) => string> = {
  rotate: ({ worker, secret, next }) =>
    `Two credentials are valid now: requests of ${worker} carry ${next} first, and ${secret} where the vendor does not accept that.
Once toolgate tools shows ${next} used: toolgate secrets finish ${worker} --secret ${secret}
To go back: toolgate secrets cancel ${worker} --secret ${secret}`,
  finish: ({ secret }) => `${secret} is the new one now. Have the vendor revoke the old one.`,
  cancel: ({ secret }) => `${secret} stays as it is. Have the vendor revoke the one that was not taken.`,
};
