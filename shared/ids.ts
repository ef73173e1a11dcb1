import { decodeTime, ulid } from 'ulid';

/** The kinds of things that carry an id, by prefix. */
export type IdPrefix =
  | 'call'
  | 'appr'
  | 'rcpt'
  | 'lead'
  | 'inc'
  | 'incident'
  | 'tok'
  | 'ps'
  | 'drill'
  | 'req'
  | 'hold'
  | 'roll'
  | 'exer'
  | 'pre'
  | 'handoff'
  | 'deleg'
  | 'eras';

/** A new prefixed ULID such as `call_01JD…`: sorts by time, 80 random bits. */
export function newId(prefix: IdPrefix, now: number): string {
  return `${prefix}_${ulid(now, random)}`;
}

/** Random bytes drawn 1,024 at a time: drawing one number at a time costs a call of the gate about 30 µs. */
const pool = new Uint8Array(1_024);
let used = pool.length;

/** A number in [0, 1) from one random byte, of which an ULID uses five bits per letter. */
function random(): number {
  if (used === pool.length) {
    crypto.getRandomValues(pool);
    used = 0;
  }
  const byte = pool[used] ?? 0;
  used += 1;
  return byte / 256;
}

/** When an id was made (Unix ms), by its own word; `NaN` for what holds no time. */
export function timeOf(id: string): number {
  try {
    return decodeTime(id.slice(id.indexOf('_') + 1));
  } catch {
    return NaN;
  }
}

const shape =
  /^(call|appr|rcpt|lead|inc|incident|tok|ps|drill|req|hold|roll|exer|pre|handoff|deleg|eras)_[0-9A-HJKMNP-TV-Z]{26}$/;

/** Whether text is an id of this kind; anything else is looked up nowhere. */
export function isId(prefix: IdPrefix, text: string): boolean {
  return shape.test(text) && text.startsWith(`${prefix}_`);
}
