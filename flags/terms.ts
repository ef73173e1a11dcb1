/**
 * The times of the lease protocol, in milliseconds. `skew + pause <= margin` is the assumption that every receipt prints:
 * clocks differ by at most `skew`, and at most `pause` passes between a tool's last look at the clock and the hand-off
 * of its request.
 */
export interface Terms {
  /** L: how long a grant lasts at most. */
  readonly lease: number;
  /** P: how long after its intent a call may start a vendor request. */
  readonly dispatch: number;
  /** M */
  readonly margin: number;
  /** E */
  readonly skew: number;
  /** C */
  readonly pause: number;
  /** Control writes a heartbeat this often while anything is leased. */
  readonly heartbeat: number;
  /** Control looks at its clock at least this often while anything is leased or forming, to notice a step forward. */
  readonly look: number;
}

export const terms: Terms = {
  lease: 5_000,
  dispatch: 2_000,
  margin: 1_000,
  skew: 250,
  pause: 750,
  heartbeat: 1_000,
  look: 1_000,
};

export const assumption =
  `Clocks differ by at most ${terms.skew} ms, and at most ${terms.pause} ms pass between a tool's last look at the ` +
  `clock and the hand-off of its request. Confirmed within ${terms.lease + terms.margin} ms, whatever fails but control itself.`;
