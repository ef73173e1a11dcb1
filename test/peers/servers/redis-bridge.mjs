// Upstash's REST protocol in front of a Redis server: POST / (a command), /pipeline, /multi-exec, or a command in the path
// of a GET. https://upstash.com/docs/redis/features/restapi
import { once } from 'node:events';
import { createServer } from 'node:http';
import { Redis } from 'ioredis';

let token = process.env.BRIDGE_TOKEN;
const redis = new Redis({
  host: '127.0.0.1',
  port: Number(process.env.REDIS_PORT),
  protocol: 2,
  // A server that is away is an error at once, and is found again soon after it is back.
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  retryStrategy: () => 100,
});
redis.on('error', () => {}); // Each request that meets it says so.

async function serve(request, response) {
  const answer = (status, body) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
  if (!token || request.headers.authorization !== `Bearer ${token}`) {
    return answer(401, { error: 'WRONGPASS invalid or missing auth token' });
  }
  const { pathname } = new URL(request.url, 'http://bridge');
  const encode = request.headers['upstash-encoding'] === 'base64' ? base64 : (result) => result;
  try {
    const body = request.method === 'POST' ? JSON.parse(await text(request)) : undefined;
    if (pathname === '/pipeline') return answer(200, await inTurn(redis.pipeline(), body, encode));
    if (pathname === '/multi-exec') return answer(200, await inTurn(redis.multi(), body, encode));
    answer(200, await run(body ?? pathname.slice(1).split('/').map(decodeURIComponent), encode));
  } catch (error) {
    answer(error.name === 'ReplyError' ? 400 : 500, { error: error.message });
  }
}

async function run([command, ...parts], encode) {
  return { result: encode(await redis.call(String(command).toUpperCase(), ...parts.map(String))) };
}

async function inTurn(chain, commands, encode) {
  for (const [command, ...parts] of commands) {
    chain.call(String(command).toUpperCase(), ...parts.map(String));
  }
  const results = await chain.exec();
  return results.map(([error, result]) => (error ? { error: error.message } : { result: encode(result) }));
}

/** As Upstash does it: every string but `OK`. */
function base64(result) {
  if (Array.isArray(result)) return result.map(base64);
  return typeof result === 'string' && result !== 'OK' ? Buffer.from(result).toString('base64') : result;
}

async function text(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

process.on('message', (message) => {
  token = message.token;
  process.send({ changed: true });
});
// Without a queue, a request that comes before Redis has been found would fail: nobody is told the port until then.
if (redis.status !== 'ready') await once(redis, 'ready');
const server = createServer((request, response) => void serve(request, response));
server.listen(0, '127.0.0.1', () => process.send?.({ port: server.address().port }));
