import { totalsOf, type Total, type Usage } from '../../shared/usage.ts';

/** Amounts of calls whose rows are gone, for budgets that never end. Its table is in the migrations of its object. */
export class Totals {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  all(): Total[] {
    return this.#sql
      .exec<Record<string, string | number>>('SELECT * FROM total')
      .toArray()
      .map(({ currency, ...rest }) => ({ ...rest, currency: currency || null }) as Total);
  }

  /** Call it in the transaction that drops the rows. */
  carry(usages: readonly Usage[]): void {
    const sums = new Map<string, Total>();
    for (const total of usages.flatMap(totalsOf)) {
      const key = JSON.stringify([total.action, total.currency, total.each, total.name]);
      const sum = sums.get(key);
      sums.set(key, sum ? added(sum, total) : total);
    }
    for (const { action, currency, each, name, spend, recipients, records } of sums.values()) {
      this.#sql.exec(
        `INSERT INTO total VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET spend = spend + excluded.spend,
           recipients = recipients + excluded.recipients, records = records + excluded.records`,
        action,
        currency ?? '',
        each,
        name,
        spend,
        recipients,
        records,
      );
    }
  }
}

function added(sum: Total, { spend, recipients, records }: Total): Total {
  return {
    ...sum,
    spend: sum.spend + spend,
    recipients: sum.recipients + recipients,
    records: sum.records + records,
  };
}
