/** What a text says as JSON; undefined where it says nothing, which fits no schema. */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
