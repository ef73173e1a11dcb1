import { tell } from './time.js';

/** A stream is quiet for no longer than this; then the page says that it may be out of date. */
const SILENT_MS = 15_000;

/** Keeps the parts of a page that are marked `data-live` as the server would show them now. */
export function keepUp() {
  const at = document.body.dataset['livePage'];
  if (at === undefined) return;
  let heard = Date.now();
  const source = new EventSource(`/console/live?at=${encodeURIComponent(at)}`);
  source.addEventListener('alive', () => {
    heard = Date.now();
    stale(false);
  });
  source.addEventListener('page', (event) => {
    heard = Date.now();
    stale(false);
    swap(JSON.parse(event.data).html);
  });
  // The session is over, or the page is gone: loading it again says which.
  source.addEventListener('over', () => {
    source.close();
    stale(true);
  });
  setInterval(() => {
    if (Date.now() - heard > SILENT_MS) stale(true);
  }, 1_000);
}

/**
 * Puts the live parts of a newer page in the place of this one's. Nothing in it runs: the page's policy allows no script
 * that stands in a page.
 * @param {string} html
 */
export function swap(html) {
  const newer = new DOMParser().parseFromString(html, 'text/html');
  for (const part of document.querySelectorAll('[data-live]')) {
    const fresh = newer.getElementById(part.id);
    // Nobody loses what they type, or the place where they are.
    if (!fresh || part.contains(document.activeElement)) continue;
    if (part.getAttribute('data-seen') === fresh.innerHTML || part.innerHTML === fresh.innerHTML) continue;
    part.setAttribute('data-seen', fresh.innerHTML);
    part.replaceChildren(...fresh.childNodes);
    tell(part);
  }
}

/** @param {boolean} is */
function stale(is) {
  const notice = document.getElementById('stale');
  if (notice) notice.hidden = !is;
}
