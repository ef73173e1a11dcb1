import { AGENT_AUDIENCE } from './tokens.ts';

/** Authorization server metadata (RFC 8414) of the gate at `origin`. */
export function authorizationServer(origin: string): Record<string, unknown> {
  return {
    issuer: origin,
    token_endpoint: `${origin}/oauth/token`,
    jwks_uri: `${origin}/.well-known/jwks.json`,
    grant_types_supported: ['client_credentials'],
    // No authorization endpoint, hence no response types; RFC 8414 requires the member all the same.
    response_types_supported: [],
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
    service_documentation: `${origin}/`,
  };
}

/** Protected resource metadata (RFC 9728) of the gate at `origin`. */
export function protectedResource(origin: string): Record<string, unknown> {
  return {
    resource: origin,
    resource_name: 'Toolgate',
    authorization_servers: [origin],
    jwks_uri: `${origin}/.well-known/jwks.json`,
    bearer_methods_supported: ['header'],
    resource_documentation: `${origin}/openapi.json`,
    'x-audience': AGENT_AUDIENCE,
  };
}
