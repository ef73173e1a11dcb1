import { Hono } from 'hono';

/** What any Hono Worker costs, so that the other figures of this machine can be placed. */
const app = new Hono();

app.post('/hello', (c) => c.json({ hello: 'world' }));

export default app;
