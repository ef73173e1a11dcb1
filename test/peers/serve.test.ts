import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseDevVars } from '../../bin/lib/dev-vars.ts';
import { toolgate } from './toolgate.ts';
import { freePort } from '../free-port.ts';

test('npm run unleash serves an Unleash that people log in to, and prints settings that hold', async () => {
  const port = await freePort();
  const script = join(import.meta.dirname, 'serve.ts');
  const child = spawn(process.execPath, [script, '--port', String(port)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const said = await new Promise<string>((resolve) => {
      let text = '';
      child.stdout.on('data', (chunk: Buffer) => {
        text += chunk.toString();
        if (text.includes('Before you end it')) resolve(text);
      });
      child.once('exit', () => resolve(text));
    });
    const origin = `http://127.0.0.1:${port}`;
    const login = await fetch(`${origin}/auth/simple/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username: 'admin', password: 'unleash4all' }),
    });
    expect(login.status).toBe(200);

    const admin = /UNLEASH_ADMIN_TOKEN='([^']+)'/.exec(said)?.[1] ?? '';
    const pushed = await toolgate(['flags', 'push', '--url', origin], { UNLEASH_ADMIN_TOKEN: admin });
    expect(pushed.exit, pushed.stdout + pushed.stderr).toBe(0);

    // The printed line is what a shell gets: two words in double quotes, of which each is a line of the file.
    const quoted = /"(UNLEASH_URL='[^"]+)" "(UNLEASH_TOKEN='[^"]+)"/.exec(said) ?? [];
    const settings = parseDevVars(quoted.slice(1).join('\n'));
    const read = await fetch(`${settings['UNLEASH_URL']}/client/features`, {
      headers: { authorization: settings['UNLEASH_TOKEN'] ?? '' },
    });
    expect(read.status).toBe(200);
  } finally {
    const ended = once(child, 'exit');
    child.kill('SIGINT');
    expect(await ended).toEqual([0, null]);
  }
});
