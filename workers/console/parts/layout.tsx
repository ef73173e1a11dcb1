import type { Child, FC } from 'hono/jsx';
import type { Role } from '../../../shared/people.ts';
import type { StopsView } from '../../../shared/rpc.ts';
import type { Visitor } from '../visitor.ts';
import { Form, Live, When } from './common.tsx';
import { plainOf } from './odd.ts';
import { Text } from './safe-text.tsx';

/** Pages in the order of the navigation. `key`: after `g`, goes there. */
export const places = [
  { id: 'now', path: '/console', name: 'Now', key: 'n' },
  { id: 'approvals', path: '/console/approvals', name: 'Approvals', key: 'a' },
  { id: 'triage', path: '/console/triage', name: 'Triage', key: 'q' },
  { id: 'calls', path: '/console/calls', name: 'Calls', key: 'c' },
  { id: 'agents', path: '/console/agents', name: 'Agents', key: 'e' },
  { id: 'tools', path: '/console/tools', name: 'Tools', key: 't' },
  { id: 'policies', path: '/console/policies', name: 'Policies', key: 'p' },
  { id: 'leads', path: '/console/leads', name: 'Leads', key: 'l' },
  { id: 'journal', path: '/console/journal', name: 'Journal', key: 'o' },
] as const;
export type Place = (typeof places)[number]['id'];

/** What every page says of the gate, whatever it is about. */
export interface Frame {
  environment: string;
  visitor: Visitor;
  /** Null: control did not answer, and nobody knows. */
  stops: StopsView | null;
  /** Null: approvals did not answer, or this person may not see them. */
  waiting: number | null;
}

export interface Head {
  title: string;
  here: Place | null;
  /**
   * Whether its `Live` parts are kept up to date while somebody looks: as this address shows them, or those of another page
   * (its path), where this one answers a form.
   */
  live?: boolean | string;
}

/** A whole page: who and where one is, what is stopped, what waits, the stop, and the page's own part. */
export const Layout: FC<{ head: Head; frame: Frame; body: Child }> = ({ head, frame, body }) => (
  <Document title={head.title} live={typeof head.live === 'string' ? head.live : ''}>
    <a class="skip" href="#main">
      Skip to the page
    </a>
    <Top frame={frame} />
    <Nav here={head.here} waiting={frame.waiting} />
    <main id="main" tabindex={-1}>
      <Live id="frame-notices">
        <Notices frame={frame} />
      </Live>
      <p id="stale" class="notice warn" role="status" hidden>
        No news from the gate: what you see may be out of date. <a href="">Load it again</a>
      </p>
      {body}
    </main>
    <Keys />
  </Document>
);

/** An HTML document with this console's style and scripts, and nothing else. */
export const Document: FC<{ title: string; live?: string; children?: Child }> = ({
  title,
  live,
  children,
}) => (
  <html lang="en">
    <head>
      <meta charset="utf-8" />
      <title>{plainOf(title)} · Toolgate</title>
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="color-scheme" content="light dark" />
      <link rel="icon" href="/console/assets/icon.svg" />
      <link rel="stylesheet" href="/console/assets/style.css" />
      <script type="module" src="/console/assets/console.js"></script>
    </head>
    <body data-live-page={live || undefined}>{children}</body>
  </html>
);

const Top: FC<{ frame: Frame }> = ({ frame: { environment, visitor, stops } }) => (
  <header class="top">
    <a class="brand" href="/console">
      <span class="mark" aria-hidden="true"></span>Toolgate
    </a>
    <span class={`environment ${environment === 'production' ? 'real' : ''}`}>{environment}</span>
    <div class="who">
      <span class="name">
        <Text of={visitor.email} max={60} />
      </span>
      <span class="muted">{visitor.roles.map(roleName).join(', ')}</span>
    </div>
    {environment === 'sandbox' ? (
      <Form action="/console/sign-out" csrf={visitor.csrf} class="out">
        <button class="quiet">Sign out</button>
      </Form>
    ) : null}
    <a class="button stop" href="/console/stop" accesskey="s">
      <span aria-hidden="true">■ </span>
      {stops?.stops.some(({ target }) => target === 'all') ? 'Stopped' : 'Stop'}
      <span class="unseen"> the gate or a part of it</span>
    </a>
  </header>
);

