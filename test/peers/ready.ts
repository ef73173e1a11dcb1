// Before the tests with real peers: whether their packages are here. They are apart from the product's, on purpose.
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const needed = [
  'unleash-server',
  '@electric-sql/pglite',
  '@electric-sql/pglite-socket',
  'ioredis',
  '@stoplight/prism-cli',
];
const missing = needed.filter(
  (name) => !existsSync(join(import.meta.dirname, 'node_modules', name, 'package.json')),
);
if (missing.length > 0) {
  process.stderr.write(
    `The real peers are not installed (${missing.join(', ')}).\nInstall them with: npm ci --prefix test/peers\n`,
  );
  process.exit(1);
}
