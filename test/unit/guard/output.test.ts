import { describe, expect, test } from 'vitest';
import type { Grant, Manifest } from '../../../shared/manifest.ts';
import { grantedOutput, onlyFields } from '../../../workers/guard/output.ts';

const call = { action: 'crm.contact.read', returns: '["id","company"]' };

function manifest(...grants: Grant[]): Manifest {
  return { grants } as unknown as Manifest;
}

describe('what of an output is granted', () => {
  test('is what was granted when the agent asked, also while there is no live lease', () => {
    expect(grantedOutput(call, null)).toEqual(['id', 'company']);
    expect(grantedOutput({ ...call, returns: null }, null)).toBeUndefined();
  });

  test('is nothing once the grant is gone', () => {
    expect(grantedOutput({ ...call, returns: null }, manifest())).toEqual([]);
  });

  test('shrinks with the grant, and never grows with it', () => {
    const narrower = manifest({ action: 'crm.contact.read', mode: 'read', returns: ['id'] });
    const wider = manifest({ action: 'crm.contact.read', mode: 'read' });
    expect(grantedOutput(call, narrower)).toEqual(['id']);
    expect(grantedOutput({ ...call, returns: null }, narrower)).toEqual(['id']);
    expect(grantedOutput(call, wider)).toEqual(['id', 'company']);
  });
});

describe('keeping only granted fields', () => {
  test('goes by name at any depth and keeps containers for what is left in them', () => {
    const output = {
      total: 2,
      contacts: [
        { id: '1', email: 'ada@acme.example' },
        { id: '2', email: 'bob@acme.example' },
      ],
      owner: { email: 'eve@acme.example' },
      tags: ['a', 'b'],
    };
    expect(onlyFields(output, ['id', 'total'])).toEqual({ total: 2, contacts: [{ id: '1' }, { id: '2' }] });
    expect(onlyFields(output, ['tags'])).toEqual({ contacts: [{}, {}], tags: ['a', 'b'] });
  });
});
