import { z } from 'zod';
import { modes, type JsonSchema, type Mode } from '../../shared/contract.ts';
import { handoffSchema, handoffStates } from '../../shared/handoffs.ts';
import { flagSchema } from '../../shared/incidents.ts';
import { problems, type ProblemCode } from '../../shared/problems.ts';
import { bodySchema, referenceSchema } from '../guard/call.ts';
import type { ActionView } from './catalogue-view.ts';
import { MAX_WAIT_SECONDS } from './waiting.ts';
import { meSchemas } from './openapi-me.ts';
import { redactionOperations } from './openapi-redact.ts';

type Json = Record<string, unknown>;

const { $schema: _, ...bodyJson } = z.toJSONSchema(bodySchema, { io: 'input' });
const { $schema: __, ...referenceJson } = z.toJSONSchema(referenceSchema, { io: 'input' });

/** The OpenAPI 3.1 document of the gate at `origin`, with one function for each of these actions. Pure. */
export function openApi(origin: string, actions: readonly ActionView[]): Json {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Toolgate',
      version: '1',
      description: 'Tools for agents, behind a gate. Every call passes policy, limits and approvals.',
    },
    servers: [{ url: origin }],
    security: [{ agent: [] }],
    tags: [...new Set(actions.map(toolOf))].map((name) => ({ name })),
    paths: {
      ...Object.fromEntries(actions.map((action) => [action.path, { post: callOperation(action) }])),
      '/v1/calls/{id}': { get: pollOperation },
      '/v1/me': {
        get: plainOperation('me', 'Who this agent is here: grants, what is left of its limits, stops', {
          $ref: '#/components/schemas/Me',
        }),
      },
      '/v1/incidents': { post: flagOperation },
      '/v1/handoffs': { post: handOverOperation },
      '/v1/handoffs/{id}': { get: handoffOperation },
      ...redactionPaths,
      '/v1/tools': { get: plainOperation('tools', 'What this agent may call') },
    },
    components: {
      securitySchemes: { agent: agentScheme(origin) },
      schemas: {
        Problem: problemSchema,
        Undo: undoSchema,
        Proposal: proposalSchema,
        Preview: previewSchema,
        ...meSchemas,
      },
    },
  };
}

function callOperation(action: ActionView): Json {
  return {
    operationId: action.mcpName,
    tags: [toolOf(action)],
    summary: action.summary,
    ...(action.undo && { description: undoText(action.undo) }),
    'x-toolgate': { mode: action.mode, groups: action.groups, sensitivity: action.sensitivity },
    parameters: [idempotencyKey, waitParameter, prefer],
    requestBody: { required: true, content: json(requestSchema(action)) },
    responses: {
      200: okResponse(action),
      202: { description: 'Waiting for a person, or still under way. Poll it.', content: json(waiting) },
      ...problemResponses(callProblems),
    },
  };
}

/** The body as the guard reads it, with this action's input and modes in it. */
function requestSchema(action: ActionView): Json {
  const properties = { ...bodyJson.properties, mode: { enum: modesOf(action) }, input: action.input };
  const direct = { ...bodyJson, properties };
  return action.mode === 'execute' ? { oneOf: [direct, referenceJson] } : direct;
}

/** A read or an execute is done; a proposal tells what would be. */
function okResponse({ mode, output }: ActionView): Json {
  const done = succeeded(output);
  if (mode === 'read') return { description: 'Done', content: json(done) };
  const proposed = { $ref: '#/components/schemas/Proposal' };
  if (mode === 'propose') return { description: 'Proposed', content: json(proposed) };
  return { description: 'Done, or proposed', content: json({ oneOf: [done, proposed] }) };
}

/** A reading action is only ever read; an executing one is proposed or executed. */
function modesOf({ mode }: ActionView): Mode[] {
  return mode === 'read' ? ['read'] : modes.slice(1, modes.indexOf(mode) + 1);
}

function succeeded(output: JsonSchema): Json {
  return {
    type: 'object',
    required: ['call', 'status', 'output'],
    properties: {
      call: { type: 'string' },
      status: { const: 'succeeded' },
      output,
      undo: { $ref: '#/components/schemas/Undo' },
      edited: {
        type: 'array',
        items: { type: 'string' },
        description: 'Where a person edited the input before it ran, as JSON Pointers. Absent: nowhere.',
      },
    },
  };
}

