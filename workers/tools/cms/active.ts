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

/** Blocks whose markup is all there is of them. WordPress makes others into something else when a reader comes. */
const stillBlocks = new Set(
  (
    'paragraph heading list list-item quote pullquote verse preformatted code table image separator spacer columns column group ' +
    'more nextpage details html'
  ).split(' '),
);
const block = /<!--\s*\/?wp:([a-z0-9_-]+(?:\/[a-z0-9_-]+)?)/gi;

/**
 * What WordPress replaces by what a plugin or itself makes of it: `[x a=…]`, `[/x]`, its own names, and names with `_` or `-`.
 * A plain word in brackets, as people write, is left.
 */
const shortcode =
  /\[\/[a-z]|\[[a-z][\w-]*\s[^[\]]*=|\[(?:audio|video|embed|playlist|gallery|caption)\b|\[[a-z]+[_-][\w-]*\s*\/?\]/i;

/**
 * Whether a text holds more than writing: scripts, frames, forms, handlers, odd addresses, what WordPress replaces (shortcodes,
 * blocks), or markup that does not read as plain elements. Pure; for policies. A text in doubt is active, so this errs on the side of people looking at it.
 */
export function isActive(html: string): boolean {
  let doubtful = false;
  const rest = html.replace(tag, (_whole, name?: string, inside?: string) => {
    if (name !== undefined) doubtful ||= !still.has(name.toLowerCase()) || oddInside(inside ?? '');
    return '';
  });
  // A `<` before a letter, `/`, `!` or `?` begins a tag for a browser, also one that we did not read.
  return doubtful || /<[a-z/!?]/i.test(rest) || rest.includes('\0') || isMade(html);
}

/** Whether WordPress makes something of it that its text does not show. */
function isMade(html: string): boolean {
  if (shortcode.test(html)) return true;
  for (const [, name = ''] of html.matchAll(block)) {
    if (!stillBlocks.has(name.toLowerCase().replace(/^core\//, ''))) return true;
  }
  return false;
}

function oddInside(inside: string): boolean {
  for (const [, name = '', double, single] of inside.matchAll(attribute)) {
    const key = name.toLowerCase();
    if (!attributes.has(key)) return true;
    if ((key === 'href' || key === 'src') && !address.test(double ?? single ?? '')) return true;
  }
  return false;
}
