/** Invented people in number, for lists that go over pages: names in many scripts and of awkward shapes, some missing. */

/** How large the largest list is: one page of HubSpot's is 250 at most. */
export const CROWD = 260;
const FIRST = 20_001;

const names: readonly (readonly [first: string | undefined, last: string | undefined])[] = [
  ['Anneliese', 'von der Heide'],
  ['שירה', 'בן־דוד'],
  ['محمّد', 'عبد الرّحمن'],
  // Letter and mark apart, as some systems write them.
  ['Zoe\u0308', 'Nguye\u0302\u0303n'],
  ['ธนพร', 'ศรีสุวรรณ'],
  ['Жанна', "Д'Артаньян-Короленко"],
  ['நிலா', undefined],
  [undefined, '김'],
  ['O', 'O'],
  ['Björk 🎈', 'Guðmundsdóttir'],
  ['Name, with "quotes" & <tags>', 'Null'],
  [undefined, undefined],
  ['x'.repeat(100), 'y'.repeat(100)],
];

/** The contacts of the crowd: ids upwards from 20001, mail addresses at a reserved domain. */
export function crowd(): [id: string, properties: Record<string, string>][] {
  return Array.from({ length: CROWD }, (_, n) => {
    const [firstname, lastname] = names[n % names.length] ?? [];
    const email = `person-${n + 1}@crowd.example`;
    return [
      String(FIRST + n),
      { email, ...(firstname && { firstname }), ...(lastname && { lastname }) },
    ] as const satisfies [string, Record<string, string>];
  });
}
