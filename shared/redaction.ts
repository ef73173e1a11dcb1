/** What an agent asks about texts of its own, outside any call: placeholders in place of people's data, and a look at what a model wrote. */
import { z } from 'zod';
import { placeholderClasses } from './placeholder.ts';

/** Texts in one ask; the body's size bounds them in all. */
const TEXTS_MAX = 100;

const texts = z
  .array(z.string())
  .min(1)
  .max(TEXTS_MAX)
  .describe('Plain text. Markup and JSON are read as text, too.');

/** `POST /v1/redact`. */
export const redactSchema = z.strictObject({ texts });

/** `POST /v1/redact/check`. */
export const checkSchema = z.strictObject({
  texts,
  allow: z
    .array(z.enum(placeholderClasses))
    .max(placeholderClasses.length)
    .optional()
    .describe('Classes of placeholders that may stand in these texts. Absent: all; empty: none.'),
});
