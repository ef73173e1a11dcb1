/** The part of a Durable Object's state that a transaction needs. */
interface TransactingState {
  storage: { transactionSync<T>(work: () => T): T };
  abort(reason?: string): void;
}

/**
 * Runs `work` in one storage transaction. A `TypeError` (a value that canonical JSON cannot hold) rolls it back and is thrown on:
 * `work` changes no memory before its last write. If storage fails, the memory of the object may be ahead of it, so the object
 * is aborted and starts again from what is durable.
 */
export function transact<T>(ctx: TransactingState, work: () => T): T {
  try {
    return ctx.storage.transactionSync(work);
  } catch (error) {
    if (error instanceof TypeError) throw error;
    ctx.abort('storage failed: starting again from what is durable');
    throw error;
  }
}

/**
 * Writes that become durable as one, for what is written most: what an object writes without awaiting is one transaction of
 * its storage, and the abort drops what of it was written, so it needs no savepoint, which costs as much as the writes.
 * `write` only writes: what can fail for another reason is done before it.
 */
export function together(ctx: Pick<TransactingState, 'abort'>, write: () => void): void {
  try {
    write();
  } catch (error) {
    ctx.abort('storage failed: starting again from what is durable');
    throw new Error('storage failed', { cause: error });
  }
}