const waiting = {
  type: 'object',
  required: ['call', 'status', 'poll'],
  properties: {
    call: { type: 'string' },
    status: { type: 'string' },
    approval: { type: 'string' },
    respondBy: { type: 'string', format: 'date-time', description: 'Until when people should have decided.' },
    deadline: { type: 'string', format: 'date-time', description: 'Nobody decided by then: it is denied.' },
    poll: { type: 'string', description: 'Path to GET until the call has ended.' },
  },
};

const previewSchema = {
  type: 'object',
  description:
    'What executing it would change, told from what the vendor holds now. Nothing was written for it.',
  required: ['before', 'after', 'changes', 'sideEffects', 'undo'],
  properties: {
    before: { type: ['object', 'null'], description: 'Null: there is no such record yet.' },
    after: { type: 'object' },
    changes: {
      type: 'array',
      items: {
        type: 'object',
        required: ['field', 'before', 'after'],
        properties: { field: { type: 'string' }, before: {}, after: {} },
      },
    },
    sideEffects: { type: 'array', items: { type: 'string' } },
    undo: { type: 'object', description: 'How it would be taken back, or why it could not.' },
  },
};

const proposalSchema = {
  type: 'object',
  required: ['call', 'status', 'would', 'preview', 'undo', 'effect', 'expiresAt'],
  properties: {
    call: { type: 'string', description: 'Execute exactly this with `{ mode: "execute", proposal: call }`.' },
    status: { const: 'proposed' },
    would: {
      type: 'object',
      description: 'What policies would say of executing it now, and how many people would have to approve.',
      properties: {
        decision: { enum: ['allow', 'deny', 'approval'] },
        approvers: { type: 'integer' },
        policies: {
          type: 'array',
          items: { type: 'object', properties: { id: { type: 'string' }, reason: { type: 'string' } } },
        },
      },
    },
    preview: { $ref: '#/components/schemas/Preview' },
    effect: { type: 'string' },
    undo: { type: 'object' },
    expiresAt: { type: 'string', format: 'date-time' },
  },
};

const undoSchema = {
  type: 'object',
  description: 'How a person takes it back, and until when; or why that cannot be.',
  properties: {
    action: { type: 'string' },
    how: { type: 'string' },
    until: {
      type: ['string', 'null'],
      format: 'date-time',
      description: 'Null: nothing was kept to undo it with.',
    },
    left: { type: 'string', description: 'Only when polled: how long that is from now, in words.' },
    irreversible: { type: 'string' },
    instead: { type: 'string', description: 'What a person does instead.' },
  },
};

const problemSchema = {
  type: 'object',
  description: 'RFC 9457.',
  required: ['type', 'code', 'title', 'status', 'next'],
  properties: {
    type: { type: 'string', format: 'uri-reference' },
    code: { enum: Object.keys(problems) },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    call: { type: 'string' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        required: ['pointer', 'detail'],
        properties: { pointer: { type: 'string', format: 'json-pointer' }, detail: { type: 'string' } },
      },
    },
    because: { type: 'array', items: { type: 'string' } },
    changed: {
      type: 'array',
      description: 'Of proposal-changed: what changed since.',
      items: { type: 'object', required: ['what'], properties: { what: { type: 'string' } } },
    },
    claims: {
      type: 'array',
      description: 'What a text claims and may not, and what to write instead.',
      items: {
        type: 'object',
        required: ['claim', 'field', 'reason', 'instead'],
        properties: {
          claim: { type: 'string' },
          field: { type: 'string' },
          reason: { type: 'string' },
          instead: { type: 'string' },
        },
      },
    },
    next: { type: 'string', description: 'What the caller may do now.' },
  },
};

const idempotencyKey = {
  name: 'Idempotency-Key',
  in: 'header',
  description:
    'Required to execute. The same key and request return the recorded answer and run nothing again.',
  schema: { type: 'string', minLength: 1, maxLength: 200, pattern: '^[\\x21-\\x7e]+$' },
};

const callProblems: ProblemCode[] = [
  'bad-request',
  'unauthenticated',
  'denied',
  'unknown-action',
  'proposal-changed',
  'idempotency-conflict',
  'too-large',
  'unsupported-media-type',
  'invalid',
  'stopped',
  'limited',
  'vendor-failed',
  'indeterminate',
  'no-lease',
];

const waitParameter: Json = {
  name: 'wait',
  in: 'query',
  description: 'How many seconds to wait for the end of a call that has not ended.',
  schema: { type: 'integer', minimum: 0, maximum: MAX_WAIT_SECONDS },
};

const prefer: Json = {
  name: 'Prefer',
  in: 'header',
  description: 'The same as `wait`, by RFC 7240: `wait=30`.',
  schema: { type: 'string' },
};

