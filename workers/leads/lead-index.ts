import { DurableObject } from 'cloudflare:workers';
import { migrate } from '../../shared/migrate.ts';
import type { Env } from './env.ts';
import { indexMigrations } from './migrations.ts';

/** Which sites have an inbox: one row a site, written before its first lead. */
export class LeadIndex extends DurableObject<Env> {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    void ctx.blockConcurrencyWhile(async () => migrate(ctx.storage, indexMigrations));
  }

  async add(site: string): Promise<void> {
    this.ctx.storage.sql.exec('INSERT OR IGNORE INTO site (id) VALUES (?)', site);
  }

  async sites(): Promise<string[]> {
    return this.ctx.storage.sql
      .exec<{ id: string }>('SELECT id FROM site ORDER BY id')
      .toArray()
      .map((row) => row.id);
  }
}
