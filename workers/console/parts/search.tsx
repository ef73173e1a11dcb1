import type { FC } from 'hono/jsx';
import type { Problem } from '../../../shared/problems.ts';
import { Refused } from './common.tsx';

/** One field of a search. `options`: only these. */
export interface Field {
  name: string;
  label: string;
  type?: 'text' | 'datetime-local';
  options?: readonly string[];
  hint?: string;
}

/** A search by GET, so that its address can be shared. `given`: what was asked for. */
export const Search: FC<{ action: string; fields: readonly Field[]; given: Given; label: string }> = ({
  action,
  fields,
  given,
  label,
}) => (
  <details class="card" open={Object.keys(given).length > 0}>
    <summary>{label}</summary>
    <form method="get" action={action} class="search" role="search" aria-label={label}>
      {fields.map((field) => (
        <Input field={field} value={given[field.name] ?? ''} />
      ))}
      <div class="row">
        <button class="primary">Search</button>
        {Object.keys(given).length === 0 ? null : <a href={action}>Clear</a>}
      </div>
    </form>
  </details>
);

const Input: FC<{ field: Field; value: string }> = ({
  field: { name, label, type, options, hint },
  value,
}) => (
  <div>
    <label for={`search-${name}`}>{label}</label>
    {options ? (
      <select id={`search-${name}`} name={name}>
        <option value="">any</option>
        {options.map((option) => (
          <option value={option} selected={option === value}>
            {option}
          </option>
        ))}
      </select>
    ) : (
      <input
        id={`search-${name}`}
        name={name}
        type={type ?? 'text'}
        value={type === 'datetime-local' ? value.slice(0, 16) : value}
        placeholder={hint}
        autocomplete="off"
      />
    )}
  </div>
);

/** What a search was asked for, by name; what is empty is left out. */
export type Given = Record<string, string>;

/**
 * What a page's address asks for, of the names that it knows: texts trimmed, empty ones left out, times without a zone taken
 * for UTC. A name that it does not know is left out, too: pages are linked from everywhere. Pure.
 */
export function givenOf(params: URLSearchParams, names: readonly string[]): Given {
  const pairs = names.flatMap((name): [string, string][] => {
    const value = (params.get(name) ?? '').trim().slice(0, 200);
    return value === '' ? [] : [[name, /^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(value) ? `${value}:00Z` : value]];
  });
  return Object.fromEntries(pairs);
}

/** The way to the next page of the same search. */
export const More: FC<{ action: string; given: Given; next: string | null }> = ({ action, given, next }) =>
  next === null ? null : (
    <p>
      <a class="button" href={`${action}?${new URLSearchParams({ ...given, after: next }).toString()}`}>
        Older
      </a>
    </p>
  );

/** A part of a page whose desk refused or did not answer: it says so, and the rest of the page stands. */
export const Missing: FC<{ what: string; problem: Problem }> = ({ what, problem }) => (
  <section aria-label={what}>
    <h2>{what}</h2>
    <Refused problem={problem} />
  </section>
);
