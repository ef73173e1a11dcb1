import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey } from 'jose';
import { findWorkers } from '../../bin/lib/workers.ts';
import { root } from '../harness.ts';

/** A copy of the repository that has a staging environment and an account of its own: a folder. */
export interface Checkout {
  at: string;
  /** What wrangler was called with, one list of arguments a call, in order; builds and questions left out. */
  deployed(): string[][];
  /** The account: names of Workers, each with the names of its secrets. */
  account(): Record<string, string[]>;
  setAccount(account: Record<string, string[]>): void;
  toolgate(args: string[], env?: Record<string, string>): Promise<Ran>;
}

export interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

const COPIED = [
  'bin',
  'examples',
  'shared',
  'flags',
  'workers',
  'governance',
  'package.json',
  'wrangler.toml',
];

/** Copies the repository, with `[env.staging]` made from `[env.production]`. */
export function checkout(): Checkout {
  const at = mkdtempSync(join(tmpdir(), 'toolgate-deploy-test-'));
  for (const name of COPIED) {
    cpSync(join(root, name), join(at, name), {
      recursive: true,
      filter: (path) => !/\/\.(wrangler|dev\.vars)/.test(path),
    });
  }
  symlinkSync(join(root, 'node_modules'), join(at, 'node_modules'));
  for (const { configPath } of findWorkers(at)) addStaging(join(at, configPath));
  mkdirSync(join(at, 'fake'));
  cpSync(join(import.meta.dirname, 'fake-wrangler.mjs'), join(at, 'fake/wrangler'));
  const accountFile = join(at, 'fake/account.json');
  const logFile = join(at, 'fake/log.ndjson');
  writeFileSync(accountFile, '{}');
  writeFileSync(logFile, '');
  const account = (): Record<string, string[]> =>
    JSON.parse(readFileSync(accountFile, 'utf8')) as Record<string, string[]>;
  return {
    at,
    account,
    setAccount: (next) => {
      writeFileSync(accountFile, JSON.stringify(next));
      writeFileSync(logFile, '');
    },
    deployed: () =>
      readFileSync(logFile, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as string[]),
    toolgate: async (args, env = {}) => toolgate(at, args, env),
  };
}

function addStaging(path: string): void {
  const text = readFileSync(path, 'utf8');
  const from = text.indexOf('[env.production]');
  if (from === -1) return;
  const staging = text
    .slice(from)
    .replaceAll('env.production', 'env.staging')
    .replaceAll('-production"', '-staging"')
    .replaceAll('"production"', '"staging"')
    .replaceAll('toolgate.example', 'staging.acme.test')
    .replaceAll('your-team', 'acme')
    .replaceAll('set-me', 'the-app')
    .replaceAll('PEOPLE = "{}"', `PEOPLE = '{"ada@acme.test":["operator"]}'`);
  writeFileSync(path, `${text}\n${staging}`);
}

async function toolgate(at: string, args: string[], env: Record<string, string>): Promise<Ran> {
  const path = [join(at, 'fake'), process.env['PATH'] ?? ''].join(':');
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [join(at, 'bin/toolgate.ts'), ...args],
      { cwd: tmpdir(), env: { ...process.env, PATH: path, FAKE_WRANGLER: join(at, 'fake'), ...env } },
      (error, stdout, stderr) =>
        resolve({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, stdout, stderr }),
    );
  });
}

/** A Cloudflare Access look-alike on loopback: its key set, and people's tokens. */
export interface AccessTeam {
  vars: Record<string, string>;
  token(email: string): Promise<string>;
  close(): void;
}

export async function accessTeam(
  people: Record<string, string[]>,
  environment = 'staging',
): Promise<AccessTeam> {
  const pair = await generateKeyPair('RS256', { extractable: true });
  const key = { ...(await exportJWK(pair.publicKey)), kid: 'k1', alg: 'RS256' };
  const server: Server = createServer((_, response) => response.end(JSON.stringify({ keys: [key] })));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    vars: {
      ENVIRONMENT: environment,
      ACCESS_ISSUER: issuer,
      ACCESS_AUDIENCE: 'the-app',
      PEOPLE: JSON.stringify(people),
    },
    token: async (email) => signed(pair.privateKey, issuer, email),
    close: () => server.close(),
  };
}

async function signed(key: CryptoKey, issuer: string, email: string): Promise<string> {
  return new SignJWT({ email })
    .setProtectedHeader({ alg: 'RS256', kid: 'k1' })
    .setIssuer(issuer)
    .setAudience('the-app')
    .setIssuedAt()
    .setExpirationTime('5m')
    .sign(key);
}
