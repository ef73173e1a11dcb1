/**
 * The pages for browsers, under `/console`. Each asks the desks in its visitor's name, and decides nothing.
 *
 * A page is a file here with a Hono app of its own, mounted below, and a line in `places` (parts/layout.tsx) if people go
 * there. It asks with `reach(() => c.env.DESK.method(c.var.visitor.token, …))`, answers with `show` or `showRefused`, shows
 * every string from outside with `<Text of>` or `<Value of>`, wraps what changes in `<Live id>`, and posts with `<Form csrf>`:
 * a POST finds its checked fields in `c.var.form` and answers with `seeOther`.
 */
import { Hono } from 'hono';
import { alike } from './alike.tsx';
import { approval } from './approval.tsx';
import { approvals } from './approvals.tsx';
import { agent } from './agent.tsx';
import { agentList } from './agents.tsx';
import { assets } from './assets.ts';
import type { Console } from '../asking.ts';
import { call } from './call.tsx';
import { calls } from './calls.tsx';
import { forPeople } from './kit.ts';
import { lending } from './lending.tsx';
import { journal } from './journal.tsx';
import { leads } from './leads.tsx';
import { liveOf } from './live.ts';
import { now } from './now.tsx';
import { policies } from './policies.tsx';
import { receipt } from './receipt.tsx';
import { show } from './show.tsx';
import { signIn, signOut } from './sign-in.tsx';
import { stop } from './stop.tsx';
import { stops } from './stops.tsx';
import { tools } from './tools.tsx';
import { triage } from './triage.tsx';

export const pages = new Hono<Console>().basePath('/console');

pages.route('/', assets);
pages.route('/', signIn);
// From here on only people of this gate.
pages.use('*', forPeople);
pages.route('/', signOut);
pages.route(
  '/',
  liveOf((request, env) => pages.fetch(request, env)),
);
pages.route('/', now);
pages.route('/', approvals);
pages.route('/', alike);
pages.route('/', lending);
pages.route('/', approval);
pages.route('/', stop);
pages.route('/', stops);
pages.route('/', receipt);
pages.route('/', calls);
pages.route('/', call);
pages.route('/', tools);
pages.route('/', agentList);
pages.route('/', agent);
pages.route('/', policies);
pages.route('/', leads);
pages.route('/', journal);
pages.route('/', triage);
pages.all('*', async (c) => show(c, { title: 'Nothing here', here: null }, <NothingHere />, 404));

function NothingHere() {
  return (
    <>
      <h1>Nothing here</h1>
      <p>
        There is no such page. <a href="/console">See what happens now</a>
      </p>
    </>
  );
}
