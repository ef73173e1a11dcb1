/** How many calls met what, in some span of time. A call that waited and then ran is one call, and counts under both. */
export interface PulseCounts {
  /** That arrived. */
  calls: number;
  /** Recorded to run, or shown as a proposal. */
  allowed: number;
  denied: number;
  /** Put before people. */
  waiting: number;
  /** Ended as failed or indeterminate. */
  failed: number;
}

export const pulseCounts = ['calls', 'allowed', 'denied', 'waiting', 'failed'] as const;

export interface PulseMinute extends PulseCounts {
  /** RFC 3339, when the minute began. */
  at: string;
}

/** The gate's calls of the last 60 minutes, as far as the audit log has them: some seconds behind. */
export interface Pulse {
  /** RFC 3339. */
  at: string;
  /** 60, oldest first; the last is the minute that runs. */
  minutes: PulseMinute[];
  /** The last whole minute. */
  lastMinute: PulseCounts;
  /** All that `minutes` holds. */
  hour: PulseCounts;
}

/** How calls of one tool ended in a span of time, as the audit log counted them. */
export interface ToolCounts {
  calls: number;
  denied: number;
  succeeded: number;
  indeterminate: number;
  lapsed: number;
  /** By the reason of the failure, such as `vendor-limited`. */
  failed: Record<string, number>;
}

/** One ended call of a tool. */
export interface ToolOutcome {
  call: string;
  /** RFC 3339. */
  at: string;
  action: string;
  /** `succeeded`, `failed`, `indeterminate` or `lapsed`. */
  outcome: string;
  /** Of one that failed. */
  reason: string | null;
}

/** When a secret was last used, by its name, as far as the journals of this month say. RFC 3339; null: not so. */
export interface SecretRecord {
  name: string;
  /** A vendor request carried it. */
  usedAt: string | null;
  /** It was of no use: missing, empty, or refused by the vendor. */
  refusedAt: string | null;
}

/** What the audit log says of one tool. */
export interface ToolRecord {
  tool: string;
  hour: ToolCounts;
  day: ToolCounts;
  /** The last ones, newest first. */
  last: ToolOutcome[];
  secrets: SecretRecord[];
}
