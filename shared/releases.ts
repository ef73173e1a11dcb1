/** What of people a call lets out: the placeholders that its tool may have opened. Never a value. Pure. */
import type { PlaceholderClass } from './placeholder.ts';

/** One placeholder that is opened where the call runs. */
export interface Release {
  class: PlaceholderClass;
  /** `typed` by the agent; else the action and the field that told it, such as `crm.contact.read email`. */
  source: string;
  /** Where it is opened: JSON Pointer into the input. */
  pointer: string;
  /**
   * Who gets it: the `subject` itself, some `other` person, or, of an action that names no recipient, nobody but the `vendor`.
   * What an agent typed is about nobody that is known, so to a person it is always told as to an `other`.
   */
  to: 'subject' | 'other' | 'vendor';
}

/** What policies see of a call's releases, as sets of text. */
export interface ReleaseSets {
  /** Of all that is opened: `email`, `name`. */
  classes: readonly string[];
  /** Of what came from a vendor and goes to a person whom it is not about. */
  toOthers: readonly string[];
  /** From where: `typed`, or the tool that told it. */
  sources: readonly string[];
}

export const noReleases: ReleaseSets = { classes: [], toOthers: [], sources: [] };

/** The sets that policies are asked with. */
export function releaseSets(releases: readonly Release[]): ReleaseSets {
  if (releases.length === 0) return noReleases;
  const others = releases.filter(({ to, source }) => to === 'other' && source !== 'typed');
  return {
    classes: once(releases.map((release) => release.class)),
    toOthers: once(others.map((release) => release.class)),
    sources: once(releases.map(({ source }) => source.split(/[. ]/, 1)[0] ?? '')),
  };
}

function once(values: readonly string[]): string[] {
  return [...new Set(values)].sort();
}

/** Each release in words, for people who approve it. */
export function releasesInWords(releases: readonly Release[]): string[] {
  return once(releases.map(inWords));
}

function inWords({ class: cls, source, pointer, to }: Release): string {
  const from = source === 'typed' ? 'typed by the agent' : `from ${source}`;
  return `${cls} ${from}, opened in ${pointer}: ${whom[to]}`;
}

const whom: Readonly<Record<Release['to'], string>> = {
  subject: 'goes to whom it is about',
  other: 'goes to a person whom it is not known to be about',
  vendor: 'goes to the vendor only',
};
