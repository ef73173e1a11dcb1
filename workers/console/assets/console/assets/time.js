/** Times as people read them: how long ago, or until when. The server writes them absolute. */
export function keepTime() {
  tell(document);
  setInterval(() => tell(document), 1_000);
}

/**
 * Writes every time below `root` as it reads now.
 * @param {ParentNode} root
 */
export function tell(root) {
  for (const element of root.querySelectorAll('time[data-when]')) {
    if (!(element instanceof HTMLTimeElement)) continue;
    const at = Date.parse(element.dateTime);
    if (Number.isNaN(at)) continue;
    if (element.title === '') element.title = element.textContent ?? '';
    const text = words(at - Date.now());
    if (element.textContent !== text) element.textContent = text;
  }
}

/**
 * A span of time in words. @param {number} ms from now; negative: ago
 * @returns {string}
 */
function words(ms) {
  const seconds = Math.round(Math.abs(ms) / 1000);
  const text = span(seconds);
  if (seconds < 2) return 'now';
  return ms > 0 ? `in ${text}` : `${text} ago`;
}

/**
 * @param {number} seconds
 * @returns {string}
 */
function span(seconds) {
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
  return `${Math.floor(seconds / 86_400)} days`;
}
