import type { FC } from 'hono/jsx';
import { isId } from '../../../shared/ids.ts';
import { plainOf } from './odd.ts';
import { Text, Value } from './safe-text.tsx';

/** The end of an id, which tells it from its neighbours: ids of the same time begin alike. */
const SHOWN = 6;

/** An agent's name that can stand in a path. What is none is shown and leads nowhere. */
const agentName = /^[a-z][a-z0-9-]{1,62}$/;
const setVersion = /^ps_[0-9a-f]{32}$/;

/** A long id: its end, the whole of it as a title, and with script a button that copies it. */
export const Short: FC<{ of: string; href?: string }> = ({ of, href }) => {
  const text = plainOf(of, 100);
  const code = (
    <code title={text}>
      {text.length > SHOWN + 8 ? `${text.slice(0, text.indexOf('_') + 1)}…${text.slice(-SHOWN)}` : text}
    </code>
  );
  return (
    <span class="id">
      {href === undefined ? code : <a href={href}>{code}</a>}
      <button type="button" class="quiet copy" data-copy={text} aria-label={`Copy ${text}`}>
        copy
      </button>
    </span>
  );
};

/** A call, with the way to its page. */
export const CallId: FC<{ of: string }> = ({ of }) =>
  isId('call', of) ? <Short of={of} href={`/console/calls/${of}`} /> : <Text of={of} max={60} />;

/** An agent, with the way to its page. */
export const AgentName: FC<{ of: string | null }> = ({ of }) => {
  if (of === null) return <span class="muted">not known</span>;
  if (!agentName.test(of)) return <Text of={of} max={60} />;
  return (
    <span class="id">
      <a href={`/console/agents/${of}`}>{of}</a>
    </span>
  );
};

/** A policy set, with the way to its page. `policy`: one of its policies. */
export const SetVersion: FC<{ of: string | null; policy?: string }> = ({ of, policy }) => {
  if (of === null) return <span class="muted">none</span>;
  if (!setVersion.test(of)) return <Text of={of} max={60} />;
  const path = `/console/policies/${of}`;
  if (policy === undefined) return <Short of={of} href={path} />;
  return (
    <a href={`${path}#${encodeURIComponent(`policy-${policy}`)}`}>
      <code>{plainOf(policy, 100)}</code>
    </a>
  );
};

/** A value from outside; an id of a call, an approval or a policy set leads to its page. */
export const Linked: FC<{ of: unknown }> = ({ of }) => {
  if (typeof of !== 'string') return <Value of={of} />;
  if (isId('call', of)) return <CallId of={of} />;
  if (isId('appr', of)) return <Short of={of} href={`/console/approvals/${of}`} />;
  return setVersion.test(of) ? <SetVersion of={of} /> : <Text of={of} />;
};
