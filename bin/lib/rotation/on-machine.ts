import type { Report } from '../output.ts';
import { madeCredential } from '../secrets.ts';
import { heldBy, setLocally, unready } from './local.ts';
import { done, notYet, outOfTurn, planned, refused, type Rotating, type RotationVerb } from './rotating.ts';
import { readValue, type Value } from './value.ts';

/** On this machine: in the Worker's `.dev.vars`, with the simulated vendor told by hash. */
export async function onMachine(asked: Rotating): Promise<Report> {
  const { at, verb, worker, secret, next } = asked;
  const held = heldBy(at, worker);
  const begun = (held[next] ?? '') !== '';
  const fault = unready(at, worker) ?? outOfTurn(asked, begun) ?? (await notYet(asked));
  if (fault !== undefined) return refused(asked, fault);
  const steps = localSteps[verb](asked);
  if (asked.dry) return planned(asked, steps);
  const value =
    verb === 'rotate' ? await newValue(asked, held) : { ok: true as const, value: held[next] ?? '' };
  if (!value.ok) return refused(asked, `${value.fault}. Nothing was changed.`);
  for (const step of steps) asked.say(`${step} …`);
  const values = {
    rotate: { [next]: value.value },
    finish: { [secret]: value.value, [next]: '' },
    cancel: { [next]: '' },
  }[verb];
  const set = await setLocally(at, worker, values, asked.now);
  if (!set.ok) return refused(asked, set.fault);
  return done(
    asked,
    steps,
    set.reloads ? 'The gate takes it in within seconds.' : 'No gate is up: it is taken in at the next start.',
  );
}

const localSteps: Record<RotationVerb, (asked: Rotating) => string[]> = {
  rotate: ({ worker, next }) => [
    `${next} is written into the .dev.vars of ${worker}`,
    'the simulated vendor is told its hash, so that it takes both',
  ],
  finish: ({ worker, secret, next }) => [
    `${secret} of ${worker} becomes what ${next} is, and ${next} is emptied`,
    'the simulated vendor takes the old one no more',
  ],
  cancel: ({ worker, next }) => [`${next} of ${worker} is emptied`, 'the simulated vendor takes it no more'],
};

async function newValue(asked: Rotating, held: Readonly<Record<string, string>>): Promise<Value> {
  const made = asked.make ? madeCredential(asked.secret) : undefined;
  if (asked.make && made === undefined)
    return { ok: false, fault: 'The simulated vendor gives none of these' };
  const value =
    made === undefined
      ? await readValue(`The new value of ${asked.secret}`, asked.value)
      : { ok: true as const, value: made };
  if (value.ok && value.value === held[asked.secret])
    return { ok: false, fault: 'It is the one that is there already' };
  return value;
}
