/** The plan of a tool without a description: one read and one execute, to be rewritten. */
import { plural, vendorWord } from './names.ts';
import type { Field, InputField, Planned } from './plan.ts';

/** `vendor` and `origin` as for a description; invented where they are not given. */
export function smallestPlan(
  tool: string,
  given: { vendor?: string | undefined; origin?: string | undefined },
): Planned {
  const vendor = vendorWord(given.vendor ?? tool);
  const origin = originOf(given.origin ?? `https://api.${tool}.example`);
  if (vendor === undefined) return { ok: false, faults: ['--vendor is a word, such as Pipedrive.'] };
  if (origin === undefined)
    return { ok: false, faults: ['--origin is an https origin, such as https://api.vendor.example.'] };
  const id: InputField = { ...textField('id', 1, 40), required: true, place: 'path' };
  const title: InputField = { ...textField('title', 1, 200), required: true, place: 'body' };
  const fields = [textField('id', 1, 40), textField('title', 1, 200)];
  const record = {
    object: 'record',
    path: '/v1/records/{id}',
    status: 200,
    around: {},
    answer: { kind: 'record' as const, fields },
  };
  const shared = { ...record, sensitivity: 'internal' as const };
  return {
    ok: true,
    plan: {
      tool,
      vendor,
      summary: `${plural('record')} at ${vendor}: to be described.`,
      source: `${vendor}, without a description`,
      origin,
      credential: {
        setting: `${vendor.toUpperCase()}_API_KEY`,
        header: 'authorization',
        prefix: 'Bearer ',
        basic: false,
      },
      actions: [
        {
          ...shared,
          name: 'record.read',
          summary: 'Reads one record.',
          mode: 'read',
          method: 'GET',
          input: [id],
          groups: [],
        },
        {
          ...shared,
          name: 'record.update',
          summary: 'Changes one record.',
          mode: 'execute',
          method: 'PATCH',
          input: [{ ...id, sink: 'account' }, title],
          groups: [],
        },
      ],
      review: [
        'Both actions are invented: put the vendor’s own in their place, in the tool and in its simulator.',
      ],
    },
  };
}

function textField(name: string, min: number, max: number): Field {
  return {
    name,
    wire: name,
    type: { kind: 'text', min, max },
    required: false,
    ...(name === 'title' && { personal: 'free-text' as const }),
  };
}

/** The origin of an `https` URL. */
function originOf(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url?.protocol === 'https:' ? url.origin : undefined;
}
