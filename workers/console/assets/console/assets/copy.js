/** Buttons that copy an id: shown only where the browser can. */
export function copyIds() {
  if (!navigator.clipboard) return;
  document.documentElement.classList.add('can-copy');
  document.addEventListener('click', (event) => {
    const button = event.target instanceof Element ? event.target.closest('[data-copy]') : null;
    if (!(button instanceof HTMLElement)) return;
    void navigator.clipboard.writeText(button.dataset['copy'] ?? '').then(() => {
      button.classList.add('done');
      setTimeout(() => button.classList.remove('done'), 1_000);
    });
  });
}
