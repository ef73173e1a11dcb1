import type { PolicyJson } from '../governance.ts';
import type { PolicyVocabulary } from './schema.ts';
import type { Attribute, RecordShape, Shape } from './shape.ts';

/** What entities a policy may name. */
export interface Names {
  agents: ReadonlySet<string>;
  workflows: ReadonlySet<string>;
}

type Node = Record<string, unknown>;

/**
 * What real Cedar's validator lets pass and Toolgate does not, in one policy: anything outside the subset that guards
 * evaluate, attributes that no action has (a misspelt `has` would quietly never hold), values that a field cannot take,
 * agents and workflows that do not exist, and approvals in any but the one form whose meaning only grows.
 * Returns the faults, each with its remedy; none means that it may be applied.
 */
export function checkPolicy(json: PolicyJson, words: PolicyVocabulary, names: Names): string[] {
  const walk = new Walk(json, words, names);
  walk.scopes();
  for (const condition of json.conditions) {
    if (!(json.effect === 'forbid' && isApprovalClause(condition))) walk.expression(condition.body);
  }
  return [...new Set(walk.faults)];
}

/** Just `unless { context.approvals >= 1 }`, or 2. */
export function isApprovalClause({ kind, body }: PolicyJson['conditions'][number]): boolean {
  const [operator, sides] = entry(body);
  if (kind !== 'unless' || operator !== '>=') return false;
  const { left, right } = sides as { left?: unknown; right?: unknown };
  const needed = entry(right)[1];
  return pathOf(left)?.join('.') === 'context.approvals' && (needed === 1 || needed === 2);
}

const binary = ['==', '!=', '<', '<=', '>', '>=', '&&', '||', '+', '-', '*', 'in'] as const;
const ofSets = ['contains', 'containsAll', 'containsAny'] as const;
const twoSided: ReadonlySet<string> = new Set([...binary, ...ofSets]);
const oneSided: ReadonlySet<string> = new Set(['!', 'neg', 'isEmpty']);

class Walk {
  readonly faults: string[] = [];
  readonly #json: PolicyJson;
  readonly #words: PolicyVocabulary;
  readonly #names: Names;
  readonly #contexts: RecordShape[];

  constructor(json: PolicyJson, words: PolicyVocabulary, names: Names) {
    this.#json = json;
    this.#words = words;
    this.#names = names;
    this.#contexts = concerned(json.action as Node, words).map((name) => contextOf(words, name));
  }

  scopes(): void {
    for (const scope of [this.#json.principal, this.#json.resource] as Node[]) {
      this.#entity(scope['entity']);
      this.#entity((scope['in'] as Node | undefined)?.['entity']);
    }
  }

  expression(json: unknown): void {
    const [operator, value] = entry(json);
    if (twoSided.has(operator)) return this.#two(operator, value as { left: unknown; right: unknown });
    if (oneSided.has(operator)) return this.expression((value as Node)['arg']);
    switch (operator) {
      case 'Value':
        return this.#literal(value);
      case 'Var':
        return;
      case '.':
      case 'has':
        return this.#attribute(json);
      case 'like':
        return this.expression((value as Node)['left']);
      case 'is':
        return this.#is(value as Node);
      case 'if-then-else':
        return ['if', 'then', 'else'].forEach((part) => this.expression((value as Node)[part]));
      case 'Set':
        return (value as unknown[]).forEach((item) => this.expression(item));
      case 'Record':
        return Object.values(value as Node).forEach((item) => this.expression(item));
      default:
        this.faults.push(
          `uses \`${operator}\`, which guards do not evaluate: write it with the operators of docs/policy.md`,
        );
    }
  }

  #two(operator: string, { left, right }: { left: unknown; right: unknown }): void {
    this.expression(left);
    this.expression(right);
    if (operator === '==' || operator === '!=' || operator === 'contains') {
      this.#possible(left, right);
      this.#possible(right, left);
    }
  }

