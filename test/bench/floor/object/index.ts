import { DurableObject } from 'cloudflare:workers';

interface Env {
  TOOL: { run(body: string): Promise<string> };
}

/** The least that keeps an intent before and an outcome after: two rows, no checks, no hashes. */
export class Floor extends DurableObject<Env> {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    ctx.storage.sql.exec(
      'CREATE TABLE IF NOT EXISTS entry (id INTEGER PRIMARY KEY, of INTEGER, body TEXT NOT NULL)',
    );
  }

  async call(body: string): Promise<string> {
    // Nothing leaves an object before its writes are durable (output gate), so the tool runs after the first row is.
    const id = this.begin(body);
    const answer = await this.env.TOOL.run(body);
    this.end(id, answer);
    return answer;
  }

  begin(body: string): number {
    return this.ctx.storage.sql
      .exec<{ id: number }>('INSERT INTO entry (of, body) VALUES (NULL, ?) RETURNING id', body)
      .one().id;
  }

  end(id: number, answer: string): void {
    this.ctx.storage.sql.exec('INSERT INTO entry (of, body) VALUES (?, ?)', id, answer);
  }
}

export default { fetch: () => new Response(null, { status: 404 }) };
