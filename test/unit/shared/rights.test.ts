import { beforeAll, describe, expect, test } from 'vitest';
import { governanceVersion, type Governance } from '../../../shared/governance.ts';
import { barredFaults, rightsFaults } from '../../../shared/rights.ts';
import { touches } from '../../../shared/touches.ts';
import { catalogue } from '../../../workers/tools/catalogue.ts';
import { shipped } from '../policy/ask.ts';

let base: Governance;
beforeAll(async () => void (base = await shipped()));

function changed(change: (content: Omit<Governance, 'version'>) => void): Governance {
  const { version: _, ...content } = structuredClone(base);
  change(content);
  return { version: governanceVersion(content), ...content };
}

function touched(after: Governance, before: Governance | null = base): Record<string, string[]> {
  return Object.fromEntries(touches(before, after).map(({ decision, what }) => [decision, what]));
}

describe('a change touches', () => {
  test('nothing when it narrows or tells better', () => {
    expect(touched(base)).toEqual({});
    expect(touched(changed(({ manifests }) => void (manifests['lead-router']!.limits[0]!.max = 1)))).toEqual(
      {},
    );
    expect(touched(changed(({ manifests }) => void delete manifests['support-agent']))).toEqual({});
  });

  test('the creation of an agent, with all that it is connected to', () => {
    const found = touched(
      base,
      changed(({ manifests }) => void delete manifests['lead-router']),
    );
    expect(found['create-agent']).toEqual(['agent lead-router is new']);
    expect(found['connect-source']).toContain('lead-router may write to crm');
    expect(found['connect-site']?.[0]).toMatch(/^lead-router takes leads of site /);
    expect(found['widen']).toHaveLength(1);
    expect(found['change-rights']).toBeUndefined();
  });

  test('a connection when a tool becomes writable that was only read', () => {
    const found = touched(
      changed(({ manifests }) => {
        const grant = manifests['lead-router']!.grants.find(({ action }) => action.startsWith('enrichment.'));
        grant!.mode = 'propose';
      }),
    );
    expect(found['connect-source']).toEqual(['lead-router may write to enrichment']);
  });

  test('no connection when a tool it writes to already gains an action', () => {
    const before = changed(({ manifests }) => {
      const router = manifests['lead-router']!;
      router.grants = router.grants.filter(({ action }) => action !== 'crm.company.create');
    });
    expect(Object.keys(touched(base, before))).toEqual(['widen']);
  });

  test('a site when one may be posted from elsewhere', () => {
    const found = touched(
      changed(
        ({ manifests }) => void manifests['lead-router']!.sites[0]!.origins.push('https://new.example'),
      ),
    );
    expect(found['connect-site']).toEqual([expect.stringContaining('takes leads of https://new.example')]);
  });

  test('rights, when they are written, changed or taken away', () => {
    const without = changed((content) => void delete content.rights);
    expect(touched(without)['change-rights']).toHaveLength(1);
    expect(touched(base, without)['change-rights']).toHaveLength(1);
    expect(
      touched(changed(({ rights }) => void rights!.barred.groups.push('export')))['change-rights'],
    ).toHaveLength(1);
  });
});

describe('rights', () => {
  test('that only persons hold would lock everybody out one day', () => {
    const rights = structuredClone(base.rights!);
    rights.decisions['change-rights'].approve = ['ida@acme.example'];
    expect(rightsFaults(rights)).toEqual([
      expect.stringContaining('change-rights.approve names persons only'),
    ]);
    expect(rightsFaults(base.rights)).toEqual([]);
    expect(rightsFaults(undefined)).toEqual([]);
  });

  test('bar actions, groups and ceilings for every manifest', () => {
    const rights = structuredClone(base.rights!);
    rights.barred = { actions: ['crm.company.read'], groups: ['route'], above: 'internal' };
    const told = barredFaults(base.manifests['lead-router']!, rights, catalogue).map(({ detail }) => detail);
    expect(told.join('\n')).toMatch(/crm.company.read is barred/);
    expect(told.join('\n')).toMatch(/leads.lead.route \(group route\) is barred/);
    expect(told.join('\n')).toMatch(/confidential is above internal/);
    expect(barredFaults(base.manifests['lead-router']!, undefined, catalogue)).toEqual([]);
  });
});
