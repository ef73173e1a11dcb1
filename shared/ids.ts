import { ulid } from 'ulid';

/** The kinds of things that carry an id, by prefix. */
export type IdPrefix = 'call' | 'appr' | 'rcpt' | 'lead' | 'inc' | 'tok' | 'ps';

/** A new prefixed ULID such as `call_01JD…`: sorts by time, 80 random bits. */
export function newId(prefix: IdPrefix, now: number): string {
  return `${prefix}_${ulid(now)}`;
}

const shape = /^(call|appr|rcpt|lead|inc|tok|ps)_[0-9A-HJKMNP-TV-Z]{26}$/;

/** Whether text is an id of this kind; anything else is looked up nowhere. */
export function isId(prefix: IdPrefix, text: string): boolean {
  return shape.test(text) && text.startsWith(`${prefix}_`);
}
