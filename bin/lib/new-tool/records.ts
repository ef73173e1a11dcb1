/** The kinds of records that a tool's answers show, each once. Pure. */
import type { ActionPlan, Field, ToolPlan } from './plan.ts';

export interface RecordPlan {
  /** A name for its schemas: `deal`, or `dealUpdate` where an action shows other fields. */
  name: string;
  fields: readonly Field[];
}

/** Every record of a tool. */
export function recordsOf({ actions }: ToolPlan): RecordPlan[] {
  const records: RecordPlan[] = [];
  for (const action of actions) {
    const { answer } = action;
    if (answer.kind === 'nothing' || recordOf(action, records)) continue;
    const [object, verb = ''] = action.name.split('.');
    const taken = records.some(({ name }) => name === object);
    const name = taken ? `${object}${verb.charAt(0).toUpperCase()}${verb.slice(1)}` : action.object;
    records.push({ name: reserved.has(name) ? `${name}Record` : name, fields: answer.fields });
  }
  return records;
}

/** Words that a generated file uses itself, or that the language does. */
const reserved = new Set(
  'contract text z personal sink untrusted trusted new delete default function return class import export case switch package public private static this true false null void with enum in if else for while do let const var'.split(
    ' ',
  ),
);

/** The record that an action answers with. */
export function recordOf({ answer }: ActionPlan, records: readonly RecordPlan[]): RecordPlan | undefined {
  if (answer.kind === 'nothing') return undefined;
  const same = JSON.stringify(answer.fields.map(({ wire, type }) => [wire, type.kind]));
  return records.find(
    ({ fields }) => JSON.stringify(fields.map(({ wire, type }) => [wire, type.kind])) === same,
  );
}

/** Fields of the input that are in the path. */
export function pathFields({ input }: ActionPlan): ActionPlan['input'] {
  return input.filter(({ place }) => place === 'path');
}
