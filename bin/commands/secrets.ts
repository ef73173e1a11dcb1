import { misuse, option, type Command, type Invocation } from '../lib/command.ts';
import { root } from '../lib/local.ts';
import type { Report } from '../lib/output.ts';
import { choose, holders, type Chosen } from '../lib/rotation/choice.ts';
import { inAccount } from '../lib/rotation/in-account.ts';
import { onMachine } from '../lib/rotation/on-machine.ts';
import type { Rotating, RotationVerb } from '../lib/rotation/rotating.ts';

const options = {
  secret: { type: 'string' },
  env: { type: 'string' },
  'from-env': { type: 'string' },
  'dry-run': { type: 'boolean' },
} as const;

const shared = [
  '--secret NAME    which one, where the tool has more than one at its vendor',
  '--env <env>      in the Cloudflare account (production, staging), by wrangler; without it: on this machine',
  '--dry-run        only say what would be done',
];
const given = [
  '--from-env VAR   take the value from an environment variable; without it: typed without being shown, or piped in',
  '',
  'The value is never an argument, is never printed, and goes to wrangler on its standard input.',
];

export const secretsRotate: Command = {
  name: 'secrets rotate',
  summary: "Begin to replace a tool's credential: from now on two are valid, and the new one is tried first",
  usage: '<tool> [--secret NAME] [--env <env>] [--from-env VAR | --make] [--dry-run]',
  examples: [
    'toolgate secrets rotate crm --secret HUBSPOT_WRITE_TOKEN',
    'pass show hubspot/new | toolgate secrets rotate crm --secret HUBSPOT_WRITE_TOKEN --env production',
    'toolgate secrets rotate chat --make          in the sandbox: one that the simulated vendor gives',
  ],
  details: [...shared, '--make           have the simulated vendor give one; on this machine only', ...given],
  options: { ...options, make: { type: 'boolean' } },
  takes: 1,
  mayTake: 9,
  person: null,
  run: async (call) => run('rotate', call),
};

export const secretsFinish: Command = {
  name: 'secrets finish',
  summary: 'The new credential becomes the current one, and the old one is forgotten',
  usage: '<tool> [--secret NAME] [--env <env>] [--from-env VAR] [--untested] [--dry-run]',
  examples: [
    'toolgate secrets finish crm --secret HUBSPOT_WRITE_TOKEN',
    'TOOLGATE_GATE=https://console.example.com TOOLGATE_TOKEN=… toolgate secrets finish crm --secret HUBSPOT_WRITE_TOKEN --env production',
  ],
  details: [
    ...shared,
    '--untested       though no vendor request has shown yet that the vendor accepts it',
    'With --env the new value is asked for once more: nobody can read it back from the account.',
    ...given,
  ],
  options: { ...options, untested: { type: 'boolean' } },
  takes: 1,
  mayTake: 9,
  person: 'auditor',
  offline: (values) => values['untested'] === true || values['dry-run'] === true,
  run: async (call) => run('finish', call),
};

export const secretsCancel: Command = {
  name: 'secrets cancel',
  summary: 'Undo a rotation that was begun: the new credential is forgotten, the current one stays',
  usage: '<tool> [--secret NAME] [--env <env>] [--dry-run]',
  examples: ['toolgate secrets cancel crm --secret HUBSPOT_WRITE_TOKEN'],
  details: shared,
  options: { secret: options.secret, env: options.env, 'dry-run': options['dry-run'] },
  takes: 1,
  mayTake: 9,
  person: null,
  run: async (call) => run('cancel', call),
};

async function run(verb: RotationVerb, call: Invocation): Promise<Report> {
  const { args, values } = call;
  // Not repeated: whatever was typed here may be a secret.
  if (args.length > 1)
    return misuse(
      'A value is never given as an argument: others on this machine can read it there, and your shell keeps it. Take it for known, and have a new one made. Then leave it away here: it is asked for.',
    );
  const chosen = choose(holders(root), args[0] ?? '', option(values, 'secret'));
  if (!chosen.ok) return misuse(chosen.fault);
  const rotating = rotatingOf(verb, call, chosen);
  const environment = option(values, 'env');
  return environment === undefined ? onMachine(rotating) : inAccount({ ...rotating, environment });
}

function rotatingOf(verb: RotationVerb, call: Invocation, chosen: Chosen & { ok: true }): Rotating {
  const { values, env, now, access, stdout, stderr } = call;
  const { worker, secret, next } = chosen;
  return {
    at: root,
    verb,
    worker: worker.name,
    secret,
    next,
    dry: values['dry-run'] === true,
    make: values['make'] === true,
    untested: values['untested'] === true,
    access,
    now,
    value: { fromEnv: option(values, 'from-env'), env, stdin: process.stdin, stderr },
    say: (line) => {
      if (values['json'] !== true) stdout.write(`${line}\n`);
    },
  };
}
