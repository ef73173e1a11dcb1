import { Hono } from 'hono';
import type { Result } from '../../shared/rpc.ts';
import type { VaultKeys } from '../../shared/vault.ts';
import { json, refuse, relay } from './answer.ts';
import type { Env } from './env.ts';
import { openings } from './openings.ts';
import { credentialOf, queries, readQuery } from './request.ts';
import { notedTimes, type WorkerSecrets } from './tool-sheets.ts';
import { withBody } from './with-body.ts';

type Ops = { Bindings: Env };

/** A reason, and who or what. */
const MAX_BODY = 8 * 1024;

/** The vault: its keys, who had what opened, and erasures. Its own desks check the person and the body. */
export const vault = new Hono<Ops>();

vault.get('/ops/v1/vault', async (c) =>
  relay(async () => withAges(c.env, await c.env.VAULT.view(credentialOf(c.req.raw)))),
);
vault.post('/ops/v1/vault/rotations', async (c) =>
  withBody(c.req.raw, MAX_BODY, async (credential, input) =>
    withAges(c.env, await c.env.VAULT.rotate(credential, input)),
  ),
);
vault.get('/ops/v1/vault/opens', async (c) => {
  const query = readQuery(c.req.url, queries.opens);
  if (!query.ok) return refuse(query.problem);
  return relay(async () => openings(c.env, credentialOf(c.req.raw), query.value));
});

vault.get('/ops/v1/erasures', async (c) =>
  relay(
    async () => c.env.ERASURES.erasures(credentialOf(c.req.raw)),
    (erasures) => json({ erasures }),
  ),
);
vault.post('/ops/v1/erasures', async (c) =>
  withBody(
    c.req.raw,
    MAX_BODY,
    async (credential, input) => c.env.ERASURES.erase(credential, input),
    (erasure) => {
      if (erasure.state === 'dry-run') return json(erasure);
      const status = erasure.state === 'running' ? 202 : 201;
      return json(erasure, status, { location: `/ops/v1/erasures/${erasure.id}` });
    },
  ),
);
vault.get('/ops/v1/erasures/:id', async (c) =>
  relay(async () => c.env.ERASURES.erasure(credentialOf(c.req.raw), c.req.param('id'))),
);
vault.get('/ops/v1/erasures/:id/certificate', async (c) =>
  relay(async () => c.env.ERASURES.certificate(credentialOf(c.req.raw), c.req.param('id'))),
);

/** The keys of all vaults, and when each secret of the vault's Worker was set. */
export type VaultView = VaultKeys & { secrets: WorkerSecrets['secrets'] | null };

/** Adds what was noted of the secrets' ages; null: nobody noted any. */
function withAges({ SECRETS_SET_AT: noted }: Env, keys: Result<VaultKeys>): Result<VaultView> {
  if (!keys.ok) return keys;
  const times = notedTimes(noted)?.['vault'];
  const secrets = times ? Object.entries(times).map(([name, setAt]) => ({ name, setAt })) : null;
  return { ok: true, value: { ...keys.value, secrets } };
}