  #is(node: Node): void {
    this.expression(node['left']);
    if (node['in'] !== undefined) this.expression(node['in']);
  }

  #literal(value: unknown): void {
    if (typeof value === 'number' && !Number.isSafeInteger(value)) {
      this.faults.push('holds an integer beyond 2^53, which its JSON form cannot carry: use a smaller one');
    }
    if (typeof value === 'object' && value !== null) this.#entity((value as Node)['__entity']);
  }

  #entity(json: unknown): void {
    if (json === undefined) return;
    const { type, id } = json as { type: string; id: string };
    const { agents, workflows } = this.#names;
    const known = { Agent: agents, Workflow: workflows, Tool: this.#words.tools }[type];
    if (known && !known.has(id)) {
      this.faults.push(
        `names ${type}::"${id}", which does not exist: use one of ${[...known].sort().join(', ')}`,
      );
    }
  }

  /** A path must start at a variable and exist for at least one action that the policy concerns. */
  #attribute(json: unknown): void {
    const path = pathOf(json);
    if (!path) {
      this.faults.push('reads an attribute of an expression: read it from principal or context directly');
      return;
    }
    if (path.join('.') === 'context.approvals') {
      const form = 'forbid (…) unless { context.approvals >= 1 }';
      this.faults.push(
        `uses context.approvals in another form than \`${form}\` (or 2), as a clause of its own`,
      );
    }
    if (this.#shapes(path).length > 0) return;
    const none = this.#contexts.length === 0 && path[0] === 'context';
    this.faults.push(
      none
        ? 'concerns no action that any tool has: see governance/schema.cedarschema'
        : `names ${path.join('.')}, which no action it concerns has: see governance/schema.cedarschema`,
    );
  }

  /** A text that a field is compared with must be one that the field can hold. */
  #possible(field: unknown, other: unknown): void {
    const path = pathOf(field);
    const shapes = path ? this.#shapes(path) : [];
    const values = shapes.flatMap((shape) => textsOf(shape) ?? []);
    if (!path || values.length === 0 || shapes.some((shape) => textsOf(shape) === undefined)) return;
    for (const text of textLiterals(other)) {
      if (values.includes(text)) continue;
      this.faults.push(
        `compares ${path.join('.')} with "${text}", which it never is: use one of ${[...new Set(values)].join(', ')}`,
      );
    }
  }

  #shapes([variable, ...names]: readonly string[]): Shape[] {
    if (variable === 'principal') return follow([this.#words.principal], names);
    return variable === 'context' ? follow(this.#contexts, names) : [];
  }
}

function follow(from: readonly Shape[], names: readonly string[]): Shape[] {
  return names.reduce<readonly Shape[]>((shapes, name) => {
    return shapes.flatMap((shape) => own(shape, name)?.shape ?? []);
  }, from) as Shape[];
}

function own(shape: Shape, name: string): Attribute | undefined {
  const found = shape.kind === 'record' && Object.hasOwn(shape.attributes, name);
  return found ? shape.attributes[name] : undefined;
}

/** The only texts a field can hold, if that is known. */
function textsOf(shape: Shape): readonly string[] | undefined {
  if (shape.kind === 'set') return textsOf(shape.of);
  return shape.kind === 'string' ? shape.values : undefined;
}

function textLiterals(json: unknown): string[] {
  const [operator, value] = entry(json);
  if (operator === 'Set') return (value as unknown[]).flatMap(textLiterals);
  return operator === 'Value' && typeof value === 'string' ? [value] : [];
}

/** `context.input.name` as its parts; a `has` ends in what it asks for. Undefined when it starts elsewhere. */
function pathOf(json: unknown): string[] | undefined {
  const [operator, value] = entry(json);
  if (operator === 'Var') return [String(value)];
  if (operator !== '.' && operator !== 'has') return undefined;
  const { left, attr } = value as { left: unknown; attr: string | string[] };
  const before = pathOf(left);
  return before && [...before, ...(Array.isArray(attr) ? attr : [attr])];
}

function entry(json: unknown): [string, unknown] {
  if (typeof json !== 'object' || json === null) return ['', undefined];
  return Object.entries(json)[0] ?? ['', undefined];
}

/** Names of the actions that a policy's head admits. */
function concerned(scope: Node, { actions }: PolicyVocabulary): string[] {
  const ids = [scope['entity'], ...((scope['entities'] as unknown[] | undefined) ?? [])].flatMap((json) => {
    return json === undefined ? [] : [(json as { id: string }).id];
  });
  const all = [...actions].map(([name, { groups }]) => ({ name, above: [name, ...groups] }));
  if (scope['op'] === 'All') return all.map(({ name }) => name);
  if (scope['op'] === '==') return all.map(({ name }) => name).filter((name) => ids.includes(name));
  return all.filter(({ above }) => above.some((name) => ids.includes(name))).map(({ name }) => name);
}

function contextOf({ actions }: PolicyVocabulary, name: string): RecordShape {
  return actions.get(name)?.context ?? { kind: 'record', attributes: {} };
}
