import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type Axe from 'axe-core';
import { chromium, type Browser, type Page } from 'playwright-core';
import { inject } from 'vitest';
import { GateClient } from '../../examples/gate-client.ts';
import { root } from '../harness.ts';
import { findChromium } from './chromium.ts';

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A phone held upright, and a desk. */
export const phone = { width: 390, height: 844 };
const desk = { width: 1280, height: 900 };

export interface Visit {
  page: Page;
  /** What went wrong in the browser so far: errors, what the page's policy blocked, dialogs. */
  wrong: string[];
  /** Goes to a page of the console. */
  go: (path: string) => Promise<void>;
  /** Keeps a picture in `.toolgate/screenshots`, which git ignores. */
  picture: (name: string) => Promise<void>;
  end: () => Promise<void>;
}

/** One browser for one file of tests. */
export class Rig {
  readonly gate = inject('gate');
  readonly #browser: Browser;

  private constructor(browser: Browser) {
    this.#browser = browser;
  }

  static async start(): Promise<Rig> {
    return new Rig(await chromium.launch({ executablePath: findChromium(), args: flags }));
  }

  async end(): Promise<void> {
    await this.#browser.close();
  }

  /** A browser of its own in which nobody is signed in yet. */
  async visit(options: { size?: typeof desk; dark?: boolean; script?: boolean } = {}): Promise<Visit> {
    const context = await this.#browser.newContext({
      viewport: options.size ?? desk,
      colorScheme: options.dark ? 'dark' : 'light',
      javaScriptEnabled: options.script ?? true,
      reducedMotion: 'reduce',
    });
    const page = await context.newPage();
    page.setDefaultTimeout(15_000);
    const wrong: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error') wrong.push(message.text());
    });
    page.on('pageerror', (error) => wrong.push(error.message));
    page.on('dialog', (dialog) => {
      wrong.push(`a dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    return {
      page,
      wrong,
      go: async (path) => {
        await page.goto(`${this.gate.gate}${path}`);
      },
      picture: async (name) => {
        const folder = join(root, '.toolgate/screenshots');
        mkdirSync(folder, { recursive: true });
        await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
      },
      end: async () => context.close(),
    };
  }

  /** A browser in which one of the local people is signed in, by the link that `toolgate console` prints. */
  async signedIn(person: string, options: Parameters<Rig['visit']>[0] = {}): Promise<Visit> {
    const visit = await this.visit({ ...options, script: true });
    await visit.page.goto(this.link(person));
    await visit.page.getByRole('heading', { name: 'Now', level: 1 }).waitFor();
    return visit;
  }

  link(person: string): string {
    return `${this.gate.gate}/console/sign-in#token=${this.gate.people[person]?.token ?? ''}`;
  }

  agent(name: string): GateClient {
    return new GateClient(this.gate.gate, this.gate.agents[name] ?? { client_id: name, client_secret: '' });
  }

  /** Calls the people's API as one of the local people. */
  async ops(person: string, method: string, path: string, body?: unknown): Promise<Response> {
    return fetch(`${this.gate.gate}/ops/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.gate.people[person]?.token ?? ''}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  }

  /** The first record of a kind that the simulated vendor holds. */
  async record(vendor: string, type: string): Promise<string> {
    const answer = await fetch(`${this.gate.gate}/simulator/${vendor}/records/${type}`);
    const [first] = await answer.json<{ id: string }[]>();
    return first?.id ?? '';
  }
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What of WCAG 2.2 A and AA a page breaks, one line each: the rule and where. */
export async function barriers(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: typeof Axe };
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
    const { violations } = await axe.run({ runOnly: { type: 'tag', values: tags } });
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(
        (node) => `${id}: ${node.html.slice(0, 160)} ${node.failureSummary?.split('\n')[1]?.trim() ?? ''}`,
      ),
    );
  });
}

/** Whether a page is wider than the screen. */
export async function overflows(page: Page): Promise<boolean> {
  const width = page.viewportSize()?.width ?? 0;
  return (await page.evaluate<number>('document.documentElement.scrollWidth')) > width;
}
