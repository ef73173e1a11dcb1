import {
  scopedMode,
  type Group,
  type JsonSchema,
  type KnownAction,
  type Mode,
  type Sensitivity,
  type Undo,
} from '../../shared/contract.ts';
import type { AgentView } from '../../shared/rpc.ts';
import { lowerMode } from './scopes.ts';

/** One action as an agent may know it. */
export interface ActionView {
  name: string;
  /** The same in MCP, where names hold no dots. */
  mcpName: string;
  path: string;
  summary: string;
  /** The highest mode that manifest, token and contract all allow. */
  mode: Mode;
  groups: readonly Group[];
  sensitivity: Sensitivity;
  undo: Undo | null;
  input: JsonSchema;
  output: JsonSchema;
}

type Grant = AgentView['grants'][number];

/** The actions that an agent may call with a token of these scopes, narrowed to what its manifest grants. Pure. */
export function grantedActions(
  catalogue: ReadonlyMap<string, KnownAction>,
  grants: readonly Grant[],
  scopes: readonly string[],
): ActionView[] {
  return grants.flatMap((grant) => {
    const action = catalogue.get(grant.action);
    if (!action) return [];
    const mode = lowerMode(action.mode, lowerMode(grant.mode, scopedMode(scopes, grant.action)));
    // Nothing is ever read through an action that executes: a grant to read it grants nothing.
    if (!mode || (mode === 'read') !== (action.mode === 'read')) return [];
    return [viewOf(action, mode, grant.fields, grant.returns)];
  });
}

/** Every action there is, as its contract has it. */
export function allActions(catalogue: ReadonlyMap<string, KnownAction>): ActionView[] {
  return [...catalogue.values()].map((action) => viewOf(action, action.mode, null, null));
}

function viewOf(
  action: KnownAction,
  mode: Mode,
  fields: readonly string[] | null,
  returns: readonly string[] | null,
): ActionView {
  const { name, tool, summary, groups, sensitivity } = action;
  return {
    name,
    mcpName: name.replaceAll('.', '_'),
    path: `/v1/tools/${tool}/${name.slice(tool.length + 1)}`,
    summary,
    mode,
    groups,
    sensitivity,
    undo: action.undo ?? null,
    input: fields
      ? keepProperties(action.inputSchema, (field) => fields.includes(field))
      : action.inputSchema,
    output: returns ? narrowOutput(action.outputSchema, returns) : action.outputSchema,
  };
}

/**
 * The schema of what the guard returns: the named fields, at any depth, and the containers that hold them. A container
 * is never required, as the guard leaves out what came back empty.
 */
function narrowOutput(schema: JsonSchema, returns: readonly string[]): JsonSchema {
  const narrowed = Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [key, narrowPart(key, value, returns)]),
  );
  const kept = keepProperties(narrowed, (name, child) =>
    isContainer(child) ? holdsFields(child) : returns.includes(name),
  );
  return requireOnly(kept, (name, child) => returns.includes(name) && !isContainer(child));
}

function narrowPart(key: string, value: unknown, returns: readonly string[]): unknown {
  if (key === 'properties' && isSchema(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([name, child]) => [
        name,
        isSchema(child) ? narrowOutput(child, returns) : child,
      ]),
    );
  }
  if (key === 'items' && isSchema(value)) return narrowOutput(value, returns);
  if ((key === 'anyOf' || key === 'oneOf') && Array.isArray(value)) {
    return value.map((choice) => (isSchema(choice) ? narrowOutput(choice, returns) : choice));
  }
  return value;
}

/** Whether a schema is of an object, or of several in a list, and so is kept for what is in it. */
function isContainer(schema: unknown): boolean {
  return isSchema(schema) && (isSchema(schema['properties']) || parts(schema).some(isContainer));
}

function holdsFields(schema: unknown): boolean {
  if (!isSchema(schema)) return false;
  const own = isSchema(schema['properties']) && Object.keys(schema['properties']).length > 0;
  return own || parts(schema).some(holdsFields);
}

/** The schemas that a list or a choice is made of. */
function parts(schema: JsonSchema): unknown[] {
  const choices = schema['anyOf'] ?? schema['oneOf'];
  return [...(Array.isArray(choices) ? (choices as unknown[]) : []), schema['items']];
}

function keepProperties(schema: JsonSchema, keep: (name: string, child: unknown) => boolean): JsonSchema {
  if (!isSchema(schema['properties'])) return schema;
  const kept = Object.entries(schema['properties']).filter(([name, child]) => keep(name, child));
  return requireOnly({ ...schema, properties: Object.fromEntries(kept) }, () => true);
}

/** Requires only what is still there and passes. */
function requireOnly(schema: JsonSchema, keep: (name: string, child: unknown) => boolean): JsonSchema {
  const { required: before, properties, ...rest } = schema;
  if (!isSchema(properties) || !Array.isArray(before)) return schema;
  const required = before.filter(
    (name: unknown) =>
      typeof name === 'string' && Object.hasOwn(properties, name) && keep(name, properties[name]),
  );
  return { ...rest, properties, ...(required.length > 0 && { required }) };
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
