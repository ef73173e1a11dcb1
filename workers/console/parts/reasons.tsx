import type { FC } from 'hono/jsx';
import type { ReasonCode } from '../../../shared/rpc.ts';

const words: Readonly<Record<ReasonCode, string>> = {
  'as-expected': 'As expected',
  'verified-with-customer': 'Verified with the customer',
  'wrong-target': 'Wrong target',
  'wrong-content': 'Wrong content',
  'wrong-time': 'Wrong time',
  'not-needed': 'Not needed',
  tone: 'Tone',
  'wrong-data': 'Wrong data',
  'out-of-scope': 'Out of scope',
  'over-confident': 'Over-confident',
  'wrong-audience': 'Wrong audience',
  compliance: 'Compliance',
  policy: 'Against a policy',
  suspicious: 'Suspicious',
  other: 'Other: see the note',
};

/** The codes that fit each decision; the desk takes any of them for any. */
export const reasonsOf = {
  approve: ['as-expected', 'verified-with-customer', 'other'],
  reject: [
    'wrong-data',
    'wrong-target',
    'wrong-audience',
    'wrong-content',
    'wrong-time',
    'tone',
    'out-of-scope',
    'over-confident',
    'not-needed',
    'compliance',
    'policy',
    'suspicious',
    'other',
  ],
  modify: [
    'wrong-data',
    'tone',
    'wrong-content',
    'wrong-audience',
    'out-of-scope',
    'over-confident',
    'compliance',
    'other',
  ],
} as const satisfies Record<string, readonly ReasonCode[]>;

/** A reason code in words. */
export function reasonWords(code: ReasonCode): string {
  return words[code];
}

/** A choice of reason codes and a note. Only `as-expected` is chosen beforehand: a refusal or an edit says why. */
export const Reason: FC<{ decision: keyof typeof reasonsOf | 'either'; id: string }> = ({ decision, id }) => (
  <>
    <label for={`${id}-reason`}>Reason</label>
    <select id={`${id}-reason`} name="reason" required>
      {decision === 'approve' ? null : <option value="">Choose one</option>}
      {decision === 'either' ? (
        <>
          <optgroup label="To approve">
            <Codes of={reasonsOf.approve} />
          </optgroup>
          <optgroup label="To reject">
            <Codes of={reasonsOf.reject} />
          </optgroup>
        </>
      ) : (
        <Codes of={reasonsOf[decision]} />
      )}
    </select>
    <label for={`${id}-note`}>
      Note <span class="muted">(if needed)</span>
    </label>
    <input id={`${id}-note`} name="note" maxlength={500} autocomplete="off" />
  </>
);

const Codes: FC<{ of: readonly ReasonCode[] }> = ({ of }) => (
  <>
    {of.map((code) => (
      <option value={code}>{words[code]}</option>
    ))}
  </>
);
