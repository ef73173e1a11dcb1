type Json = Record<string, unknown>;

const text = { type: 'string' };
const count = { type: 'integer', minimum: 0 };

/** One limit, budget or blast radius as it stands. */
const meter = {
  type: 'object',
  required: ['kind', 'measure', 'currency', 'max', 'per', 'each', 'action', 'used', 'left'],
  properties: {
    kind: { enum: ['rate', 'budget', 'radius'] },
    measure: {
      enum: ['calls', 'spend', 'recipients', 'records', 'accounts', 'campaigns', 'regions'],
      description: 'What is counted; of a radius, of what the different ones.',
    },
    currency: { type: ['string', 'null'], description: 'ISO 4217, of spend, which is in minor units.' },
    max: count,
    per: { type: ['integer', 'null'], description: 'Window in seconds; null: ever.' },
    each: { enum: ['campaign', 'account', null], description: 'Counted for each of these by itself.' },
    action: { ...text, description: 'Full name, or `*` for all.' },
    used: { ...count, description: 'Where each counts by itself: of the fullest.' },
    left: count,
    by: {
      type: 'array',
      items: {
        type: 'object',
        required: ['name', 'used', 'left'],
        properties: { name: text, used: count, left: count },
      },
    },
  },
};

const meters = { type: 'array', items: { $ref: '#/components/schemas/Limit' } };

/** What `GET /v1/me` answers, as far as it is about limits; the rest is open. */
const me = {
  type: 'object',
  required: ['agent', 'workflow', 'grants', 'limits', 'budgets', 'radius', 'stops'],
  properties: {
    agent: text,
    workflow: text,
    mission: text,
    retentionDays: { type: 'integer', description: 'How long what is sealed for it is kept.' },
    manifestVersion: { type: 'integer' },
    policyVersion: text,
    grants: { type: 'array', items: { type: 'object' } },
    limits: {
      type: 'array',
      description: 'Rates: at most `max` calls in any `per` seconds.',
      items: {
        type: 'object',
        required: ['action', 'max', 'per', 'remaining'],
        properties: { action: text, max: count, per: count, remaining: count },
      },
    },
    budgets: { ...meters, description: 'What its executes may come to.' },
    radius: { ...meters, description: 'How many different accounts, campaigns, regions it may touch.' },
    shared: {
      type: 'array',
      description: 'What it shares with other agents; `used` is what all of them used.',
      items: {
        type: 'object',
        required: ['of', 'limits'],
        properties: {
          of: { ...text, description: '`workflow:x` or `vendor:x`.' },
          limits: {
            oneOf: [meters, { type: 'null' }],
            description: 'Null: it does not answer now, and calls that need it are denied.',
          },
        },
      },
    },
    stops: { type: 'array', items: { type: 'object' } },
    closed: { type: 'array', items: { type: 'object' } },
  },
};

/** The schemas of `GET /v1/me`, by name. */
export const meSchemas: Json = { Limit: meter, Me: me };
