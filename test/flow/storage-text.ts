import { Buffer } from 'node:buffer';
import type { GateUnderTest } from '../harness.ts';

/** Everything that stands in one object's storage, as one text: names, texts, and bytes as Latin-1. */
export async function storageText(
  gate: GateUnderTest,
  worker: string,
  className: string,
  name: string,
): Promise<string> {
  const storage = await gate.server.getWorker(worker).getDurableObjectStorage(className, { name });
  const tables = (await storage.exec(
    `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf\\_%' ESCAPE '\\' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'`,
  )) as { name: string }[];
  const rows = await Promise.all(
    tables.map(async ({ name: table }) => storage.exec(`SELECT * FROM "${table}"`)),
  );
  return rows
    .flat()
    .flatMap((row) => Object.values(row as object).map(textOf))
    .join('\n');
}

function textOf(value: unknown): string {
  if (value instanceof ArrayBuffer) return Buffer.from(value).toString('latin1');
  if (ArrayBuffer.isView(value))
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('latin1');
  return typeof value === 'string' ? value : JSON.stringify(value);
}
