import { isNode, LineCounter, parseDocument, type Document } from 'yaml';
import { manifestSchema, type Grant, type Manifest } from '../../shared/manifest.ts';
import { sensitivities, type JsonSchema, type KnownAction } from '../../shared/contract.ts';
import type { SourceFile } from './cedar-policies.ts';

type Catalogue = ReadonlyMap<string, KnownAction>;
type Path = readonly PropertyKey[];

interface Fault {
  path: Path;
  detail: string;
}

/**
 * Reads manifests: strict YAML, the manifest's schema, and only rights that exist in the tools' contracts. Every error names
 * file, line, place and remedy.
 */
export function readManifests(
  files: readonly SourceFile[],
  catalogue: Catalogue,
): { manifests: Record<string, Manifest>; errors: string[] } {
  const errors: string[] = [];
  const read = files.flatMap((file) => {
    const manifest = readManifest(file, catalogue, errors);
    return manifest ? [{ file, manifest }] : [];
  });
  errors.push(...shared(read, ({ agent }) => [`agent "${agent}"`]));
  errors.push(...shared(read, ({ sites }) => sites.map(({ id }) => `site "${id}"`)));
  errors.push(...shared(read, ({ sites }) => sites.map((site) => `key "${site.publishableKey}"`)));
  return { manifests: Object.fromEntries(read.map(({ manifest }) => [manifest.agent, manifest])), errors };
}

function readManifest(file: SourceFile, catalogue: Catalogue, errors: string[]): Manifest | undefined {
  const lines = new LineCounter();
  const document = parseDocument(file.text, { lineCounter: lines, strict: true, uniqueKeys: true });
  const problems = [...document.errors, ...document.warnings];
  if (problems.length > 0) {
    errors.push(
      ...problems.map(
        ({ pos, message }) => `${file.path}:${lines.linePos(pos[0]).line}: ${firstLine(message)}`,
      ),
    );
    return undefined;
  }
  const parsed = manifestSchema.safeParse(document.toJS());
  const faults = parsed.success
    ? checkManifest(parsed.data, file.path, catalogue)
    : parsed.error.issues.map(({ path, message }) => ({ path, detail: message }));
  errors.push(...faults.map((fault) => located(file, document, lines, fault)));
  return parsed.success ? parsed.data : undefined;
}

/** What the schema cannot see: that rights exist, and that the parts of one manifest agree. */
function checkManifest(manifest: Manifest, path: string, catalogue: Catalogue): Fault[] {
  const faults = manifest.grants.flatMap((grant, index) => {
    return checkGrant(grant, manifest, catalogue).map(({ path, detail }) => ({
      path: ['grants', index, ...path],
      detail,
    }));
  });
  if (!path.endsWith(`/${manifest.agent}.yaml`)) {
    faults.push({
      path: ['agent'],
      detail: `the file of "${manifest.agent}" is named ${manifest.agent}.yaml`,
    });
  }
  return [...faults, ...checkTwins(manifest), ...checkLimits(manifest), ...checkRules(manifest)];
}

function checkGrant(grant: Grant, manifest: Manifest, catalogue: Catalogue): Fault[] {
  const action = catalogue.get(grant.action);
  if (!action) {
    return [
      {
        path: ['action'],
        detail: `no tool has "${grant.action}": use one of ${[...catalogue.keys()].join(', ')}`,
      },
    ];
  }
  const faults: Fault[] = [];
  if (action.mode === 'read' && grant.mode !== 'read') {
    faults.push({ path: ['mode'], detail: `${grant.action} only reads: grant it \`read\`` });
  }
  if (sensitivities.indexOf(action.sensitivity) > sensitivities.indexOf(manifest.sensitivity)) {
    const detail = `${grant.action} is ${action.sensitivity}, above this agent's ceiling (${manifest.sensitivity})`;
    faults.push({ path: ['action'], detail: `${detail}: raise \`sensitivity\` or take the grant away` });
  }
  faults.push(...unknownFields('fields', grant.fields, propertiesOf(action.inputSchema)));
  faults.push(...unknownFields('returns', grant.returns, namesIn(action.outputSchema)));
  return faults;
}

function unknownFields(
  key: string,
  named: readonly string[] | undefined,
  known: ReadonlySet<string>,
): Fault[] {
  return (named ?? []).flatMap((field, index) => {
    if (known.has(field)) return [];
    return [{ path: [key, index], detail: `no field "${field}": use one of ${[...known].join(', ')}` }];
  });
}

function checkTwins({ grants }: Manifest): Fault[] {
  return grants.flatMap(({ action }, index) => {
    if (grants.findIndex((other) => other.action === action) === index) return [];
    return [{ path: ['grants', index, 'action'], detail: `${action} is granted twice: keep one grant` }];
  });
}

function checkLimits({ limits, grants }: Manifest): Fault[] {
  return limits.flatMap(({ action }, index) => {
    if (action === '*' || grants.some((grant) => grant.action === action)) return [];
    return [{ path: ['limits', index, 'action'], detail: `${action} is not granted: take the limit away` }];
  });
}

/** A rule routes without anybody looking, so it reaches no further than the agent may. */
function checkRules({ sites, approved }: Manifest): Fault[] {
  return sites.flatMap(({ rules }, site) =>
    rules.flatMap(({ queue }, rule) => {
      if (approved.queues.includes(queue)) return [];
      const path = ['sites', site, 'rules', rule, 'queue'];
      return [{ path, detail: `"${queue}" is not among approved.queues: add it there or use another` }];
    }),
  );
}

interface Read {
  file: SourceFile;
  manifest: Manifest;
}

/** What must be unique over all manifests and is not. */
function shared(read: readonly Read[], namesOf: (manifest: Manifest) => string[]): string[] {
  const first = new Map<string, string>();
  const errors: string[] = [];
  for (const { file, manifest } of read) {
    for (const name of namesOf(manifest)) {
      const other = first.get(name);
      if (other) errors.push(`${file.path}: ${name} is in ${other} too: choose another`);
      else first.set(name, file.path);
    }
  }
  return errors;
}

function located(file: SourceFile, document: Document, lines: LineCounter, { path, detail }: Fault): string {
  const at = lineOf(document, lines, path);
  const pointer = path.length > 0 ? ` ${path.map(String).join('.')}:` : '';
  return `${file.path}${at === undefined ? '' : `:${at}`}:${pointer} ${detail}`;
}

/** The line of the value, or of the nearest thing around it that is there. */
function lineOf(document: Document, lines: LineCounter, path: Path): number | undefined {
  for (let length = path.length; length > 0; length -= 1) {
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
  }
  return undefined;
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? text;
}

function propertiesOf(schema: JsonSchema): Set<string> {
  return new Set(Object.keys((schema['properties'] as JsonSchema | undefined) ?? {}));
}

/** Names of all properties at any depth. */
function namesIn(schema: unknown): Set<string> {
  if (typeof schema !== 'object' || schema === null) return new Set();
  const own = Array.isArray(schema) ? new Set<string>() : propertiesOf(schema as JsonSchema);
  return new Set([...own, ...Object.values(schema).flatMap((part) => [...namesIn(part)])]);
}
