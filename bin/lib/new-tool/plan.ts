/** What a new tool will be, before a line of it is written. Plain data. */
import type { Group, PersonalClass, Sensitivity, SinkKind } from '../../../shared/contract.ts';

/** A type that a contract, an agent's input and a policy can all hold. */
export type FieldType =
  | { kind: 'text'; min: number; max: number; format?: 'email' | 'time' | 'date' | 'uuid' | 'url' }
  | { kind: 'choice'; of: readonly string[] }
  | { kind: 'whole' | 'number'; min: number; max: number }
  | { kind: 'flag' }
  | { kind: 'list'; of: FieldType; max: number };

export interface Field {
  /** Our name of it. */
  name: string;
  /** The vendor's. */
  wire: string;
  type: FieldType;
  required: boolean;
  personal?: PersonalClass;
}

export interface InputField extends Field {
  place: 'path' | 'query' | 'body';
  /** Execute: what somebody gets into their hand who chooses its value. */
  sink?: SinkKind;
}

/** What a vendor answers to one request; `in`: the property that holds it, if it is not the whole body. */
export type AnswerPlan =
  | { kind: 'nothing' }
  | { kind: 'record'; in?: string; fields: readonly Field[] }
  | { kind: 'list'; in?: string; fields: readonly Field[]; as: string };

export interface ActionPlan {
  /** `object.verb`. */
  name: string;
  object: string;
  summary: string;
  mode: 'read' | 'execute';
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** From `/`, with `{wire}` for what is filled in. */
  path: string;
  /** Of a success. */
  status: number;
  input: readonly InputField[];
  answer: AnswerPlan;
  /** What stands beside the answer in its body and is not read. */
  around: Readonly<Record<string, unknown>>;
  groups: readonly Group[];
  sensitivity: Sensitivity;
  /** Execute: what a person does instead of an undo. */
  instead?: string;
}

export interface ToolPlan {
  tool: string;
  /** One word, such as `Pipedrive`; in small letters it names the simulator. */
  vendor: string;
  summary: string;
  /** Where it was made from, for the contract's comment. */
  source: string;
  origin: string;
  credential: { setting: string; header: string; prefix: string; basic: boolean };
  actions: readonly ActionPlan[];
  /** What a person has to look at, one line each. */
  review: readonly string[];
}

/** A plan, or why there is none and what to do next, one line each. */
export type Planned = { ok: true; plan: ToolPlan } | { ok: false; faults: readonly string[] };
