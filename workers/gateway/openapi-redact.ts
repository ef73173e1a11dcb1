import { z } from 'zod';
import { placeholderClasses } from '../../shared/placeholder.ts';
import { checkSchema, redactSchema } from '../../shared/redaction.ts';

type Json = Record<string, unknown>;

const span = {
  pointer: { type: 'string', description: 'The text, as a JSON Pointer into the body that was sent.' },
  start: { type: 'integer', description: 'UTF-16 code units from its beginning.' },
  end: { type: 'integer', description: 'Exclusive.' },
  class: { enum: placeholderClasses },
};

const redacted = {
  type: 'object',
  required: ['texts', 'found'],
  properties: {
    texts: { type: 'array', items: { type: 'string' }, description: 'In their order, with placeholders.' },
    found: {
      type: 'array',
      items: {
        type: 'object',
        required: ['pointer', 'start', 'end', 'class', 'placeholder'],
        properties: { ...span, placeholder: { type: 'string' } },
      },
    },
  },
};

const checked = {
  type: 'object',
  required: ['clean', 'findings'],
  properties: {
    clean: { type: 'boolean', description: 'Nothing was found.' },
    findings: {
      type: 'array',
      items: {
        type: 'object',
        required: ['pointer', 'kind'],
        properties: {
          ...span,
          kind: { enum: ['personal', 'secret', 'placeholder', 'claim', 'doubtful-claim'] },
          why: { enum: ['unknown', 'malformed', 'not-allowed'], description: 'Of a placeholder.' },
          claim: { type: 'string' },
          reason: { type: 'string' },
          instead: { type: 'string', description: 'What may be said instead.' },
        },
      },
    },
  },
};

/** The operations without their problems, by path. */
export const redactionOperations: Record<string, Json & { responses: Json }> = {
  '/v1/redact': operation(
    'redact',
    'Texts of the agent’s own, such as a prompt, with placeholders in place of people’s data and secrets',
    redactSchema,
    redacted,
  ),
  '/v1/redact/check': operation(
    'redact-check',
    'What should not stand in texts that a model wrote: people’s data, secrets, wrong placeholders, claims that are not allowed',
    checkSchema,
    checked,
  ),
};

function operation(id: string, summary: string, schema: z.ZodType, answer: Json): Json & { responses: Json } {
  const { $schema: _, ...body } = z.toJSONSchema(schema, { io: 'input' });
  return {
    operationId: id,
    summary,
    requestBody: { required: true, content: { 'application/json': { schema: body } } },
    responses: { 200: { description: 'Done', content: { 'application/json': { schema: answer } } } },
  };
}
