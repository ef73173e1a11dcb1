/** Which of a vendor's credentials a request carries. Pure. Nothing here puts a value into words. */

/** A vendor's credentials, by the names of their settings, and the header that carries them. Never in a URL. */
export interface Credentials<Setting extends string = string> {
  /** Sent with requests that change nothing. */
  read: Setting;
  /** Sent with requests that may change something. The same setting as `read`: this vendor has no two to give. */
  write: Setting;
  header: string;
  prefix?: string;
  /** How the header writes the value, if not as it is. */
  encode?: (value: string) => string;
}

/** The one credential of a request: its setting, which may be told, and the header's value, which may not. */
export type Credential =
  | { ok: true; setting: string; header: string; value: string }
  | { ok: false; setting: string; why: string };

/**
 * The credential of one request: the write one if it `changes` something and else the read one, and of it the one that the
 * workflow has for itself. One that is set to nothing shuts the workflow out: it does not fall back on the one of all.
 */
export function credentialFor(
  { read, write, header, prefix = '', encode = (value) => value }: Credentials,
  env: object,
  { changes, workflow }: { changes: boolean; workflow: string | undefined },
): Credential {
  const common = changes ? write : read;
  const own = workflow === undefined ? undefined : workflowSetting(common, workflow);
  const setting = own !== undefined && textOf(env, own) !== undefined ? own : common;
  const value = textOf(env, setting);
  if (value === undefined) return { ok: false, setting, why: 'is not set' };
  if (value === '') return { ok: false, setting, why: 'is set to nothing' };
  return { ok: true, setting, header, value: prefix + encode(value) };
}

/**
 * The credentials that a request may carry: while one is being replaced, its next one first and then the one that is replaced.
 * Where the replaced one is missing or empty nothing stands in for it: what shuts somebody out is not undone by a rotation.
 */
export function credentialsFor(
  credentials: Credentials,
  env: object,
  asked: { changes: boolean; workflow: string | undefined },
): Credential[] {
  const current = credentialFor(credentials, env, asked);
  if (!current.ok) return [current];
  const setting = nextSetting(current.setting);
  const value = textOf(env, setting) ?? '';
  if (value === '') return [current];
  const { prefix = '', encode = (text) => text } = credentials;
  return [{ ok: true, setting, header: current.header, value: prefix + encode(value) }, current];
}

/** Shorter than any vendor's credential: what is as short stands in texts by chance. */
const QUOTABLE = 12;

/** Whether a text holds the credential of a setting, as it is or as the header writes it. */
export function quotes(
  text: string,
  { encode = (value) => value }: Credentials,
  env: object,
  setting: string,
): boolean {
  const value = textOf(env, setting) ?? '';
  return [value, encode(value)].some((form) => form.length >= QUOTABLE && text.includes(form));
}

/**
 * The setting of the credential that is to replace another: `NEXT_HUBSPOT_READ_TOKEN`. In front, because what is behind a
 * setting's name is a workflow's name.
 */
export function nextSetting(setting: string): string {
  return `NEXT_${setting}`;
}

/** Which setting's credential this one is to replace; undefined: none's, it is a credential itself. */
export function replacedBy(setting: string): string | undefined {
  const from = nextSetting('');
  return setting.startsWith(from) ? setting.slice(from.length) : undefined;
}

/** The setting that holds a workflow's own credential: `HUBSPOT_READ_TOKEN_LEAD_ROUTING`. */
export function workflowSetting(setting: string, workflow: string): string {
  return `${setting}_${workflow.toUpperCase().replaceAll('-', '_')}`;
}

function textOf(env: object, name: string): string | undefined {
  const value: unknown = Object.hasOwn(env, name) ? Reflect.get(env, name) : undefined;
  return typeof value === 'string' ? value : undefined;
}
