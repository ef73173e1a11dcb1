import type { FailureReason } from '../../shared/outcome.ts';

/** Why a vendor or its tool did not do it, in our words: a vendor's text never reaches an agent. */
export const failures: Record<FailureReason, string> = {
  'not-found': 'The vendor knows no such record.',
  conflict: 'The vendor has such a record already, or it has changed.',
  changed: 'Somebody has changed it since, so it was left alone.',
  rejected: 'The vendor did not accept the values.',
  'vendor-limited': "The vendor's own limit is reached.",
  credential: "The tool's credential is missing or not accepted; its owner must look.",
  contract: "The vendor's answer was not one that the tool can read; its owner must look.",
  unavailable: 'The vendor gave no usable answer.',
  forgotten: 'What a placeholder stands for is not kept any more: read it again.',
  cancelled: 'A stop called it off.',
  refused: 'The tool refused the dispatch.',
};
