// What teams do without a gate: processes that each hold an unleash-client and look at the flag before every call. Eight
// of them here in one process, 200 looks a second each. Answers every message with when the flag last let one through.
import { Unleash, InMemStorageProvider } from 'unleash-client';

const { UNLEASH_API, UNLEASH_TOKEN, FLAG, REFRESH_MS } = process.env;
const INSTANCES = 8;
const refreshInterval = Number(REFRESH_MS);

const clients = [];
for (let n = 0; n < INSTANCES; n += 1) {
  const client = new Unleash({
    url: UNLEASH_API,
    appName: 'alone',
    instanceId: `alone-${n}`,
    customHeaders: { Authorization: UNLEASH_TOKEN },
    refreshInterval,
    disableMetrics: true,
    // Else they would share a file, and start from the one before.
    storageProvider: new InMemStorageProvider(),
    skipInstanceCountWarning: true,
  });
  client.on('error', () => {});
  await new Promise((resolve) => client.once('synchronized', resolve));
  clients.push(client);
  // Processes do not start at the same time, so they do not ask at the same time.
  await new Promise((resolve) => setTimeout(resolve, refreshInterval / INSTANCES));
}

let last = 0;
let letting = 0;
setInterval(() => {
  letting = clients.filter((client) => client.isEnabled(FLAG, { userId: 'lead-router' })).length;
  if (letting > 0) last = Date.now();
}, 5);

process.on('message', () => process.send({ last, all: letting === INSTANCES, none: letting === 0 }));
process.send({ port: 0 });
