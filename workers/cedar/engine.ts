import {
  initSync,
  policyToJson,
  preparsePolicySet,
  statefulIsAuthorized,
  validate,
} from '@cedar-policy/cedar-wasm/web';
// @ts-expect-error -- The package declares what the running module exports; workerd gives the compiled module itself.
import module from '../../node_modules/@cedar-policy/cedar-wasm/web/cedar_wasm_bg.wasm';

/** The part of real Cedar that is used here, so that tests can bring the same from the package's build for Node. */
export interface Cedar {
  policyToJson: typeof policyToJson;
  validate: typeof validate;
  preparsePolicySet: typeof preparsePolicySet;
  statefulIsAuthorized: typeof statefulIsAuthorized;
}

let started = false;

/** Real Cedar, started by whoever asks first: 0.1 s that no other request should wait for. */
export function cedar(): Cedar {
  if (!started) initSync({ module });
  started = true;
  return { policyToJson, validate, preparsePolicySet, statefulIsAuthorized };
}
