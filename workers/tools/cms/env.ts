import type { ToolEnv } from '../../../shared/tool/define.ts';
import type { HttpVendorEnv } from '../../../shared/tool/http-vendor.ts';

/** In production VENDOR_ORIGIN is the site's own, such as `https://www.acme.example`: each site is a deployment of its own. */
export interface Env extends ToolEnv, HttpVendorEnv {
  /**
   * `user:application password`, of a user for Toolgate alone. Without the right `unfiltered_html` (Author, not Editor, on a
   * single site) WordPress itself takes scripts out of what agents write.
   */
  WORDPRESS_LOGIN?: string;
}
