import { canonical } from './canonical.ts';
import type { Governance } from './governance.ts';
import type { Manifest } from './manifest.ts';
import { decisions, type Decision } from './rights.ts';
import { widenings } from './widening.ts';

/** What of a change is somebody's right to decide, one short line each. */
export interface Touched {
  decision: Decision;
  what: string[];
}

/**
 * Which decisions a change of policy sets touches; none: it only narrows, or changes nothing but words. What creates an
 * agent may also connect tools and sites, and always widens: it needs each of these rights. Pure.
 */
export function touches(before: Governance | null, after: Governance): Touched[] {
  const was = before?.manifests ?? {};
  const agents = Object.values(after.manifests).map((is) => ({
    is,
    was: Object.hasOwn(was, is.agent) ? was[is.agent] : undefined,
  }));
  const found: Record<Decision, string[]> = {
    'create-agent': agents.filter(({ was }) => !was).map(({ is }) => `agent ${is.agent} is new`),
    'connect-source': agents.flatMap(({ was, is }) => [
      ...gained(was, is, readable, 'may read'),
      ...gained(was, is, writable, 'may write to'),
    ]),
    'connect-site': agents.flatMap(({ was, is }) => gained(was, is, origins, 'takes leads of')),
    widen: widenings(before, after)
      .slice(0, 1)
      .map(() => 'it allows more than before'),
    'change-rights': [
      ...(same(before, after, 'rights') ? [] : ['decision rights or acceptable use change']),
      ...(same(before, after, 'people') ? [] : ['who is who, who is asked, or where they are told changes']),
    ],
  };
  return decisions.flatMap((decision) =>
    found[decision].length > 0 ? [{ decision, what: found[decision] }] : [],
  );
}

function gained(
  was: Manifest | undefined,
  is: Manifest,
  of: (manifest: Manifest) => string[],
  does: string,
): string[] {
  const before = new Set(was ? of(was) : []);
  const now = new Set(of(is).filter((name) => !before.has(name)));
  return [...now].map((name) => `${is.agent} ${does} ${name}`);
}

/** Tools that it gets answers from. */
function readable({ grants, sources = [] }: Manifest): string[] {
  return [...grants.map(toolOf), ...sources];
}

/** Tools that it can have changed. */
function writable({ grants, destinations = [] }: Manifest): string[] {
  return [...grants.filter(({ mode }) => mode !== 'read').map(toolOf), ...destinations];
}

function origins({ sites }: Manifest): string[] {
  return sites.flatMap(({ id, origins }) => [
    `site ${id}`,
    ...origins.map((origin) => `${origin} (site ${id})`),
  ]);
}

function toolOf({ action }: Manifest['grants'][number]): string {
  return action.split('.')[0] ?? '';
}

function same(before: Governance | null, after: Governance, part: 'rights' | 'people'): boolean {
  return canonical(before?.[part] ?? null) === canonical(after[part] ?? null);
}
