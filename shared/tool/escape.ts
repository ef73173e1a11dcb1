/** How a value is written into a field, so that it stays a value there whatever it holds. Pure. */
import type { Format } from '../marks.ts';

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/**
 * A value as it stands in a text of this format: in HTML as text or as a quoted attribute, in a URL as a part of it (RFC 3986,
 * unreserved characters only), in a header as one line (RFC 9110: no control characters), and in plain text as it is.
 */
export function escaped(value: string, format: Format): string {
  switch (format) {
    case 'text':
      return value;
    case 'html':
      return value.replace(/[&<>"']/g, (character) => entities[character] ?? '');
    case 'url':
      return encodeURIComponent(value.toWellFormed()).replace(
        /[!'()*]/g,
        (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
      );
    case 'header':
      return value.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ');
  }
}
