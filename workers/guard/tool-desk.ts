import { WorkerEntrypoint } from 'cloudflare:workers';
import { checkPerson, roles } from '../../shared/people.ts';
import { released } from '../../shared/released.ts';
import type { Result } from '../../shared/rpc.ts';
import type { ToolDesk as Desk, ToolState } from '../../shared/tool-desk.ts';
import { within } from '../../shared/within.ts';
import { toolBinding, type Env } from './env.ts';

/** A person waits for the page. */
const ABOUT_MS = 1_500;

const BINDING = /^TOOL_([A-Z]+)$/;

/** For the console: how each tool stands. Only the guard is bound to the tools, so it asks them. */
export class ToolDesk extends WorkerEntrypoint<Env> implements Desk {
  async list(credential: string | null): Promise<Result<ToolState[]>> {
    const check = await checkPerson(credential, roles, this.env);
    if (!check.ok) return { ok: false, problem: { code: check.code, detail: check.detail } };
    const tools = Object.keys(this.env).flatMap((name) => BINDING.exec(name)?.[1]?.toLowerCase() ?? []);
    return { ok: true, value: await Promise.all(tools.sort().map(async (tool) => this.#state(tool))) };
  }

  async #state(tool: string): Promise<ToolState> {
    const bound = toolBinding(this.env, tool);
    if (!bound) return { tool, about: null };
    // No answer is told as none: what a tool holds is not guessed.
    return within(ABOUT_MS, bound.about()).then(
      (about) => ({ tool, about: released(about) }),
      () => ({ tool, about: null }),
    );
  }
}
