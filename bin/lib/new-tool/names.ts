/** Names in a new tool. Pure. */

/** `org_id`, `Org-Id`: `orgId`. */
export function camel(text: string): string {
  const words = text
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== '');
  const [first = 'field', ...rest] = words.map((word) => word.toLowerCase());
  const joined = [first, ...rest.map((word) => word.charAt(0).toUpperCase() + word.slice(1))].join('');
  return /^[a-z]/.test(joined) ? joined : `x${joined}`;
}

/** The letters of a word, in small: parts of an action's name are `a-z` only. */
export function letters(text: string): string {
  return text.toLowerCase().replaceAll(/[^a-z]/g, '');
}

/** `deals`: `deal`. English, and only as far as paths of APIs need it. */
export function singular(word: string): string {
  if (/(ss|us|is)$/.test(word)) return word;
  if (word.endsWith('ies')) return `${word.slice(0, -3)}y`;
  if (/(ch|sh|x|z|ss)es$/.test(word)) return word.slice(0, -2);
  return word.endsWith('s') ? word.slice(0, -1) : word;
}

/** The other way round, for the name of a list. */
export function plural(word: string): string {
  if (/[^aeiou]y$/.test(word)) return `${word.slice(0, -1)}ies`;
  return /(s|ch|sh|x|z)$/.test(word) ? `${word}es` : `${word}s`;
}

/** `pipedrive api`: `Pipedrive`. Undefined when no letter is left. */
export function vendorWord(title: string): string | undefined {
  const [word = ''] = title
    .split(/[^A-Za-z]+/)
    .filter((part) => part !== '' && !/^(the|an?|rest|open|web|(rest|open)?api)$/i.test(part));
  return word === '' ? undefined : word.charAt(0).toUpperCase() + word.slice(1).toLowerCase();
}
