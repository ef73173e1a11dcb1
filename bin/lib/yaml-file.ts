import { isNode, LineCounter, parseDocument, type Document } from 'yaml';
import type { z } from 'zod';
import type { SourceFile } from './cedar-policies.ts';

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
      ({ pos, message }) => `${file.path}:${lines.linePos(pos[0]).line}: ${firstLine(message)}`,
    );
    errors.push(...told);
    return undefined;
  }
  const parsed = schema.safeParse(document.toJS());
  const faults = parsed.success
    ? check(parsed.data)
    : parsed.error.issues.map(({ path, message }) => ({ path, detail: message }));
  errors.push(...faults.map((fault) => located(file, document, lines, fault)));
  return parsed.success ? parsed.data : undefined;
}

function located(file: SourceFile, document: Document, lines: LineCounter, { path, detail }: Fault): string {
  const at = lineOf(document, lines, path);
  const pointer = path.length > 0 ? ` ${path.map(String).join('.')}:` : '';
  return `${file.path}${at === undefined ? '' : `:${at}`}:${pointer} ${detail}`;
}

/** The line of the value, or of the nearest thing around it that is there. */
function lineOf(document: Document, lines: LineCounter, path: Path): number | undefined {
  for (let length = path.length; length > 0; length -= 1) {
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
  }
  return undefined;
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? text;
}
