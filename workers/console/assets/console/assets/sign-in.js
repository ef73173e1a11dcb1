/** A link may carry the token behind `#`, where no server and no log sees it: it is posted by the form at once. */
export function signInByLink() {
  const form = document.querySelector('form[data-sign-in]');
  const token = new URLSearchParams(location.hash.slice(1)).get('token');
  if (!(form instanceof HTMLFormElement) || token === null) return;
  // Not left in the address bar, nor in the history.
  history.replaceState(null, '', location.pathname + location.search);
  const field = form.elements.namedItem('token');
  if (!(field instanceof HTMLInputElement)) return;
  field.value = token;
  form.submit();
}
