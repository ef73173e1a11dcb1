import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { leadKeys, openLead, sealLead, type SealedLead } from '../../../shared/lead-seal.ts';

/** A pair as the two Workers hold it. */
function aPair(): { publicKey: string; privateKey: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    privateKey: JSON.stringify(privateKey.export({ format: 'jwk' })),
    publicKey: JSON.stringify(publicKey.export({ format: 'jwk' })),
  };
}

const mine = aPair();
const about = { site: 'acme-web', lead: 'lead_1', part: 'form' };
const values = { name: 'Ada Example', email: 'ada@acme.example', extra: '{"budget":"open"}' };

describe('a sealed lead', () => {
  test('tells which fields it holds, and nothing of them', () => {
    const sealed = sealLead(mine.publicKey, about, values);
    expect(sealed).toMatchObject({ ...about, fields: ['name', 'email', 'extra'] });
    expect(sealed.sealed).toMatch(/^1\.[0-9a-f]{12}\.[\w-]+$/);
    expect(JSON.stringify(sealed)).not.toMatch(/Ada|ada@|budget/);
  });

  test('opens with the private key', () => {
    const sealed = sealLead(mine.publicKey, about, values);
    expect(openLead(leadKeys(mine.privateKey), sealed)).toEqual({ ok: true, values });
  });

  test('does not open with the public key that sealed it', () => {
    expect(() => leadKeys(mine.publicKey)).toThrow();
  });

  test.each<[string, Partial<SealedLead>]>([
    ['another site', { site: 'other-web' }],
    ['another lead', { lead: 'lead_2' }],
    ['another part', { part: 'call_1' }],
    ['fewer fields', { fields: ['name', 'email'] }],
    ['more fields', { fields: ['name', 'email', 'phone', 'extra'] }],
  ])('does not open as that of %s', (_, change) => {
    const sealed = sealLead(mine.publicKey, about, values);
    expect(openLead(leadKeys(mine.privateKey), { ...sealed, ...change })).toEqual({
      ok: false,
      why: 'not-genuine',
    });
  });

  test.each(['', '1', '1..', '2.x.y', 'not sealed', '1.a.b.c'])('%j is none', (text) => {
    const opened = openLead(leadKeys(mine.privateKey), {
      ...about,
      fields: [],
      sealed: text,
    });
    expect(opened.ok).toBe(false);
  });

  test('of a key that is gone says so, and one sealed before a rotation opens while its key is kept', () => {
    const next = aPair();
    const before = sealLead(mine.publicKey, about, values);
    const both = `[${next.privateKey},${mine.privateKey}]`;
    expect(openLead(leadKeys(both), before)).toEqual({ ok: true, values });
    expect(openLead(leadKeys(both), sealLead(next.publicKey, about, values)).ok).toBe(true);
    expect(openLead(leadKeys(next.privateKey), before)).toEqual({ ok: false, why: 'unknown-key' });
  });

  test('under the id of another key does not open, with either', () => {
    const next = aPair();
    const [sealed, other] = [mine, next].map(({ publicKey }) => sealLead(publicKey, about, values).sealed);
    const mixed = [other?.split('.')[0], other?.split('.')[1], sealed?.split('.')[2]].join('.');
    const both = leadKeys(`[${next.privateKey},${mine.privateKey}]`);
    const fields = ['name', 'email', 'extra'] as const;
    expect(openLead(both, { ...about, fields, sealed: mixed })).toEqual({ ok: false, why: 'not-genuine' });
  });
});

test('a public key that is none is refused before anything is sealed', () => {
  expect(() => sealLead('{}', about, values)).toThrow('no P-256 JWK');
  expect(() => sealLead('', about, values)).toThrow();
});
