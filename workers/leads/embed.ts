/**
 * Enhances every form on a page that posts to this host: sends it without leaving the page and adds where the visitor
 * came from. Whatever goes wrong, the form is sent the plain way, and sent twice it is one lead.
 */
export const embedScript = `(() => {
  const base = new URL('.', document.currentScript.src).href;
  const mine = (form) => form.action.startsWith(base) && form.method === 'post';
  const add = (form, name, value) => {
    if (!value || form.elements.namedItem(name)) return;
    const input = Object.assign(document.createElement('input'), { type: 'hidden', name, value });
    form.append(input);
  };
  const send = async (form, submitter) => {
    const body = new FormData(form, submitter);
    const response = await fetch(form.action, { method: 'POST', body, headers: { accept: 'application/json' } });
    if (!response.ok) throw new Error(String(response.status));
    return response.json();
  };
  document.addEventListener('submit', async (event) => {
    const form = event.target;
    if (event.defaultPrevented || !mine(form)) return;
    event.preventDefault();
    if (form.dataset.sending) return;
    form.dataset.sending = 'yes';
    add(form, 'page', location.href);
    add(form, 'referrer', document.referrer);
    try {
      const detail = await send(form, event.submitter);
      const go = form.dispatchEvent(new CustomEvent('lead:accepted', { bubbles: true, cancelable: true, detail }));
      if (!go) return;
      if (form.dataset.thankYou) return location.assign(form.dataset.thankYou);
      const thanks = document.createElement('p');
      thanks.setAttribute('role', 'status');
      thanks.textContent = form.dataset.thanks || 'Thank you. Your message has arrived.';
      form.replaceWith(thanks);
    } catch {
      HTMLFormElement.prototype.submit.call(form);
    } finally {
      delete form.dataset.sending;
    }
  });
})();
`;
