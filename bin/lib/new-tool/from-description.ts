/** A tool's plan, from the operations that somebody chose of a description. */
import { namesOf, unusedName } from './action-names.ts';
import { answerOf } from './answers.ts';
import { groupsOf } from './classes.ts';
import { credentialOf, serverOf } from './connection.ts';
import { isJson, type Json } from './description.ts';
import { inputOf } from './inputs.ts';
import { plural, vendorWord } from './names.ts';
import { choose, operationsOf, type Operation } from './operations.ts';
import type { ActionPlan, Planned, ToolPlan } from './plan.ts';
import { withSinks } from './sinks.ts';
import { lineOf } from './words.ts';

export interface Wish {
  tool: string;
  /** The vendor's name; absent: the first word of the description's title. */
  vendor?: string | undefined;
  /** `https://…`; absent: the description's first server. */
  origin?: string | undefined;
  operations: readonly string[];
  /** The file's name, for the contract's comment. */
  file: string;
}

/** Plans a tool. Refuses what a contract cannot hold; leaves out what is optional, and tells it. */
export function planFrom(spec: Json, wish: Wish): Planned {
  const info = isJson(spec['info']) ? spec['info'] : {};
  const title = lineOf(info['title']) ?? wish.tool;
  const vendor = vendorWord(wish.vendor ?? title);
  const server = serverOf(spec, wish.origin);
  const chosen = choose(operationsOf(spec), wish.operations);
  const faults = [
    ...(vendor === undefined ? ['The description names no vendor: give --vendor Name.'] : []),
    ...(server.ok ? [] : [server.fault]),
    ...(chosen.ok ? [] : chosen.faults),
  ];
  if (vendor === undefined || !server.ok || !chosen.ok) return { ok: false, faults };
  const review: string[] = [];
  const credential = credentialOf(spec, vendor, review);
  const actions: ActionPlan[] = [];
  for (const operation of chosen.operations) {
    const planned = actionOf(spec, operation, server.base, actions, review);
    if (typeof planned === 'string') faults.push(`${operation.id}: ${planned}`);
    else actions.push(planned);
  }
  if (faults.length > 0) return { ok: false, faults };
  const source = `${title} ${lineOf(info['version']) ?? ''}`.trim();
  const plan: ToolPlan = {
    tool: wish.tool,
    vendor,
    summary: `${source}: ${[...new Set(actions.map(({ object }) => plural(object)))].join(', ')}.`,
    source: `${source}, from ${lineOf(wish.file)}`,
    origin: server.origin,
    credential,
    actions: inverses(unified(actions, review)),
    review,
  };
  const empty = plan.actions.filter(({ answer }) => answer.kind !== 'nothing' && answer.fields.length === 0);
  if (empty.length === 0) return { ok: true, plan };
  const names = empty.map(({ name }) => name).join(', ');
  return {
    ok: false,
    faults: [`${names}: its fields have other types than in the actions before it. Choose fewer operations.`],
  };
}

/** One action; or why it cannot be one. */
function actionOf(
  spec: Json,
  operation: Operation,
  base: string,
  before: readonly ActionPlan[],
  review: string[],
): ActionPlan | string {
  const input = inputOf(spec, operation);
  if (typeof input === 'string') return input;
  const answered = answerOf(spec, operation);
  if (typeof answered === 'string') return answered;
  const { object, verb } = namesOf(operation, answered.answer.kind === 'list');
  const name = unusedName(object, verb, before);
  const mode = operation.method === 'GET' ? 'read' : 'execute';
  const personal = input.fields.some((field) => field.personal !== undefined);
  const shown = answered.answer.kind === 'nothing' ? [] : answered.answer.fields;
  const groups =
    mode === 'read' ? [] : groupsOf(`${operation.id} ${operation.path}`, operation.method, personal);
  const fields = mode === 'read' ? input.fields : withSinks(input.fields, groups);
  if (fields === undefined) return `is in ${groups.join(', ')}, and takes nothing that says what it goes to`;
  const notes = [...input.notes, ...answered.notes];
  if (operation.method === 'POST' && /search|query|find/i.test(operation.path))
    notes.push('a POST is taken for a change; if it only searches, make it a read with `changes: false`');
  if (groups.includes('send'))
    notes.push(
      'it sends: say under `measures` whom, and look consent up as a fact, or no policy counts them',
    );
  review.push(...notes.map((note) => `${name}: ${note}`));
  return {
    name,
    object,
    summary: summaryOf(operation, name),
    mode,
    method: operation.method,
    path: `${base}${operation.path}`,
    status: answered.status,
    input: fields,
    answer: answered.answer,
    around: answered.around,
    groups,
    sensitivity: personal || shown.some((field) => field.personal) ? 'confidential' : 'internal',
  };
}

function summaryOf({ json, id }: Operation, name: string): string {
  const said = lineOf(json['summary']) ?? lineOf(json['description']) ?? id;
  const line = said.length > 10 ? said : `${said} (${name})`;
  return /[.!?]$/.test(line) ? line : `${line}.`;
}

/** One record of the simulator serves all actions on an object, so a field has one type in all of them: the first one's. */
function unified(actions: readonly ActionPlan[], review: string[]): ActionPlan[] {
  const known = new Map<string, string>();
  return actions.map((action) => {
    const { answer, object } = action;
    if (answer.kind === 'nothing') return action;
    const fields = answer.fields.filter((field) => {
      const key = `${object} ${field.wire}`;
      const type = field.type.kind;
      const first = known.get(key) ?? type;
      known.set(key, first);
      if (first !== type)
        review.push(`${action.name}: ${field.wire} is not shown: another action has it in another type`);
      return first === type;
    });
    return { ...action, answer: { ...answer, fields } };
  });
}

/** A create whose record another action deletes says so, for the person who has to take it back. */
function inverses(actions: readonly ActionPlan[]): ActionPlan[] {
  return actions.map((action) => {
    const way = actions.find((other) => other.method === 'DELETE' && other.object === action.object);
    return action.name.includes('.create') && way
      ? { ...action, instead: `Delete it with ${way.name}.` }
      : action;
  });
}

/** Fields that seem personal, for the person who reviews: `email (email)`. */
export function personalOf(plan: ToolPlan): string[] {
  const all = plan.actions.flatMap(({ input, answer }) => [
    ...input,
    ...(answer.kind === 'nothing' ? [] : answer.fields),
  ]);
  return [
    ...new Set(all.filter(({ personal }) => personal).map(({ name, personal }) => `${name} (${personal})`)),
  ].sort();
}
