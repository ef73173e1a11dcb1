import type { Claim } from '../claims.ts';
import type { Policy } from '../governance.ts';
import type { Manifest } from '../manifest.ts';
import { otherKeys } from './words.ts';

const kinds = ['forbidden', 'doubtful'] as const;

/**
 * What an agent's texts may say that they could not before: phrases that are gone, or are only doubted now. Phrases that are new
 * narrow, as far as every policy only holds or denies by what is found.
 */
export function claimWidenings(was: Manifest, is: Manifest, policies: readonly Policy[]): string[] {
  const forbade = phrasesOf(was.claims.forbidden);
  const forbids = phrasesOf(is.claims.forbidden);
  const looks = new Set([...forbids, ...phrasesOf(is.claims.doubtful)]);
  const lost = [
    ...[...forbade].filter((phrase) => !forbids.has(phrase)).map((phrase) => `may claim "${phrase}"`),
    ...[...phrasesOf(was.claims.doubtful)]
      .filter((phrase) => !looks.has(phrase))
      .map((phrase) => `may claim "${phrase}" unseen`),
  ];
  lost.push(...otherKeys('claims', was.claims, is.claims, kinds));
  if (policies.every(onlyHoldsFound)) return lost;
  const gained = kinds.flatMap((kind) => {
    const before = phrasesOf(was.claims[kind]);
    return [...phrasesOf(is.claims[kind])].filter((phrase) => !before.has(phrase));
  });
  const read = 'which a policy reads another way: treated as widening';
  return [...lost, ...gained.map((phrase) => `"${phrase}" is looked for, ${read}`)];
}

function phrasesOf(claims: readonly Claim[]): Set<string> {
  return new Set(claims.flatMap(({ phrases }) => phrases));
}

/** Whether a policy says nothing of claims, or forbids just when some were found. */
function onlyHoldsFound({ json }: Policy): boolean {
  return json.conditions.every(({ kind, body }) => {
    if (!JSON.stringify(body).includes('"claims"')) return true;
    return json.effect === 'forbid' && kind === 'when' && bodies.has(JSON.stringify(body));
  });
}

/** `!context.claims.forbidden.isEmpty()` in Cedar's JSON form, and the same of `doubtful`. */
const bodies: ReadonlySet<string> = new Set(kinds.map((kind) => JSON.stringify(someFound(kind))));

function someFound(kind: string): unknown {
  const claims = { '.': { left: { Var: 'context' }, attr: 'claims' } };
  return { '!': { arg: { isEmpty: { arg: { '.': { left: claims, attr: kind } } } } } };
}
