/** Keys for people who decide all day. None of them decides by itself: they open, move and focus. */
export function listen() {
  let went = 0;
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (event.key === 'g') {
      went = Date.now();
      return;
    }
    const going = Date.now() - went < 1_500;
    went = 0;
    if (going ? goTo(event.key) : act(event.key)) event.preventDefault();
  });
}

/**
 * @param {EventTarget | null} target
 * @returns {boolean}
 */
function typing(target) {
  return (
    target instanceof HTMLElement &&
    target.matches('input:not([type=radio],[type=checkbox]), textarea, select')
  );
}

/**
 * @param {string} key
 * @returns {boolean}
 */
function goTo(key) {
  return click(`nav [data-key="${CSS.escape(key)}"]`);
}

/**
 * @param {string} key
 * @returns {boolean}
 */
function act(key) {
  if (key === '?') return help();
  if (key === 's') return click('.top .stop');
  if (key === 'j' || key === 'k') return move(key === 'j' ? 1 : -1);
  return click(`[data-act="${CSS.escape(key)}"]`);
}

/**
 * @param {string} selector
 * @returns {boolean}
 */
function click(selector) {
  const found = document.querySelector(selector);
  if (!(found instanceof HTMLElement)) return false;
  found.focus();
  // A button decides: only Enter presses it.
  if (!(found instanceof HTMLButtonElement)) found.click();
  return true;
}

/** @returns {boolean} */
function help() {
  const dialog = document.getElementById('keys');
  if (!(dialog instanceof HTMLDialogElement)) return false;
  if (!dialog.open) dialog.showModal();
  return true;
}

/**
 * Focuses the next or the previous thing of a list. @param {1 | -1} by
 * @returns {boolean}
 */
function move(by) {
  const items = [...document.querySelectorAll('[data-item]')];
  const at = items.findIndex((item) => item === document.activeElement);
  const next = items[at === -1 && by === -1 ? items.length - 1 : at + by];
  if (!(next instanceof HTMLElement)) return false;
  next.focus();
  return true;
}
