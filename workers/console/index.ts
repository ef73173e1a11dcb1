/** The people's host: `/ops/v1` and the pages under `/console`. It passes each person's credential to the Worker that decides, and decides nothing. */
import { Hono, type Context } from 'hono';
import type { Governance } from '../../shared/governance.ts';
import { faultTrace, noRoute } from '../../shared/http.ts';
import { newId } from '../../shared/ids.ts';
import { operatorKinds, type JournalQuery, type Result } from '../../shared/rpc.ts';
import { agents } from './agents.ts';
import { approvals } from './approvals.ts';
import { artefacts } from './artefacts.ts';
import { json, reach, refuse, relay } from './answer.ts';
import { callSheet } from './call-sheet.ts';
import type { Env } from './env.ts';
import { evidence } from './evidence.ts';
import { exportJournal } from './export.ts';
import { acknowledge, incidents } from './incidents.ts';
import { leads } from './leads.ts';
import { tellLook } from './looks.ts';
import { acted, look, operate } from './operate.ts';
import { pages } from './pages/index.tsx';
import { people } from './people.ts';
import { preview } from './preview.ts';
import { receiptEvents } from './receipt-events.ts';
import { rollbacks } from './rollbacks.ts';
import { toolSheets } from './tool-sheets.ts';
import { triage } from './triage.ts';
import { vault } from './vault.ts';
import { credentialOf, isCrossSite, queries, readJson, readQuery } from './request.ts';

type Ops = { Bindings: Env };

/** People send a reason and a target; a policy set with its manifests is larger. */
const MAX_BODY = 64 * 1024;
/** A thousand agents with a thousand policies are 3 MB. */
const MAX_GOVERNANCE = 8 * 1024 * 1024;

const app = new Hono<Ops>();

app.get('/ops/v1/status', async (c) => status(c.env, credentialOf(c.req.raw)));

app.get('/ops/v1/stops', async (c) => relay(async () => c.env.CONTROL.stops(credentialOf(c.req.raw))));
app.post('/ops/v1/stops', async (c) => {
  const input = await readJson(c.req.raw, MAX_BODY);
  if (!input.ok) return refuse(input.problem);
  return relay(
    async () => c.env.CONTROL.stop(credentialOf(c.req.raw), input.value),
    (receipt) => json(receipt, 201, { location: `/ops/v1/receipts/${receipt.id}` }),
  );
});
app.get('/ops/v1/stops/preview', async (c) => {
  const query = readQuery(c.req.url, queries.preview);
  return query.ok ? preview(c.env, credentialOf(c.req.raw), query.value.target) : refuse(query.problem);
});
app.get('/ops/v1/halt-probe', async (c) =>
  relay(
    async () => c.env.CONTROL.probe(credentialOf(c.req.raw)),
    (probe) => json(probe, probe.canHalt ? 200 : 503),
  ),
);
app.delete('/ops/v1/stops/:target', async (c) => {
  const input = await resumeInput(c);
  if (!input.ok) return refuse(input.problem);
  const request = newId('req', Date.now());
  return relay(
    async () => c.env.CONTROL.resume(credentialOf(c.req.raw), c.req.param('target'), input.value, request),
    (resumed) => json(resumed, resumed.status === 'waiting' ? 202 : 200),
  );
});
app.get('/ops/v1/receipts', async (c) => {
  const query = readQuery(c.req.url, queries.receipts);
  if (!query.ok) return refuse(query.problem);
  return relay(async () => c.env.CONTROL.receipts(credentialOf(c.req.raw), query.value));
});
app.get('/ops/v1/receipts/:id', async (c) =>
  relay(async () => c.env.CONTROL.receipt(credentialOf(c.req.raw), c.req.param('id'))),
);
app.get('/ops/v1/receipts/:id/events', async (c) =>
  receiptEvents(c.env.CONTROL, credentialOf(c.req.raw), c.req.param('id'), c.req.header('last-event-id')),
);
app.get('/ops/v1/drills', async (c) => relay(async () => c.env.CONTROL.drills(credentialOf(c.req.raw))));
app.post('/ops/v1/drills', async (c) => {
  const input = await readJson(c.req.raw, MAX_BODY);
  if (!input.ok) return refuse(input.problem);
  return relay(
    async () => c.env.CONTROL.recordDrill(credentialOf(c.req.raw), input.value),
    (drill) => json(drill, 201),
  );
});

