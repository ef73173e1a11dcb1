import { WorkerEntrypoint } from 'cloudflare:workers';

interface Env {
  VENDOR: { fetch(request: Request): Promise<Response> };
}

/** Sends what it is given to the vendor and hands the answer back. */
export default class FloorTool extends WorkerEntrypoint<Env> {
  async run(body: string): Promise<string> {
    const request = new Request('https://vendor.example/floor', { method: 'POST', body });
    const response = await this.env.VENDOR.fetch(request);
    return response.text();
  }
}
