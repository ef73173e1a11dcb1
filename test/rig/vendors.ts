import { join } from 'node:path';
import type { LocalSecrets } from '../../bin/lib/secrets.ts';
import type { LogEntry } from '../../workers/sandbox/request-log.ts';
import { vendors } from '../../workers/sandbox/vendors/index.ts';
import { bundleAll } from '../bench/lib/bundle.ts';
import { send } from '../bench/lib/client.ts';
import { startWorkerd, type Workerd } from '../bench/lib/workerd.ts';

/** The simulated vendors, in a process that nobody kills. */
export class RigVendors {
  readonly names = Object.keys(vendors);
  readonly #workerd: Workerd;

  private constructor(workerd: Workerd) {
    this.#workerd = workerd;
  }

  /** `folder`: its own. They take the credentials whose hashes the sandbox of these secrets knows. */
  static async start(folder: string, secrets: LocalSecrets): Promise<RigVendors> {
    const config = join(import.meta.dirname, 'vendors/wrangler.toml');
    const bundles = await bundleAll([config], join(folder, 'bundles'));
    const workerd = await startWorkerd({
      bundles,
      secrets: { 'toolgate-rig-vendors': secrets.workers['sandbox'] ?? {} },
      // It calls nobody.
      vendorPort: 1,
      sockets: { vendors: 'toolgate-rig-vendors' },
      folder: join(folder, 'vendors'),
    });
    return new RigVendors(workerd);
  }

  get port(): number {
    return this.#workerd.ports['vendors'] ?? 0;
  }

  async log(vendor: string): Promise<LogEntry[]> {
    return JSON.parse(await this.#send('GET', `/${vendor}/log`)) as LogEntry[];
  }

  async fault(vendor: string, fault: Record<string, unknown>): Promise<void> {
    await this.#send('POST', `/${vendor}/faults`, JSON.stringify(fault));
  }

  async noFaults(vendor: string): Promise<void> {
    await this.#send('DELETE', `/${vendor}/faults`);
  }

  async stop(): Promise<void> {
    await this.#workerd.stop();
  }

  async #send(method: 'GET' | 'POST' | 'DELETE', path: string, body?: string): Promise<string> {
    const answer = await send({ port: this.port, method, path, ...(body !== undefined && { body }) });
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.body}`);
    return answer.body;
  }
}
