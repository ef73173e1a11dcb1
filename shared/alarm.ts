/** The part of a Durable Object's storage that alarms need. */
interface AlarmStorage {
  getAlarm(): Promise<number | null>;
  setAlarm(at: number): Promise<void>;
}

/**
 * One alarm for several due times: the earliest wins, and an alarm that is already early enough costs no write.
 * Make it in the constructor and call `load` inside `blockConcurrencyWhile`; in `alarm()` call `fired` first.
 */
export class Alarm {
  readonly #storage: AlarmStorage;
  #at: number | null = null;

  constructor(storage: AlarmStorage) {
    this.#storage = storage;
  }

  async load(): Promise<void> {
    this.#at = await this.#storage.getAlarm();
  }

  /** The alarm rings at `at` (Unix ms) or before. */
  by(at: number): void {
    if (this.#at !== null && this.#at <= at) return;
    this.#at = at;
    // Not awaited: the write joins the current batch and the output gate waits for it.
    void this.#storage.setAlarm(at);
  }

  fired(): void {
    this.#at = null;
  }
}
