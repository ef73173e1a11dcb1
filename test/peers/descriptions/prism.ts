import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { vendors } from '../../../workers/sandbox/vendors/index.ts';
import { freePort } from '../../free-port.ts';
import { startServer, type Server } from '../processes.ts';
import { folder, type Description } from './catalogue.ts';
import type { Way } from './door/index.ts';

export interface Prisms {
  /** In the order of the descriptions. */
  ways: Way[];
  server: Server;
}

/** Starts two proxies in front of the simulator for each description. */
export async function startPrisms(descriptions: readonly Description[], gate: URL): Promise<Prisms> {
  const temporary = mkdtempSync(join(tmpdir(), 'toolgate-prism-'));
  const ways: Way[] = [];
  const proxies: object[] = [];
  for (const [n, description] of descriptions.entries()) {
    const { vendor, base, under } = description;
    const document = join(temporary, `${n}.json`);
    writeFileSync(document, JSON.stringify(amended(description)));
    const upstream = new URL(`/simulator/${vendor}/api${base}`, gate).href;
    const ports = [await freePort(), await freePort()] as const;
    proxies.push(...ports.map((port, lenient) => ({ document, upstream, port, errors: lenient === 0 })));
    const [strict, lenient] = ports.map((port) => `http://127.0.0.1:${port}`) as [string, string];
    ways.push({ vendor, origin: vendors[vendor]?.origin ?? '', base, under, strict, lenient });
  }
  try {
    return { ways, server: await startServer('prism.mjs', { PRISMS: JSON.stringify(proxies) }) };
  } finally {
    // Read once they are up, and not needed when they do not come up.
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** The description with its amendments; each must change something, or it is there for nothing. */
function amended({ file, amendments = [] }: Description): unknown {
  const spec = parse(readFileSync(join(folder, file), 'utf8'), { maxAliasCount: -1 }) as Record<
    string,
    unknown
  >;
  for (const amendment of amendments) {
    const before = JSON.stringify(spec);
    amendment.apply(spec);
    if (JSON.stringify(spec) === before)
      throw new Error(`${file}: an amendment changes nothing: ${amendment.why}`);
  }
  return spec;
}
