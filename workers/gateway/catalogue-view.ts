import type { Group, JsonSchema, KnownAction, Mode, Sensitivity, Undo } from '../../shared/contract.ts';
import type { AgentView } from '../../shared/rpc.ts';
import { lowerMode, scopedMode } from './scopes.ts';

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
    const mode = lowerMode(grant.mode, scopedMode(scopes, grant.action));
    return action && mode ? [viewOf(action, mode, grant.fields, grant.returns)] : [];
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

/** The schema with only the named fields at any depth, as the guard returns only those. */
function narrowOutput(schema: JsonSchema, returns: readonly string[]): JsonSchema {
  const inner = Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [key, narrowPart(key, value, returns)]),
  );
  return keepProperties(inner, (name, child) => returns.includes(name) || holdsProperties(child));
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

/** Whether anything is left inside: then the container stays, although it is not named itself. */
function holdsProperties(schema: unknown): boolean {
  if (!isSchema(schema)) return false;
  if (isSchema(schema['properties'])) return Object.keys(schema['properties']).length > 0;
  const choices = schema['anyOf'] ?? schema['oneOf'];
  return holdsProperties(schema['items']) || (Array.isArray(choices) && choices.some(holdsProperties));
}

function keepProperties(schema: JsonSchema, keep: (name: string, child: unknown) => boolean): JsonSchema {
  if (!isSchema(schema['properties'])) return schema;
  const properties = Object.fromEntries(
    Object.entries(schema['properties']).filter(([name, child]) => keep(name, child)),
  );
  const required = Array.isArray(schema['required'])
    ? schema['required'].filter((name) => Object.hasOwn(properties, String(name)))
    : [];
  const { required: _, ...rest } = schema;
  return { ...rest, properties, ...(required.length > 0 && { required }) };
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
