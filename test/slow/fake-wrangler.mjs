#!/usr/bin/env node
/**
 * Stands in for wrangler with an account: keeps Workers and their secrets in a file, records every deploy, and refuses what
 * Cloudflare refuses: a binding to a Worker that is not there, a required secret that is not put.
 * FAIL_AT names a Worker whose deploy fails; STOP_AT one while whose deploy somebody else stops the gate, with STOP_TOKEN;
 * LOGGED_OUT makes every question fail as wrangler's own does.
 */
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const args = process.argv.slice(2);
const folder = process.env.FAKE_WRANGLER;
const accountFile = join(folder, 'account.json');
const account = JSON.parse(readFileSync(accountFile, 'utf8'));
const valueOf = (flag) => args[args.indexOf(flag) + 1];
const environment = args.includes('--env') ? valueOf('--env') : null;
const config = readFileSync(valueOf('--config'), 'utf8');
const worker = environment === null ? alone(JSON.parse(config)) : configured(config, environment);

/** What phase one writes. */
function alone({ name, services = [], secrets, routes }) {
  return { name, services, secrets: secrets?.required ?? [], routes: routes ?? [] };
}

function configured(text, env) {
  const from = text.indexOf(`[env.${env}]`);
  const own = text.slice(from);
  const required = /^\[env\.\w+\.secrets\]\nrequired = \[([^\]]*)\]/m.exec(own)?.[1] ?? '';
  return {
    name: /^name = "(.+)"$/m.exec(own)?.[1],
    services: [...own.matchAll(/^(?:service|script_name) = "(.+)"$/gm)].map((match) => match[1]),
    secrets: [...required.matchAll(/"(\w+)"/g)].map((match) => match[1]),
  };
}

function fail(text) {
  process.stderr.write(`${text}\n`);
  process.exit(1);
}

if (process.env.LOGGED_OUT) {
  fail(
    "In a non-interactive environment, it's necessary to set a CLOUDFLARE_API_TOKEN environment variable.",
  );
}
if (args[0] === 'secret') {
  if (!account[worker.name]) fail('This Worker does not exist on your account. [code: 10007]');
  process.stdout.write(JSON.stringify(account[worker.name].map((name) => ({ name, type: 'secret_text' }))));
  process.exit(0);
}
if (args[0] !== 'deploy') fail(`unexpected: ${args.join(' ')}`);
if (args.includes('--dry-run')) process.exit(process.env.UNBUILDABLE === worker.name ? 1 : 0);
appendFileSync(join(folder, 'log.ndjson'), `${JSON.stringify(args)}\n`);
if (process.env.STOP_AT === worker.name) {
  await fetch(`${process.env.TOOLGATE_GATE}/ops/v1/stops`, {
    method: 'POST',
    headers: { authorization: `Bearer ${process.env.STOP_TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify({ target: 'all', reason: 'an incident during the deploy' }),
  });
}
if (process.env.FAIL_AT === worker.name) fail('Your Worker failed validation: boom');
const absent = worker.services.filter((name) => !account[name]);
if (absent.length > 0) fail(`Could not resolve service binding: ${absent.join(', ')} not found`);
const unset = worker.secrets.filter((name) => !account[worker.name]?.includes(name));
if (unset.length > 0) fail(`The following required secrets have not been set: ${unset.join(', ')}`);
account[worker.name] ??= [];
writeFileSync(accountFile, JSON.stringify(account));
