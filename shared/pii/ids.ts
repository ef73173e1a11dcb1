import type { Finding } from './finding.ts';
import { american } from './ids/americas.ts';
import { others } from './ids/elsewhere.ts';
import { european } from './ids/europe.ts';
import { compactOf, type Register } from './ids/register.ts';
import { finding, spotOf, spots, type Part, type Spot } from './spot.ts';

const registers: readonly Register[] = [...american, ...european, ...others];

/** A word with a digit in it, or a short one right before such a word: `PR 12 36 12 C`. */
const beginning = /(?<![\p{L}\p{N}_]|\d[-./])(?:[0-9a-z]{1,3}[ -](?=\d)|[a-z]{0,8}\d)/giu;

/** Numbers of persons, of their papers and of what they are insured, taxed and banked by, in the parts of a text that hold digits. */
export function* findIds(text: string, parts: readonly Part[]): Generator<Finding> {
  for (const part of parts) {
    for (const { start } of spots(text, beginning, part)) {
      for (const register of registers) {
        const found = standing(text, start, register);
        if (found) yield found;
      }
    }
  }
}

function standing(text: string, start: number, register: Register): Finding | undefined {
  register.pattern.lastIndex = start;
  const match = register.pattern.exec(text);
  if (!match) return undefined;
  const spot = spotOf(text, start, start + match[0].length);
  const score = scoreOf(register, spot);
  return score > 0 ? finding('national-id', spot, score) : undefined;
}

/** 0 where it is none. A word beside it outweighs a shape, and a checksum outweighs no checksum. */
function scoreOf(register: Register, spot: Spot): number {
  if (register.holds && !register.holds(compactOf(spot.text))) return 0;
  const checked = register.holds ? 0.05 : 0;
  if (register.words?.test(spot.around())) return 0.9 + checked;
  switch (register.sure) {
    case 'always':
      return 0.8 + checked;
    case 'grouped':
      return isGrouped(spot.text) ? 0.75 + checked : aloneScore(spot, register);
    case 'formed':
      return isGrouped(spot.text) ? 0.75 + checked : 0;
    case 'said':
      return aloneScore(spot, register);
    case 'named':
      return 0;
  }
}

/** Where nothing else stands: with a check digit surer than a phone number of the same form. */
function aloneScore({ alone }: Spot, { holds }: Register): number {
  return alone ? (holds ? 0.79 : 0.6) : 0;
}

/** More than one group: `078-05-1123`. */
function isGrouped(text: string): boolean {
  return /[0-9a-z][^0-9a-z]+[0-9a-z]/i.test(text);
}
