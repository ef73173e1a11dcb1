import { released } from '../../shared/released.ts';
import { within } from '../../shared/within.ts';
import type { Site } from '../../shared/manifest.ts';
import type { Sites } from '../../shared/rpc.ts';

export type SiteAnswer =
  | { kind: 'known'; site: Site }
  /** Control says that there is no such site. */
  | { kind: 'unknown' }
  /** Control did not answer, and this site was never known here. */
  | { kind: 'unreachable' };

/** A site's settings are used for so long before control is asked again. */
const FRESH_MS = 30_000;
/** After no answer, control is left alone for so long. */
const RETRY_MS = 5_000;
/** A visitor waits for control no longer than this; the settings of before will do. */
const PATIENCE_MS = 1_500;

/** A site's settings: from control while it answers, else as they were last known. Intake needs control only once. */
export class SiteConfig {
  readonly #sites: Sites;
  readonly #keep: (site: Site) => void;
  #site: Site | undefined;
  #askAt = 0;
  #asking: Promise<SiteAnswer> | undefined;

  /** `kept`: the settings of before, from storage; `keep` stores new ones. */
  constructor(sites: Sites, kept: Site | undefined, keep: (site: Site) => void) {
    this.#sites = sites;
    this.#site = kept;
    this.#keep = keep;
  }

  /** The settings as last known, without asking anybody. */
  get last(): Site | undefined {
    return this.#site;
  }

  async current(id: string, now: () => number): Promise<SiteAnswer> {
    if (this.#site && now() < this.#askAt) return { kind: 'known', site: this.#site };
    // Many leads at once are one question.
    this.#asking ??= this.#ask(id, now).finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  async #ask(id: string, now: () => number): Promise<SiteAnswer> {
    try {
      const answer = await within(PATIENCE_MS, this.#sites.site(id));
      this.#askAt = now() + FRESH_MS;
      return answer ? this.#learn(released(answer)) : { kind: 'unknown' };
    } catch {
      // Control is down or slow: leads are taken all the same, by the settings of before.
      this.#askAt = now() + RETRY_MS;
      return this.#site ? { kind: 'known', site: this.#site } : { kind: 'unreachable' };
    }
  }

  #learn(site: Site): SiteAnswer {
    if (JSON.stringify(site) !== JSON.stringify(this.#site)) {
      this.#site = site;
      this.#keep(site);
    }
    return { kind: 'known', site };
  }
}
