import { switchName, type Switch } from '../../flags/switches.ts';
import type { Target } from '../../flags/targets.ts';
import { inline } from './output.ts';
import type { AdminFlag } from './unleash-admin.ts';

/** What a push would do to a project of an Unleash server. */
export interface PushPlan {
  create: Switch[];
  /** Switches that are there, and whether they are on in the environment; never touched. */
  there: { name: string; on: boolean }[];
  warnings: string[];
}

/** Flags that somebody made to stop something. */
const meantToStop = /kill|stop|halt|pause|block|disable|emergency|shut|panic|break-?glass/i;

/**
 * Compares the switches with the flags of a project. Pure. Warns about each flag that looks as if it stopped something
 * and that nothing reads: who turned `kill-all` on must learn that it does nothing.
 */
export function planPush(
  switches: readonly Switch[],
  flags: readonly AdminFlag[],
  environment: string,
): PushPlan {
  const byName = new Map(flags.map((flag) => [flag.name, flag]));
  const there = switches.flatMap(({ name }) => {
    const flag = byName.get(name);
    return flag ? [{ name, flag, on: isOn(flag, environment) }] : [];
  });
  const known = new Set(switches.map(({ name }) => name));
  const unread = flags.filter(({ name }) => !known.has(name));
  return {
    create: switches.filter(({ name }) => !byName.has(name)),
    there: there.map(({ name, on }) => ({ name, on })),
    warnings: [
      ...there.filter(({ flag }) => flag.type !== 'kill-switch').map(wrongType),
      ...there.filter(({ on }) => !on).map(({ name }) => staysOff(name, environment)),
      ...unread.filter(looksLikeAStop).map((flag) => doesNothing(flag, environment)),
      ...others(unread.filter((flag) => !looksLikeAStop(flag))),
    ],
  };
}

function isOn(flag: AdminFlag, environment: string): boolean {
  return flag.environments.some(({ name, enabled }) => name === environment && enabled);
}

function looksLikeAStop({ name, type }: AdminFlag): boolean {
  return type === 'kill-switch' || meantToStop.test(name) || name.endsWith('.enabled');
}

function wrongType({ name, flag }: { name: string; flag: AdminFlag }): string {
  return `${name} is of the type ${flag.type}; make it kill-switch, so that Unleash never calls it stale.`;
}

function staysOff(name: string, environment: string): string {
  return `${name} is off in ${environment} and stays so: turning it on is for a person in Unleash, and then toolgate resume.`;
}

function doesNothing(flag: AdminFlag, environment: string): string {
  const state = isOn(flag, environment) ? `is ON in ${environment} and ` : '';
  return (
    `"${inline(flag.name)}" ${state}DOES NOTHING: no part of the gate reads it, on or off. ` +
    `To stop everything, turn ${switchName('all' satisfies Target)} off.`
  );
}

function others(flags: readonly AdminFlag[]): string[] {
  if (flags.length === 0) return [];
  const names = flags.map(({ name }) => inline(name));
  const shown = names.slice(0, 10).join(', ');
  const more = names.length > 10 ? ` and ${names.length - 10} more` : '';
  return [`Not read by the gate, and not meant for it by their names: ${shown}${more}.`];
}
