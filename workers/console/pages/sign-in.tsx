import { Hono } from 'hono';
import { checkPerson, roles } from '../../../shared/people.ts';
import { Document } from '../parts/layout.tsx';
import { noSessionCookie, seal, sessionCookie, sessionOf } from '../session.ts';
import { endOf } from '../visitor.ts';
import type { Console } from '../asking.ts';
import { ownPath, readForm, seeOther } from './kit.ts';
import { html } from './show.tsx';

/** Sign-in of the sandbox. Elsewhere Cloudflare Access stands in front and there is no such page. */
export const signIn = new Hono<Console>();

signIn.get('/sign-in', async (c) => {
  if (c.env.ENVIRONMENT !== 'sandbox') return c.notFound();
  return html(<SignIn next={ownPath(c.req.query('next') ?? null)} fault={null} />);
});

signIn.post('/sign-in', async (c) => {
  const key = c.env.SESSION_KEY;
  if (c.env.ENVIRONMENT !== 'sandbox' || !key) return c.notFound();
  const form = await readForm(c.req.raw);
  if (!form.ok) return html(<SignIn next="/console" fault={form.problem.detail ?? 'Not readable.'} />, 403);
  const next = ownPath(form.value.get('next'));
  const credential = (form.value.get('token') ?? '').trim();
  const check = credential.length > 3_000 ? null : await checkPerson(credential, roles, c.env);
  if (!check?.ok) return html(<SignIn next={next} fault={check?.detail ?? 'That is no token.'} />, 401);
  const now = Date.now();
  const session = sessionOf(credential, endOf(credential), now);
  const cookie = sessionCookie(await seal(key, session), session, now);
  return seeOther(next, { 'set-cookie': cookie });
});

/** Ends the session of this browser. The token itself lives on: it is the person's. */
export const signOut = new Hono<Console>();
signOut.post('/sign-out', () => seeOther('/console/sign-in', { 'set-cookie': noSessionCookie }));

function SignIn({ next, fault }: { next: string; fault: string | null }) {
  return (
    <Document title="Sign in">
      <main class="alone" id="main">
        <p class="brand">
          <span class="mark" aria-hidden="true"></span>Toolgate
        </p>
        <h1>Sign in to the sandbox</h1>
        {fault === null ? null : (
          <p class="notice bad" role="alert">
            {fault}
          </p>
        )}
        <form method="post" action="/console/sign-in" id="sign-in" data-sign-in="">
          <input type="hidden" name="next" value={next} />
          <label for="token">Your sandbox token</label>
          <input id="token" name="token" type="password" autocomplete="off" required spellcheck={false} />
          <button class="primary">Sign in</button>
        </form>
        <p class="muted">
          <code>toolgate console --as approver</code> prints a link that signs you in. A session lasts twelve
          hours at the most.
        </p>
      </main>
    </Document>
  );
}
