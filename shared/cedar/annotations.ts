/** What a policy says about itself: what decides is named and says why. */
export type Annotations = Readonly<Record<string, string | null>>;

/** Takes `@id` and `@reason`, which every policy has and nothing else. Returns the faults with their remedies; none: they hold. */
export function annotationFaults({ id, reason, ...others }: Annotations): string[] {
  const faults = Object.keys(others).map((other) => `unknown annotation @${other}: use @id and @reason`);
  if (!id || !/^[a-z][a-z0-9-]{2,62}$/.test(id)) {
    faults.push('needs an annotation @id("…") in lower-case letters, digits and hyphens');
  }
  if (!reason || reason.length > 160 || /\n/.test(reason)) {
    faults.push(
      'needs an annotation @reason("…") of one line and at most 160 characters: agents are shown it',
    );
  }
  return faults;
}
