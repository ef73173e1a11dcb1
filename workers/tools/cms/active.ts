/** Elements of writing. Everything else may run, load or send something: it is named active, whatever it is. */
const still = new Set(
  (
    'p h1 h2 h3 h4 h5 h6 ul ol li dl dt dd a strong b em i u s small sub sup mark q cite abbr time code kbd pre blockquote br hr ' +
    'img figure figcaption table caption thead tbody tfoot tr th td div span section article aside header footer details summary'
  ).split(' '),
);

const attributes = new Set(
  'href src alt title class id width height colspan rowspan scope datetime lang dir rel target start'.split(
    ' ',
  ),
);

/** Addresses that begin just so: an entity or a space before them would make a browser read another scheme. */
const address = /^(https?:\/\/|\/|#|mailto:)/;

const tag =
  /<!--[^<>]*?-->|<\/?([a-z][a-z0-9-]*)((?:\s+[a-z-]+(?:\s*=\s*(?:"[^"<>]*"|'[^'<>]*'))?)*)\s*\/?>/gi;
const attribute = /([a-z-]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'))?/gi;

/**
 * Whether a text holds more than writing: scripts, frames, forms, handlers, odd addresses, or markup that does not read as
 * plain elements. Pure; for policies. A text in doubt is active, so this errs on the side of people looking at it.
 */
export function isActive(html: string): boolean {
  let doubtful = false;
  const rest = html.replace(tag, (_whole, name?: string, inside?: string) => {
    if (name !== undefined) doubtful ||= !still.has(name.toLowerCase()) || oddInside(inside ?? '');
    return '';
  });
  // A `<` before a letter, `/`, `!` or `?` begins a tag for a browser, also one that we did not read.
  return doubtful || /<[a-z/!?]/i.test(rest) || rest.includes('\0');
}

function oddInside(inside: string): boolean {
  for (const [, name = '', double, single] of inside.matchAll(attribute)) {
    const key = name.toLowerCase();
    if (!attributes.has(key)) return true;
    if ((key === 'href' || key === 'src') && !address.test(double ?? single ?? '')) return true;
  }
  return false;
}
