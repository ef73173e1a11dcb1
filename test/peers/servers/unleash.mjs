// A real Unleash server on a loopback port (PEER_PORT; a free one without it), configured by its own environment
// variables. Tells its parent the port.
import { start } from 'unleash-server';

const { server } = await start({
  server: { host: '127.0.0.1', port: Number(process.env.PEER_PORT ?? 0) },
  // No look for a newer version and no telemetry: tests call nobody.
  versionCheck: { enable: false },
  telemetry: false,
});
process.send?.({ port: server.address().port });
