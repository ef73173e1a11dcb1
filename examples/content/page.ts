/** What the content agent may write: a page as strict JSON. Whatever writes it, a model or a template, is held to this and no more. */
import { z } from 'zod';

/** Plain text: markup is made here, from these fields, so that a writer cannot bring any. */
const line = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .regex(/^[^<>\p{Cc}]+$/u, 'one line of text without < and >');

export const pageSchema = z.strictObject({
  title: line(70).describe('What the page is about, without an exclamation mark.'),
  body: z.array(line(600)).min(1).max(12).describe('Paragraphs, one thought each.'),
  cta: z
    .strictObject({
      label: line(40).describe('What the link says.'),
      href: z
        .url()
        .regex(/^https:\/\/www\.acme\.example\//, 'a page of www.acme.example')
        .describe('Where it leads.'),
    })
    .describe('The one call to action.'),
});

export type Page = z.infer<typeof pageSchema>;

export type PageRead = { ok: true; page: Page } | { ok: false; faults: string[] };

/** Reads what a writer wrote. Anything but exactly the fields of the schema is refused, with the places that do not fit. */
export function readPage(text: string): PageRead {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { ok: false, faults: ['it is no JSON'] };
  }
  const parsed = pageSchema.safeParse(value);
  if (parsed.success) return { ok: true, page: parsed.data };
  return {
    ok: false,
    faults: parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`),
  };
}

/** A page as the CMS takes it. */
export function asPost({ title, body, cta }: Page): { title: string; content: string; excerpt: string } {
  const paragraphs = body.map((text) => `<p>${escaped(text)}</p>`);
  const link = `<p><a href="${escaped(cta.href)}">${escaped(cta.label)}</a></p>`;
  return { title, content: [...paragraphs, link].join(''), excerpt: body[0] ?? '' };
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;');
}
