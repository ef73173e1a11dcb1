import type { Writable } from 'node:stream';
import type { Manifest } from '../../shared/manifest.ts';
import type { Access } from '../lib/client.ts';
import { misuse, option, unanswered, type Command, type Invocation } from '../lib/command.ts';
import { idleGrants, noteUse, useKinds, type GrantUse, type Uses } from '../lib/grant-use.ts';
import { grantedSince, versionsOf, type InForce } from '../lib/granted-since.ts';
import { journalPages, PageRefused } from '../lib/journal-pages.ts';
import { root } from '../lib/local.ts';
import { localManifests, type LocalManifests } from '../lib/manifest-files.ts';
import { printable, type Report } from '../lib/output.ts';
import { recordStart } from '../lib/record-start.ts';
import { sinceOf } from '../lib/since.ts';
import { linesOf } from '../lib/yaml-file.ts';

/** Entries that are looked at for one agent; some 200 pages. Past them the answer says how far it looked. */
const MOST_ENTRIES = 100_000;

export const manifestUnused: Command = {
  name: 'manifest unused',
  summary: 'Grants that no call used for so long, with the lines to take out of the manifests',
  usage: '[--since 30d]',
  examples: ['toolgate manifest unused', 'toolgate manifest unused --since 90d --json'],
  details: [
    '--since   how far back: 30d, 12h, or a time (30d)',
    'The manifests are those of this checkout. A denied call is no use of a grant; one that is held for people is.',
  ],
  options: { since: { type: 'string' } },
  takes: 0,
  person: 'auditor',
  run,
};

async function run({ access, values, now, stderr }: Invocation): Promise<Report> {
  const since = sinceOf(option(values, 'since') ?? '30d', now);
  if (since === undefined)
    return misuse('--since is a span such as 30d or 12h, or a time such as 2026-11-01T00:00:00Z.');
  const local = localManifests(root);
  if (local.errors.length > 0) {
    const lines = local.errors.map((error) => `  ${printable(error)}`);
    return {
      text: `The manifests do not hold:\n${lines.join('\n')}`,
      json: { error: 'invalid', errors: local.errors },
      exit: 1,
    };
  }
  const say = progress(stderr);
  try {
    const start = await recordStart(access, Date.parse(since), now);
    const looks: Look[] = [];
    for (const manifest of Object.values(local.manifests)) {
      looks.push(await look(manifest, (agent) => journalPages(access, useKinds, since, { agent }), say));
    }
    const listed = looks.flatMap(({ idle }) => idle.flatMap((use) => located(use, local)));
    const dated = await withAge(access, listed);
    return reportOf({ since, start, local, idle: dated, cut: looks.some(({ cut }) => cut) });
  } catch (error) {
    if (error instanceof PageRefused) return unanswered(error.answer, access.gate);
    throw error;
  } finally {
    say(null);
  }
}

interface Look {
  idle: GrantUse[];
  /** Whether entries were left that nobody looked at. */
  cut: boolean;
}

/** Looks until each grant is seen in use, or all there is has been looked at. */
async function look(
  manifest: Manifest,
  entriesOf: (agent: string) => ReturnType<typeof journalPages>,
  say: (entries: number) => void,
): Promise<Look> {
  const uses: Uses = new Map();
  let seen = 0;
  for await (const entry of entriesOf(manifest.agent)) {
    noteUse(uses, entry);
    seen += 1;
    say(1);
    if (seen % 100 === 0 && idleGrants([manifest], uses).length === 0) break;
    if (seen >= MOST_ENTRIES) return { idle: idleGrants([manifest], uses), cut: true };
  }
  return { idle: idleGrants([manifest], uses), cut: false };
}

/** Says now and then how far it is; null ends the line on a terminal. */
function progress(stderr: Writable): (entries: number | null) => void {
  const terminal = 'isTTY' in stderr && stderr.isTTY === true;
  const every = terminal ? 500 : 10_000;
  let seen = 0;
  return (entries) => {
    if (entries === null) {
      if (terminal && seen >= every) stderr.write('\n');
      return;
    }
    seen += entries;
    if (seen % every === 0)
      stderr.write(`${terminal ? '\r' : ''}${seen} entries looked at${terminal ? '' : '\n'}`);
  };
}

interface Listed extends GrantUse {
  /** Since when it is granted, RFC 3339; null: that is not known. */
  inForceSince: string | null;
  file: string;
  lines: { from: number; to: number };
  /** As the file has them. */
  text: string;
}

/** A grant that is younger than the record was not used for another reason: it is told since when it is there. */
async function withAge(access: Access, listed: readonly Listed[]): Promise<Listed[]> {
  const agents = [...new Set(listed.map(({ agent }) => agent))];
  const versions = new Map<string, InForce[]>();
  for (const agent of agents) versions.set(agent, await versionsOf(access, agent));
  return listed.map((one) => {
    const own = versions.get(one.agent) ?? [];
    return { ...one, inForceSince: grantedSince(own, one.action, one.granted) };
  });
}

interface Found {
  since: string;
  /** Unix ms; null: nothing is recorded. */
  start: number | null;
  local: LocalManifests;
  idle: readonly Listed[];
  /** Whether entries were left that nobody looked at. */
  cut: boolean;
}

function reportOf({ since, start, local, idle, cut }: Found): Report {
  const grants = Object.values(local.manifests).reduce((sum, manifest) => sum + manifest.grants.length, 0);
  const reachesBack = start === null ? null : new Date(start).toISOString();
  const notes = [
    `${idle.length} of ${grants} grants were not used as far as they go since ${since}.`,
    ...(start === null ? ['Nothing is recorded yet.'] : []),
    ...(start !== null && start > Date.parse(since)
      ? [`The record reaches back to ${reachesBack} only.`]
      : []),
    ...(cut ? [`Only the newest ${MOST_ENTRIES} calls of an agent were looked at.`] : []),
    'Who loses what when you take one out: toolgate manifest diff',
  ];
  return {
    text: [...idle.map((one) => show(one, since)), notes.join('\n')].join('\n\n'),
    json: { since, reachesBack, complete: !cut, grants, unused: idle },
    exit: 0,
  };
}

function located(use: GrantUse, { files }: LocalManifests): Listed[] {
  const file = files.get(use.agent);
  const lines = file && linesOf(file)(['grants', use.index]);
  if (!file || !lines) return [];
  const text = file.text
    .split('\n')
    .slice(lines.from - 1, lines.to)
    .join('\n');
  return [{ ...use, inForceSince: null, file: file.path, lines, text }];
}

function show(
  { agent, action, granted, used, file, lines, text, inForceSince }: Listed,
  since: string,
): string {
  const where = `${file}:${lines.from}${lines.to > lines.from ? `-${lines.to}` : ''}`;
  const young = inForceSince !== null && inForceSince > since;
  // Who has had a grant for a shorter time than was asked about may yet need it: nothing is advised.
  const remedy = young
    ? ` (granted only since ${inForceSince})`
    : used === null
      ? ': take it out'
      : ': lower the mode';
  const what =
    used === null ? `never used ${granted} on ${action}` : `may ${granted} ${action} and only used ${used}`;
  return `${where}  ${agent} ${what}${remedy}\n${printable(text)}`;
}
