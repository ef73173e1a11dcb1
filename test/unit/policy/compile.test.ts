import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compileFiles, compileGovernance } from '../../../bin/lib/governance.ts';
import { root, shipped } from './ask.ts';

const manifestPath = 'governance/manifests/lead-router.yaml';
const manifest = readFileSync(join(root, manifestPath), 'utf8');

const permit = `@id("granted")
@reason("Granted.")
permit (principal, action, resource) when { context.granted };
`;

function compile(policies: string, manifests = manifest): string[] {
  const compiled = compileFiles(
    [{ path: manifestPath, text: manifests }],
    [{ path: 'governance/policies/x.cedar', text: policies }],
  );
  return compiled.ok ? [] : compiled.errors;
}

function forbid(rest: string): string {
  return `${permit}\n@id("tried")\n@reason("Tried.")\nforbid ${rest};\n`;
}

// Real Cedar checks the whole set, more than once.
describe('compiling governance', { timeout: 30_000 }, () => {
  test('pins every contract and names its version by its content', async () => {
    const [one, again] = [await shipped(), await shipped()];
    expect(one.version).toMatch(/^ps_[0-9a-f]{32}$/);
    expect(again.version).toBe(one.version);
    expect(Object.keys(one.contracts)).toContain('crm.contact.update');
    expect(one.policies.every(({ json }) => json.annotations === undefined)).toBe(true);
  });

  test('a changed word is another version', () => {
    const versions = [permit, permit.replace('Granted.', 'Granted!')].map((text) => {
      const compiled = compileFiles([{ path: manifestPath, text: manifest }], [{ path: 'p.cedar', text }]);
      return compiled.ok && compiled.governance.version;
    });
    expect(new Set(versions).size).toBe(2);
    expect(versions).not.toContain(false);
  });

  test('with nothing to read it is refused, not empty', async () => {
    const compiled = await compileGovernance('/nowhere');
    expect(compiled.ok ? [] : compiled.errors).toEqual([
      expect.stringContaining('governance/manifests: no manifest'),
      expect.stringContaining('governance/policies: no policy'),
    ]);
  });

  test('tells all errors at once, of all files', () => {
    const errors = compile(
      `${forbid('(principal, action, resource) when { context.nope }')} permit (`,
      'agent: x',
    );
    expect(errors.some((error) => error.startsWith(manifestPath))).toBe(true);
    expect(errors.some((error) => error.startsWith('governance/policies/x.cedar'))).toBe(true);
  });
});

