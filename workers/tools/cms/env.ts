import type { ToolEnv } from '../../../shared/tool/define.ts';
import type { HttpVendorEnv } from '../../../shared/tool/http-vendor.ts';

/** In production VENDOR_ORIGIN is the site's own, such as `https://www.acme.example`: each site is a deployment of its own. */
export interface Env extends ToolEnv, HttpVendorEnv {
  /** `user:application password` of two users for Toolgate alone: one that may edit, which WordPress asks of whoever reads */
  WORDPRESS_READ_LOGIN?: string;
  /**
   * drafts and revisions, but not publish or delete, and one that may. Without the right `unfiltered_html` (Author, not
   * Editor, on a single site) WordPress itself takes scripts out of what agents write.
   */
  WORDPRESS_WRITE_LOGIN?: string;
  /** The folder of the host that WordPress is in, such as `/blog`; empty or not set: the root. */
  WORDPRESS_PATH?: string;
}
