import type { Context } from 'hono';
import type { Env } from './env.ts';
import type { Visitor } from './visitor.ts';

/** What every page finds in its context. */
export interface Console {
  Bindings: Env;
  Variables: {
    visitor: Visitor;
    /** Of a POST: its fields, read once and checked to come from a form of this visitor. */
    form: URLSearchParams;
  };
}

/** One request for a page. */
export type Ask = Context<Console>;
