import { isIP } from 'node:net';
import type { Access } from './client.ts';
import type { LocalFile } from './secrets.ts';

export interface AccessWish {
  /** `--gate`. */
  gate: string | undefined;
  /** `--as`. */
  as: string | undefined;
  /** Whom the command acts as by itself; null: nobody. */
  person: string | null;
  env: Readonly<Record<string, string | undefined>>;
  local: LocalFile | undefined;
}

export type AccessFound = { ok: true; access: Access } | { ok: false; fault: string };

const DEFAULT_GATE = 'http://127.0.0.1:8787';

/**
 * Where to send a command, and in whose name: `TOOLGATE_TOKEN` for real use, else a local person's token, which goes to
 * the local gate and nowhere else. Pure.
 */
export function findAccess({ gate: wished, as, person, env, local }: AccessWish): AccessFound {
  const gate = wished ?? (env['TOOLGATE_GATE'] || undefined) ?? local?.gate ?? DEFAULT_GATE;
  if (!URL.canParse(gate) || !/^https?:$/.test(new URL(gate).protocol)) {
    return no(`"${gate}" is no URL of a gate. Say --gate https://host.`);
  }
  if (person === null) return { ok: true, access: { gate, token: undefined } };
  const token = env['TOOLGATE_TOKEN'] || undefined;
  if (token !== undefined) return withOwnToken(gate, token, as);
  if (!local || new URL(local.gate).origin !== new URL(gate).origin) {
    return no(
      `No credential for ${gate}: set TOOLGATE_TOKEN to yours, or start the local gate with npm start.`,
    );
  }
  return asLocal(gate, as ?? person, local);
}

function withOwnToken(gate: string, token: string, as: string | undefined): AccessFound {
  if (as !== undefined)
    return no('--as chooses a local person, and TOOLGATE_TOKEN is set. Use one of the two.');
  if (!/^[\x21-\x7e]+$/.test(token)) return no('TOOLGATE_TOKEN holds characters that no token has.');
  const { protocol, hostname } = new URL(gate);
  if (protocol !== 'https:' && !isLoopback(hostname)) {
    return no(`${gate} is not https: TOOLGATE_TOKEN would be readable on the way.`);
  }
  return { ok: true, access: { gate, token } };
}

function asLocal(gate: string, name: string, local: LocalFile): AccessFound {
  const found = Object.hasOwn(local.people, name) ? local.people[name] : undefined;
  if (found) return { ok: true, access: { gate, token: found.token } };
  return no(`There is no local person "${name}". There are: ${Object.keys(local.people).join(', ')}.`);
}

function isLoopback(hostname: string): boolean {
  return (
    hostname === 'localhost' || hostname === '[::1]' || (isIP(hostname) === 4 && hostname.startsWith('127.'))
  );
}

function no(fault: string): AccessFound {
  return { ok: false, fault };
}
