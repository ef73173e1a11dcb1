import type { Refusal, Rule } from '../../shared/meters.ts';

/** What an agent is told of a limit that has no room: which one, what is left, what the call needs, what waiting does. */
export function refusalInWords({ of, rule, asked, left, why, retryAfter }: Refusal): string {
  const named = `${owner(of)}: at most ${ruleInWords(rule)}`;
  if (why === 'currency') return `${named}. This call spends in another currency, which is not converted.`;
  const unit = unitOf(rule, asked);
  const room = `${left} left, and this call needs ${asked} ${unit}`;
  if (why === 'too-much') return `${named}. ${room}: by itself it is past the limit.`;
  return `${named}. ${room}${retryAfter === null ? ': waiting does not bring them back' : ''}.`;
}

/** `30 calls of crm.company.create in any 60 s`. */
export function ruleInWords(rule: Rule): string {
  const { max, per, each, action } = rule;
  const what = rule.kind === 'radius' ? `different ${unitOf(rule, max)}` : unitOf(rule, max);
  const of = action === '*' ? '' : ` of ${action}`;
  const forEach = each === null ? '' : ` for each ${each}`;
  return `${max} ${what}${of}${forEach}${per === null ? ' in all' : ` in any ${span(per)}`}`;
}

/** `RateLimit-Policy` and `RateLimit` of a limit that refused (IETF draft-ietf-httpapi-ratelimit-headers). */
export function refusalHeaders({ of, rule, left, retryAfter }: Refusal): Record<string, string> {
  const name = policyName(of, rule);
  return {
    'ratelimit-policy': `"${name}";q=${rule.max}${rule.per === null ? '' : `;w=${rule.per}`}`,
    ratelimit: `"${name}";r=${left}${retryAfter === null ? '' : `;t=${retryAfter}`}`,
  };
}

/** An agent's own rates are called what they always were. */
function policyName(of: string, { kind, measure }: Rule): string {
  const what = kind === 'rate' ? 'rate' : `${kind}-${measure}`;
  return of === 'agent' ? what : `${of}/${what}`;
}

function owner(of: string): string {
  const [kind, name = ''] = of.split(':');
  if (kind === 'workflow') return `Limit that the agents of the workflow ${name} share`;
  return kind === 'vendor' ? `Limit that all who use the tool ${name} share` : 'Limit of this agent';
}

function unitOf({ measure, currency }: Rule, amount: number): string {
  if (measure === 'spend') return `minor units of ${currency}`;
  return amount === 1 ? measure.slice(0, -1) : measure;
}

function span(seconds: number): string {
  if (seconds === 3_600) return 'hour';
  return seconds === 86_400 ? 'day' : `${seconds} s`;
}
