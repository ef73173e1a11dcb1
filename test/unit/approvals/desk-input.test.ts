import { describe, expect, it } from 'vitest';
import { inputs, read } from '../../../workers/approvals/desk-input.ts';

describe('what a pre-approval is bound to', () => {
  const made = (where: object) =>
    read(inputs.preApproval, {
      agent: 'lead-router',
      action: 'crm.contact.update',
      where,
      count: 5,
      minutes: 60,
      reason: 'as-expected',
    });

  it.each([{ '/id': '12345678' }, { '/count': 3, '/test': true }, { '/company': null }, {}])(
    'may be %j',
    (where) => {
      expect(made(where)).toMatchObject({ ok: true, value: { where } });
    },
  );

  it.each([
    ['what stands for any value', { '/email': '[email]' }],
    ['an address, which would be kept and shown as it is', { '/email': 'jane@customer.example' }],
    ['an address within words', { '/note': 'write to jane@customer.example' }],
    ['an address as a name of a member', { '/owners/jane@customer.example': true }],
    ['a secret', { '/key': 'sk-abcdefghijklmnop' }],
    ['the whole of an input', { '': 1 }],
    ['what is no pointer', { company: 'Acme' }],
  ])('is not %s', (_, where) => {
    const outcome = made(where);
    expect(outcome).toMatchObject({ ok: false, problem: { code: 'invalid' } });
    expect(JSON.stringify(outcome)).not.toMatch(/Acme|sk-abc|to jane/);
  });
});
