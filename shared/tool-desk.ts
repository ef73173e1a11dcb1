import type { Result } from './rpc.ts';
import type { VendorAbout } from './tool/about.ts';

/** What a tool's Worker says of itself; null members: the tool has no vendor outside. */
export interface ToolAbout {
  tool: string;
  vendor: VendorAbout | null;
}

/** A tool as the guard reaches it; `about` null: its Worker did not answer. */
export interface ToolState {
  tool: string;
  about: ToolAbout | null;
}

/** Guard's entrypoint for the console: the tools. It checks the person itself. */
export interface ToolDesk {
  /** Every tool that is bound, by name. */
  list(credential: string | null): Promise<Result<ToolState[]>>;
}
