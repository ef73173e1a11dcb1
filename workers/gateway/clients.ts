import { z } from 'zod';
import { equalSecrets, sha256 } from '../../shared/crypto.ts';

const clientsSchema = z.record(
  z.string(),
  z.strictObject({ agent: z.string(), secretSha256: z.string().regex(/^[0-9a-f]{64}$/) }),
);

export interface Credentials {
  id: string;
  secret: string;
}

type Clients = ReadonlyMap<string, { agent: string; secretSha256: string }>;

let parsed: { text: string; clients: Clients } | undefined;

/** The agent of a client, if the client exists. Throws when `AGENT_CLIENTS` is broken: nobody gets in on a guess. */
export function agentOf(agentClients: string, clientId: string): string | undefined {
  return clientsOf(agentClients).get(clientId)?.agent;
}

/**
 * The agent whose client's id and secret these are, or undefined. An unknown client costs the same work as a wrong
 * secret, so that neither the answer nor its time tells which clients exist.
 */
export function authenticateClient(
  agentClients: string,
  { id, secret }: Credentials,
): { agent: string; client: string } | undefined {
  const client = clientsOf(agentClients).get(id);
  // No hash equals this one: it is shorter than any.
  const right = equalSecrets(sha256(secret), client?.secretSha256 ?? 'unknown client');
  return right && client ? { agent: client.agent, client: id } : undefined;
}

function clientsOf(text: string): Clients {
  if (parsed?.text !== text) parsed = { text, clients: parse(text) };
  return parsed.clients;
}

function parse(text: string): Clients {
  const checked = clientsSchema.safeParse(JSON.parse(text));
  if (!checked.success) {
    throw new Error('AGENT_CLIENTS must be JSON: { client_id: { agent, secretSha256 } }');
  }
  return new Map(Object.entries(checked.data));
}
