import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Kernel ticks per second that /proc counts CPU time in; 100 on every Linux that Node runs on. */
const TICKS = 100;

/** What one process has used so far, from /proc. */
export interface Usage {
  cpuMs: number;
  /** Bytes handed to the disk. */
  written: number;
}

export function usageOf(pid: number): Usage {
  // The name in brackets may hold spaces, so the fields are counted after it; utime and stime are 14th and 15th.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  const io = readFileSync(`/proc/${pid}/io`, 'utf8');
  const cpuMs = ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS;
  return { cpuMs, written: Number(/^write_bytes: (\d+)$/m.exec(io)?.[1]) };
}

/** Resident memory in MiB. */
export function residentMiB(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
}

/** Waits until a process rests (under a tenth of a core), so that one case does not pay for the one before. */
export async function quiet(pid: number, atMostMs = 4_000): Promise<void> {
  for (let waited = 0; waited < atMostMs; waited += 200) {
    const before = usageOf(pid).cpuMs;
    await sleep(200);
    if (usageOf(pid).cpuMs - before <= 20) return;
  }
}
