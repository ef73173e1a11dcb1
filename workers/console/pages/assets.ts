import { Hono } from 'hono';
import type { Console } from '../asking.ts';
import { pageHeaders } from './kit.ts';

/** Style and scripts: the same for everybody, checked by the browser each time, since a new deploy changes them. */
export const assets = new Hono<Console>();

assets.get('/assets/:name', async (c) => {
  const { pathname } = new URL(c.req.url);
  const request = new Request(new URL(pathname, 'https://assets.invalid'), {
    headers: { 'if-none-match': c.req.header('if-none-match') ?? '' },
  });
  const found = await c.env.ASSETS.fetch(request);
  const headers = new Headers(found.headers);
  for (const [name, value] of Object.entries(pageHeaders)) headers.set(name, value);
  headers.set('cache-control', 'no-cache');
  return new Response(found.body, { status: found.status, headers });
});
