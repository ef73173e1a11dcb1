// `prism proxy`, several times in one process: PRISMS is JSON `[{ document, upstream, port, errors }]`.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
// What the command `prism proxy` itself runs (@stoplight/prism-cli/dist/commands/proxy.js), with its defaults.
const { createSingleProcessPrism } = require('@stoplight/prism-cli/dist/util/createServer.js');

const prisms = JSON.parse(process.env.PRISMS);
for (const { document, upstream, port, errors } of prisms) {
  await createSingleProcessPrism({
    document,
    upstream: new URL(upstream),
    port,
    host: '127.0.0.1',
    errors,
    validateRequest: true,
    cors: false,
    multiprocess: false,
    dynamic: false,
    verboseLevel: 'fatal',
  });
}
process.send?.({ port: prisms[0].port });
