/**
 * The times of the lease protocol, in milliseconds. `skew + pause <= margin` is the assumption that every receipt prints:
 * clocks differ by at most `skew`, and at most `pause` passes between a tool's last look at the clock and the hand-off
 * of its request.
 */
export const terms = {
  /** L: how long a grant lasts at most. */
  lease: 5_000,
  /** P: how long after its intent a call may start a vendor request. */
  dispatch: 2_000,
  /** M */
  margin: 1_000,
  /** E */
  skew: 250,
  /** C */
  pause: 750,
  /** Control writes a heartbeat this often while anything is leased. */
  heartbeat: 1_000,
} as const;

export const assumption =
  `Clocks differ by at most ${terms.skew} ms, and at most ${terms.pause} ms pass between a tool's last look at the ` +
  `clock and the hand-off of its request. Confirmed within ${terms.lease + terms.margin} ms whatever fails.`;