app.get('/ops/v1/exercises', async (c) =>
  relay(async () => c.env.CONTROL.exercises(credentialOf(c.req.raw))),
);
app.post('/ops/v1/exercises', async (c) => {
  const input = await readJson(c.req.raw, MAX_BODY);
  if (!input.ok) return refuse(input.problem);
  return relay(
    async () => c.env.CONTROL.startExercise(credentialOf(c.req.raw), input.value),
    (exercise) => json(exercise, 201, { location: `/ops/v1/exercises/${exercise.id}` }),
  );
});
app.get('/ops/v1/exercises/:id', async (c) =>
  relay(async () => c.env.CONTROL.exercise(credentialOf(c.req.raw), c.req.param('id'))),
);
app.post('/ops/v1/exercises/:id/end', async (c) => {
  const input = await readJson(c.req.raw, MAX_BODY);
  if (!input.ok) return refuse(input.problem);
  return relay(async () =>
    c.env.CONTROL.endExercise(credentialOf(c.req.raw), c.req.param('id'), input.value),
  );
});

app.get('/ops/v1/governance', async (c) => {
  const query = readQuery(c.req.url, queries.governance);
  if (!query.ok) return refuse(query.problem);
  return relay(async () => c.env.CONTROL.governance(credentialOf(c.req.raw), query.value));
});
app.get('/ops/v1/governance/:version', async (c) =>
  relay(async () => c.env.CONTROL.policySet(credentialOf(c.req.raw), c.req.param('version'))),
);
app.get('/ops/v1/agents/:agent/manifests', async (c) =>
  relay(
    async () => c.env.CONTROL.manifests(credentialOf(c.req.raw), c.req.param('agent')),
    (manifests) => json({ manifests }),
  ),
);
app.put('/ops/v1/governance', async (c) => {
  // Beside the set and not in it: the version is the hash of what is enforced, whoever applies it and why.
  const terms = readQuery(c.req.url, queries.apply);
  if (!terms.ok) return refuse(terms.problem);
  const input = await readJson(c.req.raw, MAX_GOVERNANCE);
  if (!input.ok) return refuse(input.problem);
  // Control checks its shape: what is typed here is only promised by the interface.
  const request = newId('req', Date.now());
  return relay(
    async () => c.env.CONTROL.apply(credentialOf(c.req.raw), input.value as Governance, request, terms.value),
    (applied) => json(applied, applied.waits ? 202 : 200),
  );
});
app.post('/ops/v1/governance/:version/rollback', async (c) => {
  const input = await readJson(c.req.raw, MAX_BODY);
  if (!input.ok) return refuse(input.problem);
  const request = newId('req', Date.now());
  return relay(
    async () => c.env.CONTROL.rollback(credentialOf(c.req.raw), c.req.param('version'), input.value, request),
    (applied) => json(applied, applied.waits ? 202 : 200),
  );
});
app.post('/ops/v1/governance/:version/approval', async (c) => {
  const input = await readJson(c.req.raw, MAX_BODY);
  if (!input.ok) return refuse(input.problem);
  const request = newId('req', Date.now());
  return relay(async () =>
    c.env.CONTROL.approve(credentialOf(c.req.raw), c.req.param('version'), input.value, request),
  );
});

app.get('/ops/v1/shadow', async (c) => relay(async () => c.env.CONTROL.shadow(credentialOf(c.req.raw))));
app.put('/ops/v1/shadow', async (c) => {
  const input = await readJson(c.req.raw, MAX_GOVERNANCE);
  if (!input.ok) return refuse(input.problem);
  const request = newId('req', Date.now());
  return relay(async () => c.env.CONTROL.setShadow(credentialOf(c.req.raw), input.value, request));
});
app.delete('/ops/v1/shadow', async (c) => {
  const request = newId('req', Date.now());
  return relay(async () => c.env.CONTROL.endShadow(credentialOf(c.req.raw), request));
});

app.get('/ops/v1/flags', async (c) => relay(async () => c.env.CONTROL.flags(credentialOf(c.req.raw))));
app.put('/ops/v1/flags/:name', async (c) => {
  const input = await readJson(c.req.raw, MAX_BODY);
  if (!input.ok) return refuse(input.problem);
  const request = newId('req', Date.now());
  return relay(async () =>
    c.env.CONTROL.setFlag(credentialOf(c.req.raw), c.req.param('name'), input.value, request),
  );
});

app.get('/ops/v1/journal', async (c) =>
  withJournalQuery(c, (query) => c.env.LEDGER.query(credentialOf(c.req.raw), query)),
);
app.get('/ops/v1/journal/export', async (c) => exportJournal(c.env.LEDGER, credentialOf(c.req.raw)));
app.get('/ops/v1/tools', async (c) => relay(async () => toolSheets(c.env, credentialOf(c.req.raw))));
app.get('/ops/v1/pulse', async (c) => relay(async () => c.env.LEDGER.pulse(credentialOf(c.req.raw))));
app.get('/ops/v1/calls', async (c) => {
  const query = readQuery(c.req.url, queries.calls);
  if (!query.ok) return refuse(query.problem);
  return relay(async () => c.env.LEDGER.calls(credentialOf(c.req.raw), query.value));
});
app.get('/ops/v1/calls/:id', async (c) =>
  relay(async () => callSheet(c.env, credentialOf(c.req.raw), c.req.param('id'))),
);

