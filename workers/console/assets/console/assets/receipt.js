import { swap } from './live.js';

/** Shows a receipt as it forms, at once: each news of it brings the page anew. */
export function watchReceipt() {
  const shown = document.querySelector('[data-receipt]');
  if (!(shown instanceof HTMLElement)) return;
  const source = new EventSource(`/console/stops/${shown.dataset['receipt'] ?? ''}/events`);
  for (const name of ['progress', 'confirmed', 'settled']) source.addEventListener(name, () => void again());
  source.addEventListener('end', () => source.close());
}

async function again() {
  const answer = await fetch(location.href);
  if (answer.ok) swap(await answer.text());
}
