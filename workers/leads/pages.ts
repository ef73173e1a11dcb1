/** The few pages that a visitor can see: no script, nothing loaded, everything escaped. */
import { html } from 'hono/html';
import { problems, type Problem } from '../../shared/problems.ts';

type Html = ReturnType<typeof html>;

/** What a page may load: the one thing these need beside their own text is their own style. */
export const pagePolicy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";

/** For sites that name no thank-you page of their own. */
export function thanksPage(): Html {
  return page('Thank you', html`<p>Your message has arrived. Somebody will get back to you.</p>`);
}

/** Why a form was not taken, for a visitor without JavaScript. */
export function problemPage(problem: Problem): Html {
  const { status } = problems[problem.code];
  const faults = (problem.errors ?? []).map(
    ({ pointer, detail }) => html`<li>${pointer.slice(1) || 'The form'} ${detail}</li>`,
  );
  const wait = problem.retryAfter;
  return page(
    'Your message was not sent',
    html`<p>
        ${visitorWords[status] ?? 'Something about this form is not right. Please tell the owner of the site.'}
      </p>
      ${
        faults.length > 0
          ? html`<ul>
              ${faults}
            </ul>`
          : ''
      }
      ${wait === undefined ? '' : html`<p>Please wait ${wait} seconds before you send it again.</p>`}
      <p>Use your browser’s back button to return to the form. Nothing you typed is lost there.</p>`,
  );
}

const visitorWords: Record<number, string> = {
  413: 'It is too long.',
  422: 'Please look at these fields again:',
  429: 'Too many messages came from your network just now.',
  503: 'We could not take it at this moment.',
};

function page(title: string, body: Html): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <title>${title}</title>
        <style>
          body {
            font:
              1.1rem/1.5 system-ui,
              sans-serif;
            max-width: 36rem;
            margin: 15vh auto;
            padding: 0 1.25rem;
            color-scheme: light dark;
          }
        </style>
      </head>
      <body>
        <main>
          <h1>${title}</h1>
          ${body}
        </main>
      </body>
    </html>`;
}