app.get('/ops/v1/calls/:id/undo', async (c) => {
  const query = readQuery(c.req.url, queries.look);
  if (!query.ok) return refuse(query.problem);
  return relay(async () => look(c.env, credentialOf(c.req.raw), c.req.param('id'), query.value.agent));
});

for (const kind of operatorKinds) {
  app.post(`/ops/v1/calls/:id/${kind}`, async (c) => {
    const input = await readJson(c.req.raw, MAX_BODY);
    if (!input.ok) return refuse(input.problem);
    return relay(
      async () => operate(c.env, credentialOf(c.req.raw), kind, c.req.param('id'), input.value),
      acted,
    );
  });
}

app.get('/ops/v1/incidents', async (c) => {
  const query = readQuery(c.req.url, queries.incidents);
  if (!query.ok) return refuse(query.problem);
  return relay(async () => incidents(c.env, credentialOf(c.req.raw), query.value.agent));
});
app.post('/ops/v1/incidents/:id/acknowledgement', async (c) => {
  const input = await readJson(c.req.raw, MAX_BODY);
  if (!input.ok) return refuse(input.problem);
  return relay(async () => acknowledge(c.env, credentialOf(c.req.raw), c.req.param('id'), input.value));
});

app.get('/ops/v1/agents/:agent/limits', async (c) =>
  relay(async () => c.env.OPERATORS.limits(credentialOf(c.req.raw), c.req.param('agent'))),
);

app.route('/', agents);
app.route('/', leads);
app.route('/', people);
app.route('/', approvals);
app.route('/', rollbacks);
app.route('/', artefacts);
app.route('/', triage);
app.route('/', evidence);
app.route('/', vault);

app.route('/', pages);
app.get('/', (c) => c.redirect('/console'));

app.get('/healthz', () => json({ status: 'ok', name: 'toolgate console' }));

app.notFound((c) => {
  const { problem, headers } = noRoute(app, c.req.path);
  return refuse(problem, headers);
});
app.onError((error) => {
  console.error('console:', faultTrace(error));
  return refuse({ code: 'internal' });
});

export default {
  fetch(request: Request, env: Env, ctx: ExecutionContext): Response | Promise<Response> {
    if (!isCrossSite(request)) {
      const { pathname } = new URL(request.url);
      // The pages tell by themselves, once they know who visits. Not a middleware: that would make every path a known one.
      if (pathname.startsWith('/ops/v1/')) ctx.waitUntil(tellLook(request, env, credentialOf(request)));
      return app.fetch(request, env, ctx);
    }
    return refuse({ code: 'forbidden', detail: 'Another site may not act here in your name.' });
  },
};

/** What a person asks first: what is stopped, under which governance, and what waits for somebody. */
async function status(env: Env, credential: string | null): Promise<Response> {
  const stops = await reach(async () => env.CONTROL.stops(credential));
  if (!stops.ok) return refuse(stops.problem);
  const waiting = await reach(async () => env.APPROVALS.list(credential, { status: 'waiting' }));
  const drills = await reach(async () => env.CONTROL.drills(credential));
  const pulse = await reach(async () => env.LEDGER.pulse(credential));
  return json({
    ...stops.value,
    // Null is not zero: this person may not see them, or nobody could say.
    approvalsWaiting: waiting.ok ? waiting.value.waiting : null,
    lastDrill: drills.ok ? (drills.value[0] ?? null) : null,
    pulse: pulse.ok ? { lastMinute: pulse.value.lastMinute, hour: pulse.value.hour } : null,
  });
}

/** Why somebody resumes: a JSON body, or `?reason=` where a client sends no body with DELETE. */
async function resumeInput(c: Context<Ops>): Promise<Result<unknown>> {
  const reason = c.req.query('reason');
  return reason === undefined ? readJson(c.req.raw, MAX_BODY) : { ok: true, value: { reason } };
}

async function withJournalQuery<T>(
  c: Context<Ops>,
  ask: (query: JournalQuery) => Promise<Result<T>>,
): Promise<Response> {
  const query = readQuery(c.req.url, queries.journal);
  return query.ok ? relay(async () => ask(query.value)) : refuse(query.problem);
}