const pollOperation = {
  operationId: 'poll',
  summary: 'How a call stands; waits for it to end if asked to',
  parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }, waitParameter],
  responses: {
    200: { description: 'Ended', content: json({ type: 'object' }) },
    202: { description: 'Not ended yet', content: json(waiting) },
    ...problemResponses(['unauthenticated', 'not-found', 'invalid', 'no-lease']),
  },
};

/** What an agent flags, and what it is told: see `shared/incidents.ts`. */
const flagOperation: Json = {
  operationId: 'flag-incident',
  summary: 'Flag a security issue: the incident contact is told at once, past every queue, stop and limit',
  requestBody: { required: true, content: json(z.toJSONSchema(flagSchema, { io: 'input' })) },
  responses: {
    200: {
      description: 'It was flagged before, and is the same incident',
      content: json({ type: 'object' }),
    },
    201: { description: 'A new incident', content: json({ type: 'object' }) },
    ...problemResponses(['unauthenticated', 'invalid', 'unavailable']),
  },
};

const redactionProblems = problemResponses([
  'unauthenticated',
  'invalid',
  'too-large',
  'limited',
  'unavailable',
]);
const redactionPaths: Json = Object.fromEntries(
  Object.entries(redactionOperations).map(([path, { responses, ...operation }]) => [
    path,
    { post: { ...operation, responses: { ...responses, ...redactionProblems } } },
  ]),
);

const handoff = {
  type: 'object',
  required: ['handoff', 'status', 'kind', 'at', 'times', 'poll'],
  properties: {
    handoff: { type: 'string' },
    status: { enum: handoffStates },
    kind: { type: 'string' },
    at: { type: 'string', format: 'date-time' },
    times: { type: 'integer', description: 'How often the same was filed.' },
    poll: { type: 'string', description: 'Path to GET for how it stands.' },
    respondBy: { type: 'string', format: 'date-time' },
    takenAt: { type: ['string', 'null'], format: 'date-time' },
    resolvedAt: { type: ['string', 'null'], format: 'date-time' },
    resolution: { type: ['string', 'null'], description: 'What people say to it, once it is resolved.' },
  },
};

const incidentInstead = {
  type: 'object',
  description: 'Of the kind `security`: it is an incident, past the queue.',
  required: ['incident', 'went'],
  properties: { incident: { type: 'string' }, went: { type: 'string' } },
};

/** What an agent hands over, and what it is told: see `shared/handoffs.ts`. */
const handOverOperation: Json = {
  operationId: 'hand-over',
  summary: 'Hand a case over to people, without any action. Works while everything is stopped',
  parameters: [{ ...idempotencyKey, description: 'Without it the same content within a day is one case.' }],
  requestBody: { required: true, content: json(z.toJSONSchema(handoffSchema, { io: 'input' })) },
  responses: {
    200: { description: 'It was filed before', content: json({ oneOf: [handoff, incidentInstead] }) },
    201: { description: 'A new case', content: json({ oneOf: [handoff, incidentInstead] }) },
    ...problemResponses(['unauthenticated', 'idempotency-conflict', 'too-large', 'invalid', 'unavailable']),
  },
};

const handoffOperation: Json = {
  operationId: 'handoff',
  summary: 'How a case stands that this agent handed over',
  parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }],
  responses: {
    200: { description: 'How it stands', content: json(handoff) },
    ...problemResponses(['unauthenticated', 'not-found']),
  },
};

function plainOperation(operationId: string, summary: string, schema: Json = { type: 'object' }): Json {
  return {
    operationId,
    summary,
    responses: {
      200: { description: summary, content: json(schema) },
      ...problemResponses(['unauthenticated', 'no-lease']),
    },
  };
}

/** One response for each status; several problems may share one. */
function problemResponses(codes: readonly ProblemCode[]): Json {
  return Object.fromEntries(
    codes.map((code) => [
      problems[code].status,
      {
        description: problems[code].title,
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    ]),
  );
}

function agentScheme(origin: string): Json {
  return {
    type: 'oauth2',
    description: 'Scopes are `action:mode`, as the manifest grants them.',
    flows: { clientCredentials: { tokenUrl: `${origin}/oauth/token`, scopes: {} } },
  };
}

function undoText(undo: NonNullable<ActionView['undo']>): string {
  return 'irreversible' in undo
    ? `Cannot be undone: ${undo.irreversible}`
    : `Undone with ${undo.action}: ${undo.how}`;
}

function toolOf(action: ActionView): string {
  return action.name.slice(0, action.name.indexOf('.'));
}

function json(schema: Json): Json {
  return { 'application/json': { schema } };
}