describe('a policy is refused, with file, line and remedy, when it', () => {
  test.each([
    [
      'does not parse',
      `${permit}\nforbid (principal, action resource);`,
      /^governance\/policies\/x\.cedar:5:27: unexpected token/,
    ],
    [
      'has no id',
      'permit (principal, action, resource) when { context.granted };',
      /x\.cedar:1:1: needs an annotation @id/,
    ],
    [
      'has no reason',
      '@id("abc")\npermit (principal, action, resource) when { context.granted };',
      /:1:1: needs an annotation @reason/,
    ],
    [
      'has an annotation that nobody reads',
      permit.replace('@reason', '@severity("high") @reason'),
      /unknown annotation @severity: use @id and @reason/,
    ],
    [
      'shares its id',
      permit + permit.replace('Granted', 'Again'),
      /x\.cedar:4:1: @id\("granted"\) is taken by governance\/policies\/x\.cedar:1:1/,
    ],
    ['is a template', permit.replace('(principal,', '(principal == ?principal,'), /template/],
    [
      'misspells an attribute',
      forbid('(principal, action, resource) when { context.explaned }'),
      /x\.cedar:7:\d+: .*explaned.*did you mean `explained`/,
    ],
    [
      'misspells an attribute behind `has`',
      forbid('(principal, action, resource) when { context has confidense && context.mode == "read" }'),
      /context\.confidense, which no action it concerns has/,
    ],
    [
      'asks for an input of another action',
      forbid(
        '(principal, action == Action::"chat.message.post", resource) when { context.mode == "read" || context.input has employees }',
      ),
      /context\.input\.employees, which no action it concerns has/,
    ],
    [
      'reads an optional attribute unasked',
      forbid('(principal, action, resource) when { context.confidence < 70 }'),
      /confidence.*has/s,
    ],
    [
      'compares different types',
      forbid('(principal, action, resource) when { context.mode == 1 }'),
      /x\.cedar:7:/,
    ],
    [
      'compares with a value that is never there',
      forbid('(principal, action, resource) when { context.mode == "excute" }'),
      /context\.mode with "excute", which it never is: use one of read, propose, execute$/m,
    ],
    [
      'asks a set for a value that is never in it',
      forbid('(principal, action, resource) when { principal.environments.contains("prod") }'),
      /never is: use one of sandbox, staging, production/,
    ],
    [
      'names an unknown action',
      forbid('(principal, action == Action::"crm.contact.burn", resource)'),
      /unrecognized action/,
    ],
    [
      'reads the context of an action that no tool has',
      forbid('(principal, action == Action::"crm.contact.burn", resource) when { context.mode == "read" }'),
      /concerns no action that any tool has/,
    ],
    [
      'names an unknown agent',
      forbid('(principal == Agent::"lead-rooter", action, resource)'),
      /Agent::"lead-rooter", which does not exist: use one of lead-router/,
    ],
    [
      'names an unknown workflow in a condition',
      forbid('(principal, action, resource) when { principal in Workflow::"leeds" }'),
      /Workflow::"leeds", which does not exist/,
    ],
    [
      'names an unknown tool',
      forbid('(principal, action, resource == Tool::"crn")'),
      /Tool::"crn", which does not exist/,
    ],
    ['never holds', forbid('(principal, action, resource) when { context.granted && false }'), /impossible/],
    [
      'uses an extension',
      forbid('(principal, action, resource) when { ip("::1").isLoopback() }'),
      /`isLoopback`, which guards do not evaluate/,
    ],
    [
      'holds an integer that JSON would round',
      forbid('(principal, action, resource) when { context.sensitivity > 9007199254740993 }'),
      /beyond 2\^53/,
    ],
    [
      'reads an attribute of an expression',
      forbid('(principal, action, resource) when { (if context.granted then context else context).granted }'),
      /of an expression: read it from principal or context directly/,
    ],
    [
      'wants three approvals',
      forbid('(principal, action, resource) unless { context.approvals >= 3 }'),
      /approvals in another form/,
    ],
    [
      'wants few approvals',
      forbid('(principal, action, resource) unless { context.approvals <= 1 }'),
      /approvals in another form/,
    ],
    [
      'forbids once there are approvals',
      forbid('(principal, action, resource) when { context.approvals >= 1 }'),
      /approvals in another form/,
    ],
    [
      'mixes approvals with something else',
      forbid('(principal, action, resource) unless { context.approvals >= 1 || context.granted }'),
      /approvals in another form/,
    ],
    [
      'permits by approvals',
      `${permit}@id("tried") @reason("Tried.") permit (principal, action, resource) unless { context.approvals >= 1 };`,
      /approvals in another form/,
    ],
  ])('%s', (_, text, error) => {
    expect(compile(text)).toEqual(expect.arrayContaining([expect.stringMatching(error)]));
  });

  test('nests deeper than can be hashed', () => {
    const many = Array.from({ length: 60 }, () => 'context.granted').join(' && ');
    expect(compile(permit.replace('context.granted', many))).toEqual([
      expect.stringMatching(/split the longest condition/),
    ]);
  });

  test('says the same of text with characters of several bytes before it', () => {
    const text = `// größer als 1 €\n${forbid('(principal, action, resource) when { context.user == "ä" || context.explaned }')}`;
    expect(compile(text).some((error) => /x\.cedar:8:\d+: .*explaned/.test(error))).toBe(true);
  });
});

