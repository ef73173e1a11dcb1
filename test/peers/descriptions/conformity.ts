/** Whether what was seen conforms, or differs as listed. Pure. */
import { exceptions, type Exception } from './exceptions.ts';

/** One thing that Prism found. */
export interface Violation {
  /** `request.body.limit`; places in lists are `*`. */
  at: string;
  says: string;
}

/** One request of a tool, with its answer. */
export interface Exchange {
  vendor: string;
  /** `GET /campaigns/101`, from the description's base. */
  operation: string;
  status: number;
  violations: Violation[];
}

/** The exceptions of an operation, given as `GET /campaigns/101`. */
function exceptionsOf(vendor: string, operation: string): Exception[] {
  return exceptions.filter((one) => one.vendor === vendor && isOf(one.operation, operation));
}

/** Whether an operation differs in itself, and not only in how its vendor says that it failed. */
export function differs(vendor: string, operation: string): boolean {
  return exceptionsOf(vendor, operation).some((one) => one.operation !== '*');
}

/** What does not conform and is not listed, each once, as lines to read. */
export function unlisted(seen: readonly Exchange[]): string[] {
  return [...new Set(seen.flatMap(faultsOf))].sort();
}

/** Exceptions, place by place, that nothing seen needs any more, as lines to read. */
export function unneeded(seen: readonly Exchange[]): string[] {
  return exceptions.flatMap((exception) =>
    exception.at
      .filter((place) => !seen.some((exchange) => needs(exchange, { ...exception, at: [place] })))
      .map((place) => `${exception.vendor} ${exception.operation}: ${place}`),
  );
}

function faultsOf({ vendor, operation, status, violations }: Exchange): string[] {
  const listed = exceptionsOf(vendor, operation);
  return violations
    .filter((violation) => !listed.some((one) => covers(one, violation, status)))
    .map(({ at, says }) => `${vendor} ${operation} (${status}): ${at}: ${says}`);
}

function needs({ vendor, operation, status, violations }: Exchange, exception: Exception): boolean {
  if (exception.vendor !== vendor || !isOf(exception.operation, operation)) return false;
  return violations.some((violation) => covers(exception, violation, status));
}

function covers(exception: Exception, violation: Violation, status: number): boolean {
  if (exception.status && !exception.status.includes(status)) return false;
  return exception.at.includes(violation.at) && violation.says.includes(exception.says ?? '');
}

/** `GET /a/{id}` against `GET /a/7`, and `* /a/**` against whatever begins so. */
function isOf(template: string, operation: string): boolean {
  if (template === '*') return true;
  const [method, path = ''] = template.split(' ');
  const [askedMethod, askedPath = ''] = operation.split(' ');
  if (method !== '*' && method !== askedMethod) return false;
  const [wanted, parts] = [path.split('/'), askedPath.split('/')];
  if (wanted.at(-1) === '**') return askedPath.startsWith(path.slice(0, -'**'.length));
  return wanted.length === parts.length && wanted.every((part, n) => isSegment(part, parts[n] ?? ''));
}

/** `{id}` is any segment, `act_{id}` one that begins so. */
function isSegment(template: string, part: string): boolean {
  const [begin = '', variable] = template.split('{');
  return variable === undefined ? part === begin : part.startsWith(begin) && part.length > begin.length;
}
