/** What a field or an operation is about, told from its name: cautious guesses that a person reviews. Pure. */
import type { Group, PersonalClass } from '../../../shared/contract.ts';

const personalNames: readonly [RegExp, PersonalClass][] = [
  [/e-?mail/, 'email'],
  [/phone|mobile|fax|^tel$/, 'phone'],
  [/iban|account_?(number|no)|card_?(number|no)|tax_?id|passport|ssn/, 'account'],
  [/address|street|city|postal|postcode|zip|latitude|longitude|birth/, 'address'],
  [
    /^name$|(first|last|full|given|family|middle|display|user|person|owner|contact|author|assignee|nick)_?name/,
    'name',
  ],
  [/note|comment|description|message|^text$|body|content|subject|^title$|bio|about|reason/, 'free-text'],
];

/** Which class of personal data a text field seems to hold, by its name or its format. */
export function personalClassOf(name: string, format?: string): PersonalClass | undefined {
  if (format === 'email') return 'email';
  const plain = name.replaceAll(/([a-z])([A-Z])/g, '$1_$2').toLowerCase();
  return personalNames.find(([pattern]) => pattern.test(plain))?.[1];
}

const groupWords: readonly [RegExp, Group][] = [
  [/delete|remove|archive|purge|trash/, 'delete'],
  [/refund|charge|payment|payout|invoice/, 'refund'],
  [/permission|role|member|invite|password|token/, 'permission'],
  [/publish|post|page|site/, 'publish'],
  [/send|mail|message|sms|broadcast|campaign/, 'send'],
  [/notif|comment|chat/, 'notify'],
  [/budget|bid|spend/, 'budget'],
  [/segment|list|audience|subscri/, 'segment'],
  [/suppress|unsubscri|block/, 'suppress'],
  [/export|download|report/, 'export'],
  [/assign|route|owner|queue/, 'route'],
];

/** What an execute seems to touch. Policies hold back by group, so one too many is safer than one too few. */
export function groupsOf(words: string, method: string, personal: boolean): Group[] {
  const found = groupWords.filter(([pattern]) => pattern.test(words.toLowerCase())).map(([, group]) => group);
  const all = [...found, ...(method === 'DELETE' ? ['delete' as const] : [])];
  return [...new Set([...all, ...(personal ? ['personal-data-sync' as const] : [])])];
}
