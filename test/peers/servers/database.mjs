// PostgreSQL for the Unleash server: PGlite in memory, on a free loopback port. Tells its parent the port.
import { PGlite } from '@electric-sql/pglite';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';

const db = await PGlite.create();
const server = new PGLiteSocketServer({ db, host: '127.0.0.1', port: 0, maxConnections: 20 });
server.addEventListener('listening', (event) => process.send?.({ port: event.detail.port }));
await server.start();