const Nav: FC<{ here: Place | null; waiting: number | null }> = ({ here, waiting }) => (
  <nav class="places" aria-label="Pages">
    <ul>
      {places.map(({ id, path, name, key }) => (
        <li>
          <a href={path} aria-current={id === here ? 'page' : undefined} data-key={key}>
            {name}
            {id === 'approvals' ? (
              <Live id="frame-waiting">
                {waiting === null || waiting === 0 ? null : <Count of={waiting} />}
              </Live>
            ) : null}
          </a>
        </li>
      ))}
    </ul>
  </nav>
);

const Count: FC<{ of: number }> = ({ of }) => (
  <span class="count">
    {of}
    <span class="unseen"> waiting</span>
  </span>
);

/** What must be seen on every page: stops, and resumes that wait for a second person. */
const Notices: FC<{ frame: Frame }> = ({ frame: { stops } }) => {
  if (!stops) {
    return (
      <p class="notice bad" role="alert">
        <strong>Control does not answer.</strong> Nobody can say what is stopped. Guards let nothing new
        through once their leases run out.
      </p>
    );
  }
  const targets = [...new Set(stops.stops.map(({ target }) => target))];
  return (
    <>
      {targets.length === 0 ? null : (
        <div class="notice stopped" role="status">
          <p>
            <strong>
              <span aria-hidden="true">■ </span>
              {targets.includes('all') ? 'Everything is stopped' : 'Stopped'}
            </strong>
            {targets.includes('all') && targets.length === 1 ? null : (
              <>
                {': '}
                {targets.map((target, index) => (
                  <>
                    {index > 0 ? ', ' : ''}
                    <code>{target}</code>
                  </>
                ))}
              </>
            )}
          </p>
          <a class="button" href="/console/stops">
            Receipts and resume
          </a>
        </div>
      )}
      {stops.resumesWaiting.map(({ target, by, until }) => (
        <div class="notice warn" role="status">
          <p>
            <Text of={by} /> asks to resume <code>{target}</code>: a second person must agree. It lapses{' '}
            <When at={until} />.
          </p>
          <a class="button" href="/console/stops">
            Look
          </a>
        </div>
      ))}
    </>
  );
};

/** Help on keys; opened by `?`. */
const Keys: FC = () => (
  <dialog id="keys" aria-labelledby="keys-title">
    <h2 id="keys-title">Keys</h2>
    <dl class="keys">
      {places.map(({ key, name }) => (
        <div>
          <dt>
            <kbd>g</kbd> <kbd>{key}</kbd>
          </dt>
          <dd>{name}</dd>
        </div>
      ))}
      {[
        ['s', 'Open the stop (it stops nothing yet)'],
        ['j', 'Next in a list'],
        ['k', 'The one before'],
        ['Enter', 'Open it'],
        ['a', 'Approve: opens the form'],
        ['r', 'Reject: opens the form'],
        ['m', 'Modify: opens the form'],
        ['?', 'This help'],
      ].map(([key, what]) => (
        <div>
          <dt>
            <kbd>{key}</kbd>
          </dt>
          <dd>{what}</dd>
        </div>
      ))}
    </dl>
    <form method="dialog">
      <button>Close</button>
    </form>
  </dialog>
);

const roleNames: Readonly<Record<Role, string>> = {
  operator: 'operator',
  approver: 'approver',
  'incident-commander': 'incident commander',
  owner: 'owner',
  auditor: 'auditor (reads only)',
};

/** A role as people call it. */
export function roleName(role: Role): string {
  return roleNames[role];
}
