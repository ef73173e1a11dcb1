/** Raises an alert: one line of JSON in the log. No value of a vendor's, an agent's or a secret's goes into it. */
export function alert(
  name: `vendor.${string}` | `vault.${string}`,
  data: Record<string, string | undefined>,
): void {
  console.error(JSON.stringify({ alert: name, ...data }));
}
