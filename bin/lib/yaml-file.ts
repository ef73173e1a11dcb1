import { isMap, isNode, isScalar, LineCounter, parseDocument, type Document } from 'yaml';
import { z } from 'zod';
import type { SourceFile } from './cedar-policies.ts';
import { plainly } from '../../shared/faults.ts';
import { suggestion } from '../../shared/nearest.ts';

export type Path = readonly PropertyKey[];

export interface Fault {
  path: Path;
  detail: string;
}

/**
 * Reads a YAML file strictly and holds it to a schema, then to `check`. Each error goes to `errors` and names file, line,
 * place and remedy. Undefined when it does not even fit the schema.
 */
export function readYaml<S extends z.ZodType>(
  file: SourceFile,
  schema: S,
  errors: string[],
  check: (value: z.output<S>) => Fault[] = () => [],
): z.output<S> | undefined {
  const lines = new LineCounter();
  const document = parseDocument(file.text, { lineCounter: lines, strict: true, uniqueKeys: true });
  const problems = [...document.errors, ...document.warnings];
  if (problems.length > 0) {
    const told = problems.map(
      ({ pos, message }) => `${file.path}:${lines.linePos(pos[0]).line}: ${sayingOf(message)}`,
    );
    errors.push(...told);
    return undefined;
  }
  const value: unknown = document.toJS();
  if (value === null) {
    errors.push(`${file.path}: the file is empty`);
    return undefined;
  }
  const parsed = schema.safeParse(value);
  const faults = parsed.success
    ? check(parsed.data)
    : parsed.error.issues.flatMap((issue) => faultsOf(issue, schema));
  errors.push(...faults.map((fault) => located(file, document, lines, fault)));
  return parsed.success ? parsed.data : undefined;
}

/** Line numbers (from 1) of values in a YAML file that has been read already: first and last of the value at a path. */
export function linesOf(file: SourceFile): (path: Path) => { from: number; to: number } | undefined {
  const lines = new LineCounter();
  const document = parseDocument(file.text, { lineCounter: lines });
  return (path) => {
    const node = document.getIn(path, true);
    if (!isNode(node) || !node.range) return undefined;
    const [start, end] = node.range;
    return { from: lines.linePos(start).line, to: lines.linePos(Math.max(start, end - 1)).line };
  };
}

/** One fault a place. An unknown field is told with those that are known there, and the one that was likely meant. */
function faultsOf(issue: z.core.$ZodIssue, schema: z.ZodType): Fault[] {
  const { path, message } = issue;
  if (issue.code !== 'unrecognized_keys') return [{ path, detail: plainly(message) }];
  const known = fieldsAt(z.toJSONSchema(schema, { io: 'input' }), path);
  return issue.keys.map((key) => {
    return { path: [...path, key], detail: `unknown field "${key}": ${suggestion(key, known)}` };
  });
}

type Json = Record<string, unknown>;

/** Names of the fields that a JSON Schema knows at a path of the data. */
function fieldsAt(schema: Json, path: Path): string[] {
  const place = path.reduce<Json>((json, key) => {
    const own = (json['properties'] as Json | undefined)?.[String(key)];
    return (own ?? json['items'] ?? json['additionalProperties'] ?? {}) as Json;
  }, schema);
  return Object.keys((place['properties'] as Json | undefined) ?? {});
}

function located(file: SourceFile, document: Document, lines: LineCounter, { path, detail }: Fault): string {
  const at = lineOf(document, lines, path);
  const pointer = path.length > 0 ? ` ${path.map(String).join('.')}:` : '';
  return `${file.path}${at === undefined ? '' : `:${at}`}:${pointer} ${detail}`;
}

/** The line of the value, or of the nearest thing around it that is there. */
function lineOf(document: Document, lines: LineCounter, path: Path): number | undefined {
  for (let length = path.length; length > 0; length -= 1) {
    const start = startOf(document, path.slice(0, length));
    if (start !== undefined) return lines.linePos(start).line;
  }
  return undefined;
}

/** Where the key of a value begins, or the value itself where it is an item. */
function startOf(document: Document, path: Path): number | undefined {
  const around = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  if (isMap(around)) {
    const pair = around.items.find(({ key }) => isScalar(key) && key.value === path.at(-1));
    return isScalar(pair?.key) ? pair.key.range?.[0] : undefined;
  }
  const node = document.getIn(path, true);
  return isNode(node) ? node.range?.[0] : undefined;
}

/** The first line of what the parser says, without the place, which is told before it. */
function sayingOf(message: string): string {
  const first = message.split('\n')[0] ?? message;
  return first.replace(/ at line \d+, column \d+:?$/, '');
}
