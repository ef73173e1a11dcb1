import type { FC } from 'hono/jsx';
import { piecesOf } from './odd.ts';

/** Longer texts are folded: nothing from outside pushes what matters out of sight. */
const SHOWN = 600;

/**
 * Any string from outside, on any page: escaped, kept to its own direction of writing, with every character that would
 * not show, or would turn the text around, shown by its code.
 */
export const Text: FC<{ of: string; max?: number }> = ({ of, max = SHOWN }) => {
  if (of === '') return <span class="muted">(empty)</span>;
  const chars = Array.from(of);
  if (chars.length <= max) return <Pieces of={of} />;
  return (
    <details class="long">
      <summary>
        <Pieces of={chars.slice(0, max).join('')} />…{' '}
        <span class="muted">{chars.length - max} characters more</span>
      </summary>
      <Pieces of={chars.slice(max).join('')} />
    </details>
  );
};

const Pieces: FC<{ of: string }> = ({ of }) => (
  <bdi class="text">
    {piecesOf(of).map((piece) =>
      'plain' in piece ? (
        piece.plain
      ) : (
        <span class="odd" title={piece.name}>
          {piece.code}
        </span>
      ),
    )}
  </bdi>
);

/** Any JSON value from outside: members by name, texts as `Text` shows them. */
export const Value: FC<{ of: unknown; depth?: number }> = ({ of, depth = 0 }) => {
  if (typeof of === 'string') return <Text of={of} />;
  if (of === null || of === undefined) return <span class="muted">none</span>;
  if (typeof of !== 'object') return <span class="num">{JSON.stringify(of)}</span>;
  // Deeper than people read; the record of the call has all of it.
  if (depth > 5) return <Text of={JSON.stringify(of)} />;
  const members = Object.entries(of);
  if (members.length === 0)
    return <span class="muted">{Array.isArray(of) ? 'an empty list' : 'nothing'}</span>;
  if (Array.isArray(of)) {
    return (
      <ul class="values">
        {of.map((item) => (
          <li>
            <Value of={item} depth={depth + 1} />
          </li>
        ))}
      </ul>
    );
  }
  return (
    <dl class="values">
      {members.map(([name, item]) => (
        <>
          <dt>
            <Text of={name} max={100} />
          </dt>
          <dd>
            <Value of={item} depth={depth + 1} />
          </dd>
        </>
      ))}
    </dl>
  );
};