test('each right form of a policy is taken', () => {
  const good = [
    '(principal, action, resource) when { context has user && context.user like "*@acme.example" }',
    '(principal in Workflow::"lead-routing", action in [Action::"publish"], resource)',
    '(principal is Agent, action == Action::"crm.company.create", resource == Tool::"crm") when { context.input has employees && context.input.employees * 2 > 10 } unless { context.approvals >= 2 }',
    '(principal, action, resource) when { ["sandbox"].contains(context.environment) || context.fields.contains("email") }',
  ];
  for (const rest of good) expect(compile(forbid(rest))).toEqual([]);
});

describe('a manifest is refused, with file, line, place and remedy, when it', () => {
  const change = (from: string | RegExp, to: string): string => {
    const changed = manifest.replace(from, to);
    if (changed === manifest) throw new Error(`${String(from)} is not in the manifest`);
    return changed;
  };
  test.each([
    ['is not YAML', () => change('owners:', 'owners: ['), /lead-router\.yaml:\d+: (?!.* at line )/],
    ['is empty', () => '', /lead-router\.yaml: the file is empty$/m],
    [
      'lacks a field',
      () => change(/^retentionDays: .*$/m, ''),
      /lead-router\.yaml: retentionDays: is missing: expected number$/m,
    ],
    [
      'says a thing twice',
      () => `${manifest}\nrisk: low\n`,
      /lead-router\.yaml:\d+: Map keys must be unique/,
    ],
    [
      'has a field that nobody knows',
      () => `${manifest}\nsuperuser: true\n`,
      /:\d+: superuser: unknown field "superuser": use one of agent, version, mission/,
    ],
    [
      'misspells a field',
      () => change('sensitivity:', 'sensitvity:'),
      /:\d+: sensitvity: unknown field "sensitvity": did you mean "sensitivity"\?/,
    ],
    [
      'misspells a field within a list',
      () => change('{ measure: records, max: 500', '{ measure: records, maximum: 5, max: 500'),
      /:\d+: budgets\.1\.maximum: unknown field "maximum": use one of measure, currency, max, per, each, action/,
    ],
    [
      'misspells an action',
      () => change('action: crm.contact.update', 'action: crm.contact.updat'),
      /no tool has "crm\.contact\.updat": did you mean "crm\.contact\.update"\?/,
    ],
    [
      'reads past its sources',
      () => change('sources: [leads, enrichment, crm]', 'sources: [leads, crm]'),
      /grants\.\d+\.action: read goes past `sources`, which has no enrichment: add it there or take the grant away/,
    ],
    [
      'writes past its destinations',
      () => change('destinations: [leads, crm, chat]', 'destinations: [leads, crm]'),
      /grants\.\d+\.action: execute goes past `destinations`, which has no chat/,
    ],
    [
      'reads from a tool that is not there',
      () => change('sources: [leads,', 'sources: [leads, enrichmant,'),
      /sources\.1: there is no tool "enrichmant": did you mean "enrichment"\?/,
    ],
    [
      'budgets what no granted action measures',
      () =>
        change(
          '{ measure: records, max: 20000, per: day }',
          '{ measure: spend, currency: EUR, max: 1, per: day }',
        ),
      /budgets\.0\.measure: the contract of any granted action measures no spend: take it away/,
    ],
    [
      'budgets an action that does not count it',
      () =>
        change(
          'max: 500, per: day, action: crm.contact.update',
          'max: 500, per: day, action: chat.message.post',
        ),
      /budgets\.1\.measure: the contract of chat\.message\.post measures no records: of those granted, leads\.lead\.route, /,
    ],
    [
      'budgets for each campaign what has none',
      () => change('max: 20000, per: day }', 'max: 20000, per: day, each: campaign }'),
      /budgets\.0\.each: the contract of any granted action measures no campaign/,
    ],
    [
      'budgets an action that is not granted',
      () =>
        change(
          'max: 500, per: day, action: crm.contact.update',
          'max: 5, per: day, action: crm.contact.create',
        ),
      /budgets\.1\.action: crm\.contact\.create is not granted: take the budget away/,
    ],
    [
      'bounds a radius that nothing has',
      () => `${manifest}\nradius: [{ of: accounts, max: 1, per: day }]\n`,
      /radius\.0\.of: the contract of no granted action measures accounts/,
    ],
    [
      'budgets a thing twice',
      () => change('max: 500, per: day, action: crm.contact.update', 'max: 500, per: day'),
      /budgets\.1: there is a budget of records per day of \* for all together already: keep the one that is meant/,
    ],
    [
      'budgets the same calls in two currencies',
      () =>
        change(
          '{ measure: records, max: 20000, per: day }',
          '{ measure: spend, currency: EUR, max: 1, per: day }\n  - { measure: spend, currency: USD, max: 1, per: day }',
        ),
      /budgets\.1\.currency: with a budget in EUR on the same calls each refuses what the other admits: keep one/,
    ],
    [
      'limits a thing twice',
      () => change('{ action: leads.lead.route, max: 120', "{ action: '*', max: 120"),
      /limits\.1: there is a limit of \* per 60 s already/,
    ],
    [
      'approves a thing twice',
      () => change('channels: [C0LEADS001]', 'channels: [C0LEADS001, C0LEADS001]'),
      /approved\.channels\.1: "C0LEADS001" is listed twice: keep one/,
    ],
    [
      'approves a nameless thing',
      () => change('channels: [C0LEADS001]', "channels: [C0LEADS001, ' ']"),
      /approved\.channels\.1: names nothing/,
    ],
    ['lacks an owner', () => change(/ {2}technical: .*\n/, ''), /lead-router\.yaml:\d+: owners\.technical:/],
    [
      'grants what no tool has',
      () => change('action: crm.contact.update', 'action: crm.contact.burn'),
      /:\d+: grants\.\d+\.action: no tool has "crm\.contact\.burn": use one of /,
    ],
    [
      'grants more than the action can',
      () => change('action: crm.company.read\n    mode: read', 'action: crm.company.read\n    mode: execute'),
      /grants\.\d+\.mode: crm\.company\.read only reads: grant it `read`/,
    ],
    [
      'grants a thing twice',
      () => change('action: crm.company.read', 'action: crm.company.search'),
      /crm\.company\.search is granted twice/,
    ],
    [
      'grants what is above its ceiling',
      () => change('sensitivity: confidential', 'sensitivity: internal'),
      /is confidential, above this agent's ceiling \(internal\)/,
    ],
    [
      'names a field that is not returned',
      () => change('- interest\n', '- interests\n'),
      /grants\.\d+\.returns\.\d+: no field "interests": did you mean "interest"\?/,
    ],
    [
      'limits what it does not grant',
      () => change('{ action: leads.lead.route', '{ action: crm.contact.create'),
      /limits\.1\.action: crm\.contact\.create is not granted/,
    ],
    [
      'routes by rule to a queue that is not approved',
      () => change('queue: self-serve', 'queue: elsewhere'),
      /sites\.0\.rules\.0\.queue: "elsewhere" is not among approved\.queues/,
    ],
    [
      'is in a zone that is none',
      () => change('Europe/Berlin', 'Europe/Atlantis'),
      /:\d+: hours\.zone: an IANA time zone/,
    ],
    ['closes before it opens', () => change("to: '18:00'", "to: '07:00'"), /hours\.to: later than `from`/],
    [
      'is named unlike its file',
      () => change('agent: lead-router', 'agent: lead-runner'),
      /agent: the file of "lead-runner" is named lead-runner\.yaml/,
    ],
  ])('%s', (_, text, error) => {
    expect(compile(permit, text())).toEqual(expect.arrayContaining([expect.stringMatching(error)]));
  });

  test('shares an agent, a site or a key with another one', () => {
    const file = { path: manifestPath, text: manifest };
    const compiled = compileFiles(
      [file, { ...file, path: 'governance/manifests/b/lead-router.yaml' }],
      [{ path: 'p.cedar', text: permit }],
    );
    const errors = compiled.ok ? [] : compiled.errors;
    for (const what of ['agent "lead-router"', 'site "acme-web"', 'key "pk_acmeweb01"']) {
      expect(errors).toContain(
        `governance/manifests/b/lead-router.yaml: ${what} is in ${manifestPath} too: choose another`,
      );
    }
  });
});
