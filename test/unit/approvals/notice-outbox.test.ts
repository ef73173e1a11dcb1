import { beforeEach, describe, expect, it } from 'vitest';
import { migrate } from '../../../shared/migrate.ts';
import type { Delivered, Notice } from '../../../shared/notices.ts';
import { workflowMigrations } from '../../../workers/approvals/migrations.ts';
import { noticeOf, type Occasion } from '../../../workers/approvals/notice-of.ts';
import { NoticeOutbox } from '../../../workers/approvals/notice-outbox.ts';
import { sqlite } from '../journal/support.ts';
import { waitingApproval } from './fixture.ts';

const T = Date.now();
const approval = waitingApproval({});
const away = { notify: async (): Promise<Delivered[]> => Promise.reject(new Error('away')) };

let outbox: NoticeOutbox;
let told: string[];
const notifier = {
  notify: async ({ id }: Notice): Promise<Delivered[]> => {
    told.push(id.split('/').at(-1) ?? '');
    return [{ channel: 'slack', to: 'C1', ok: false, detail: 'it keeps trying' }];
  },
};

beforeEach(() => {
  const storage = sqlite();
  migrate(storage, workflowMigrations);
  outbox = new NoticeOutbox(storage.sql);
  told = [];
});

function add(occasion: Occasion, at = T): void {
  outbox.add(approval.id, noticeOf(approval, occasion, at), occasion.kind === 'over', at);
}

describe('what people are to be told', () => {
  it('is handed over once, and then left to the notifier', async () => {
    add({ kind: 'asked' });
    add({ kind: 'asked' });
    await outbox.drain(notifier, T);
    await outbox.drain(notifier, T);
    expect(told).toEqual(['asked']);
    expect(outbox.next).toBeNull();
  });

  it('waits while the notifier is away, and is given up after an hour', async () => {
    add({ kind: 'asked' });
    await outbox.drain(away, T);
    expect(outbox.next).toBeGreaterThan(T);
    await outbox.drain(notifier, Date.now() + 60_000);
    expect(told).toEqual(['asked']);
    add({ kind: 'reminder', percent: 50 });
    await outbox.drain(notifier, T + 60 * 60_000);
    expect(told).toEqual(['asked']);
    expect(outbox.next).toBeNull();
  });

  it('is not told any more once it is over, and nothing is over for whom nobody told', async () => {
    add({ kind: 'asked' });
    add({ kind: 'over' });
    await outbox.drain(notifier, T);
    expect(told).toEqual([]);
    add({ kind: 'reminder', percent: 50 });
    await outbox.drain(notifier, T);
    add({ kind: 'reminder', percent: 90 });
    add({ kind: 'over' });
    await outbox.drain(notifier, T);
    expect(told).toEqual(['reminder-50', 'over']);
  });

  it('is forgotten with its approval', async () => {
    add({ kind: 'asked' });
    outbox.remove([approval.id]);
    await outbox.drain(notifier, T);
    expect(told).toEqual([]);
  });
});
