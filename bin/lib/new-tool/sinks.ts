/** By which fields of an execute harm could leave, told from their names and types: cautious guesses that a person reviews. Pure. */
import type { Group, SinkKind } from '../../../shared/contract.ts';
import { goesOut } from '../../../shared/sink-fields.ts';
import type { ActionPlan, InputField } from './plan.ts';

const accountNames = /(^|_)(id|ids|key|uuid|role|permission|account|campaign|segment|list|channel)$/;
const amountNames = /amount|price|budget|bid|spend|cost|value|total|payout|refund/;

/** The input of an execute with its sinks marked; `undefined`: it goes out, and no field could say what to. */
export function withSinks(input: readonly InputField[], groups: readonly Group[]): InputField[] | undefined {
  const marked = input.map((field) => {
    const sink = sinkOf(field);
    return sink === undefined ? field : { ...field, sink };
  });
  if (!goesOut(groups) || marked.some(({ sink }) => sink !== undefined)) return marked;
  if (marked.some(isSaid)) return marked;
  // One mark too many holds a call back; none at all would let any value go out unseen.
  const named = marked.find(isNaming);
  return named && marked.map((field) => (field === named ? { ...field, sink: 'account' } : field));
}

/** What readers get of it: the free text of an execute that goes out, as paths for `says`. */
export function saidBy({ mode, groups, input }: Pick<ActionPlan, 'mode' | 'groups' | 'input'>): string[] {
  if (mode !== 'execute' || !goesOut(groups)) return [];
  return input.filter(isSaid).map(({ name }) => `input.${name}`);
}

function isSaid({ personal, type }: InputField): boolean {
  return personal === 'free-text' && type.kind === 'text';
}

function sinkOf(field: InputField): SinkKind | undefined {
  const { wire, personal, place } = field;
  const type = innerOf(field);
  const plain = wire.replaceAll(/([a-z])([A-Z])/g, '$1_$2').toLowerCase();
  switch (type.kind) {
    case 'text':
      if (personal === 'email' || personal === 'phone') return 'recipient';
      if (type.format === 'url') return 'link';
      return personal === 'account' ? 'account' : accountOf(plain, place);
    case 'whole':
    case 'number':
      return accountOf(plain, place) ?? (amountNames.test(plain) ? 'amount' : undefined);
    case 'choice':
      return accountOf(plain, place);
    case 'flag':
    case 'list':
      return undefined;
  }
}

/** What stands in the path is the record that is acted on. */
function accountOf(plain: string, place: InputField['place']): SinkKind | undefined {
  return place === 'path' || accountNames.test(plain) ? 'account' : undefined;
}

function isNaming(field: InputField): boolean {
  return ['text', 'choice', 'whole', 'number'].includes(innerOf(field).kind);
}

function innerOf({ type }: InputField): InputField['type'] {
  return type.kind === 'list' ? type.of : type;
}
