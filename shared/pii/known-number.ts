import { parsePhoneNumberFromString } from 'libphonenumber-js/min';

/** Whether a number with its country's code (`+49…`) can be one, by Google's metadata of all countries. */
export function isKnownNumber(international: string): boolean {
  return parsePhoneNumberFromString(international)?.isValid() ?? false;
}
