/**
 * An example agent: turns a brief into a page and asks two editors to publish it. Deterministic, so that it runs without a
 * model; where a model would write is marked. The gate says what it must not claim, and it writes anew.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parse } from 'yaml';
import { asPost, readPage, type Page } from './content/page.ts';
import { GateClient, type GateAnswer } from './gate-client.ts';

export interface Brief {
  topic: string;
  audience: string;
  points: string[];
  callToAction: { label: string; href: string };
}

/** What a text must not say, as the gate names it. */
export interface Objection {
  claim: string;
  field: string;
  reason: string;
  instead: string;
}

/** What a writer is given: the brief, the style guide, and what its last text claimed and must not. */
export interface Assignment {
  brief: Brief;
  styleGuide: string;
  forbidden: readonly { id: string; phrases: readonly string[]; instead: string }[];
  objections: readonly Objection[];
}

/** Writes a page as JSON text. This is where a model goes; what it returns is held to the schema before anything is done with it. */
export type Writer = (assignment: Assignment) => Promise<string> | string;

/** What became of one brief. */
export interface Written {
  result: 'asked' | 'published' | 'refused' | 'stopped';
  /** How often it was written. */
  drafts: number;
  page: Page | null;
  post: number | null;
  version: string | null;
  /** Of the call that publishes it. */
  call: string;
  approval: string;
  why: string;
}

const DRAFTS_MAX = 3;
const because = (explanation: string) => ({
  goal: 'The brief becomes a page.',
  explanation,
  sources: ['examples/content/brief.yaml', 'examples/content/style-guide.md'],
});

/** Told of each step at once. */
export type Tell = (line: string) => void;

/** Writes a page for a brief, as often as the gate objects to a claim, and asks for its publishing. `run` names this attempt. */
export async function writePage(
  gate: GateClient,
  brief: Brief,
  { writer = fromTemplate, run, tell = () => undefined }: { writer?: Writer; run: string; tell?: Tell },
): Promise<Written> {
  const styleGuide = readFileSync(join(import.meta.dirname, 'content/style-guide.md'), 'utf8');
  const forbidden = await forbiddenClaims(gate);
  let objections: Objection[] = [];
  for (let drafts = 1; ; drafts += 1) {
    const read = readPage(await writer({ brief, styleGuide, forbidden, objections }));
    if (!read.ok) return ended({ drafts, why: `what was written is no page: ${read.faults.join('; ')}` });
    const answer = await gate.call('cms.post.draft', asPost(read.page), {
      mode: 'execute',
      key: `draft-${run}-${drafts}`,
      because: because(`The brief asks for "${brief.topic}".`),
    });
    if (answer.status === 200) return publish(gate, read.page, answer, { drafts, run, tell });
    objections = (answer.body['claims'] ?? []) as Objection[];
    if (objections.length === 0 || drafts === DRAFTS_MAX) return ended({ drafts, ...refusal(answer) });
    for (const { claim, reason, instead } of objections)
      tell(`the gate objects to ${claim}: ${reason} ${instead}`);
  }
}

/** What the manifest forbids to claim: a writer that knows it beforehand is objected to less often. */
async function forbiddenClaims(gate: GateClient): Promise<Assignment['forbidden']> {
  const me = await gate.get('/v1/me');
  const claims = me.body['claims'] as { forbidden: Assignment['forbidden'] } | undefined;
  return claims?.forbidden ?? [];
}

async function publish(
  gate: GateClient,
  page: Page,
  drafted: GateAnswer,
  { drafts, run, tell }: { drafts: number; run: string; tell: Tell },
): Promise<Written> {
  const { post, version } = drafted.body['output'] as { post: number; version: string };
  tell(`draft ${post} is written: "${page.title}"`);
  const answer = await gate.call(
    'cms.post.publish',
    { post, version },
    { mode: 'execute', key: `publish-${run}`, because: because('The draft is ready, in just this version.') },
  );
  const waits = answer.status === 202;
  const how = waits ? ({ result: 'asked', why: 'two editors have to agree' } as const) : refusal(answer);
  const published = answer.status === 200 ? ({ result: 'published', why: '' } as const) : how;
  const { call = '', approval = '' } = answer.body as { call?: string; approval?: string };
  return ended({ ...published, drafts, page, post, version, call, approval });
}

function refusal({ status, body }: GateAnswer): Pick<Written, 'result' | 'why'> {
  const { detail, title } = body as { detail?: string; title?: string };
  return { result: status === 423 || status === 503 ? 'stopped' : 'refused', why: detail ?? title ?? '' };
}

function ended(known: Partial<Written> & { drafts: number; why: string }): Written {
  return { result: 'refused', page: null, post: null, version: null, call: '', approval: '', ...known };
}

/**
 * The writer of this example: the brief's points as paragraphs. What was objected to it leaves out, and says what the gate
 * suggests instead as a note to the editor would: not at all. A model would write this; the gate does not care who did.
 */
export function fromTemplate({ brief, objections, forbidden }: Assignment): string {
  const objected = forbidden.filter(({ id }) => objections.some(({ claim }) => claim === id));
  const words = objected
    .flatMap(({ phrases }) => phrases)
    .map((phrase) => phrase.replaceAll('*', '').split(' ')[0] ?? '');
  const isFine = (point: string): boolean =>
    !words.some((word) => point.toLowerCase().includes(word.toLowerCase()));
  const page: Page = { title: brief.topic, body: brief.points.filter(isFine), cta: brief.callToAction };
  return JSON.stringify(page);
}

/** The brief of the example. */
export function exampleBrief(): Brief {
  return parse(readFileSync(join(import.meta.dirname, 'content/brief.yaml'), 'utf8')) as Brief;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const local = JSON.parse(readFileSync(join(import.meta.dirname, '../.toolgate/local.json'), 'utf8')) as {
    gate: string;
    agents: Record<string, { client_id: string; client_secret: string }>;
  };
  const credentials = local.agents['content-writer'];
  if (!credentials) throw new Error('.toolgate/local.json knows no content-writer: run `npm start` first');
  const gate = new GateClient(local.gate, credentials);
  const tell = (line: string): void => console.log(line);
  const written = await writePage(gate, exampleBrief(), { run: String(Date.now()), tell });
  console.log(`${written.result} ${written.call} ${written.why}`);
}
