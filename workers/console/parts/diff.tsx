import type { FC } from 'hono/jsx';
import type { AgentDiff } from '../../../shared/manifest-diff.ts';
import { Text } from './safe-text.tsx';

/** Two texts line by line, as `lineDiff` writes them. A sign before each line says the same as its colour. */
export const Lines: FC<{ of: readonly string[]; label: string }> = ({ of, label }) => (
  <div class="lines" role="region" aria-label={label} tabindex={0}>
    <pre>
      {of.map((line) => (
        <span class={line.startsWith('+ ') ? 'added' : line.startsWith('- ') ? 'gone' : undefined}>
          <Text of={line} max={2_000} />
          {'\n'}
        </span>
      ))}
    </pre>
  </div>
);

/** A text as it is, such as a policy's. */
export const Source: FC<{ of: string; label: string }> = ({ of, label }) => (
  <div class="lines" role="region" aria-label={label} tabindex={0}>
    <pre>
      <Text of={of} max={20_000} />
    </pre>
  </div>
);

/** What a change of a manifest means for its agent, in words. */
export const Changes: FC<{ of: AgentDiff | undefined }> = ({ of }) => {
  if (!of) return <p class="muted">Both say the same.</p>;
  return (
    <div class="grid">
      <Said title="Gains" lines={of.gains} />
      <Said title="Loses" lines={of.loses} />
      <Said title="Is otherwise" lines={of.changes} />
    </div>
  );
};

const Said: FC<{ title: string; lines: readonly string[] }> = ({ title, lines }) => (
  <section class="card" aria-label={title}>
    <h3>{title}</h3>
    {lines.length === 0 ? (
      <p class="muted">nothing</p>
    ) : (
      <ul>
        {lines.map((line) => (
          <li>
            <Text of={line} />
          </li>
        ))}
      </ul>
    )}
  </section>
);
