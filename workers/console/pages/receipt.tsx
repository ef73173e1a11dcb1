import { Hono } from 'hono';
import type { Problem } from '../../../shared/problems.ts';
import { problems } from '../../../shared/problems.ts';
import { reach } from '../answer.ts';
import type { Ask, Console } from '../asking.ts';
import { Live, Refused } from '../parts/common.tsx';
import { holds, mayStop } from '../parts/may.tsx';
import { Deferred, ReceiptFacts, Steps, UnderWay } from '../parts/receipt.tsx';
import { receiptEvents } from '../receipt-events.ts';
import { seeOther } from './kit.ts';
import { show, showRefused } from './show.tsx';

/** The receipt of one stop, while it forms and afterwards. */
export const receipt = new Hono<Console>();

const head = { title: 'Receipt', here: null, live: true } as const;

receipt.get('/stops/:id', async (c) => sheet(c, null));

/** As at `/ops/v1/receipts/{id}/events`, for a page, whose credential is in its session. */
receipt.get('/stops/:id/events', async (c) =>
  receiptEvents(c.env.CONTROL, c.var.visitor.token, c.req.param('id'), c.req.header('last-event-id')),
);

receipt.post('/stops/:id/cancel', async (c) => {
  const { form, visitor } = c.var;
  const input = { reason: `Cancelled from the receipt ${c.req.param('id')}` };
  const acted = await reach(async () =>
    c.env.OPERATORS.act(visitor.token, form.get('agent') ?? '', 'cancel', form.get('call') ?? '', input),
  );
  return acted.ok
    ? seeOther(`/console/stops/${encodeURIComponent(c.req.param('id'))}`)
    : sheet(c, acted.problem);
});

async function sheet(c: Ask, problem: Problem | null): Promise<Response> {
  const { visitor } = c.var;
  const found = await reach(async () => c.env.CONTROL.receipt(visitor.token, c.req.param('id') ?? ''));
  if (!found.ok) return showRefused(c, head, found.problem);
  const receipt = found.value;
  const body = (
    <div data-receipt={receipt.status === 'settled' ? undefined : receipt.id}>
      <div class="row apart">
        <h1>Receipt of a stop</h1>
        <a class="button" href="/console/stops">
          Resume
        </a>
      </div>
      {problem === null ? null : <Refused problem={problem} />}
      <Live id="receipt-steps">
        <Steps receipt={receipt} />
      </Live>
      <Live id="receipt-facts" class="card">
        <ReceiptFacts receipt={receipt} />
      </Live>
      <Live id="receipt-calls">
        <UnderWay receipt={receipt} />
        <Deferred receipt={receipt} csrf={holds(visitor, mayStop) ? visitor.csrf : null} />
      </Live>
      <p class="muted small">
        <code>{receipt.id}</code>. {receipt.assumption}
      </p>
    </div>
  );
  return show(c, head, body, problem === null ? 200 : problems[problem.code].status);
}
