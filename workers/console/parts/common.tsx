import type { Child, FC, PropsWithChildren } from 'hono/jsx';
import { problems, type Problem } from '../../../shared/problems.ts';
import { Text } from './safe-text.tsx';

/** A form that posts to this console. Without `csrf` of the visitor nothing is taken. */
export const Form: FC<PropsWithChildren<{ action: string; csrf: string; class?: string; id?: string }>> = ({
  action,
  csrf,
  children,
  ...rest
}) => (
  <form method="post" action={action} {...rest}>
    <input type="hidden" name="csrf" value={csrf} />
    {children}
  </form>
);

/**
 * A part of a page that is kept up to date while somebody looks, by its id: unique on the page. Of a page that is shown
 * with `live`, these parts alone are swapped; what somebody types into stands outside of them.
 */
export const Live: FC<PropsWithChildren<{ id: string; class?: string }>> = ({ id, children, ...rest }) => (
  <div id={id} data-live="" {...rest}>
    {children}
  </div>
);

/** A time: absolute as the server writes it, and with script how long ago, or until when. */
export const When: FC<{ at: string }> = ({ at }) => (
  <time datetime={at} data-when="">
    {at.slice(0, 19).replace('T', ' ')} UTC
  </time>
);

export type Tone = 'good' | 'bad' | 'warn' | 'calm' | 'plain';

const signs: Readonly<Record<Tone, string>> = { good: '✓', bad: '✕', warn: '!', calm: '…', plain: '' };

/** A state in a word. Its colour says nothing that its sign and its word do not. */
export const Badge: FC<PropsWithChildren<{ tone: Tone }>> = ({ tone, children }) => (
  <span class={`badge ${tone}`}>
    {signs[tone] === '' ? null : <span aria-hidden="true">{signs[tone]} </span>}
    {children}
  </span>
);

/** What was refused, why, and what to do next. */
export const Refused: FC<{ problem: Problem }> = ({ problem }) => {
  const { title, next } = problems[problem.code];
  return (
    <div class="notice bad" role="alert">
      <strong>{title}.</strong> {problem.detail === undefined ? null : <Text of={problem.detail} />}
      {(problem.errors ?? []).map(({ pointer, detail }) => (
        <p>
          <code>
            <Text of={pointer} />
          </code>{' '}
          <Text of={detail} />
        </p>
      ))}
      <p class="muted">{problem.code === 'unauthenticated' ? 'Sign in again.' : next}</p>
    </div>
  );
};

/** Names and values, in two columns where there is room. */
export const Facts: FC<{ of: readonly (readonly [string, Child] | null)[] }> = ({ of }) => (
  <dl class="facts">
    {of
      .filter((fact) => fact !== null)
      .map(([name, value]) => (
        <div>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
  </dl>
);

/** A table; where the screen is narrow, each row is a small list of its own. `empty`: what is said instead of no rows. */
export const Table: FC<{
  caption: string;
  head: readonly string[];
  rows: readonly (readonly Child[])[];
  empty: string;
}> = ({ caption, head, rows, empty }) =>
  rows.length === 0 ? (
    <p class="muted">{empty}</p>
  ) : (
    <div class="scroll" role="region" aria-label={caption} tabindex={0}>
      <table>
        <caption class="unseen">{caption}</caption>
        <thead>
          <tr>
            {head.map((name) => (
              <th scope="col">{name}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((cells) => (
            <tr>
              {cells.map((cell, index) => (
                <td data-label={head[index]}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
