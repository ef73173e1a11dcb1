import type { TestProject } from 'vitest/node';
import { compileGovernance } from '../../bin/lib/governance.ts';
import type { LocalFile } from '../../bin/lib/secrets.ts';
import { bootGate, putInForce, root } from '../harness.ts';
import { findChromium } from './chromium.ts';

/** What a file of browser tests gets of the one gate that all of them share. */
export type SharedGate = Pick<LocalFile, 'gate' | 'agents' | 'people'> & {
  /** Every value that a Worker keeps for itself: none of them may stand on a page. */
  secrets: string[];
};

declare module 'vitest' {
  interface ProvidedContext {
    gate: SharedGate;
  }
}

/** Boots one gate for all files of browser tests, and ends it after the last of them. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  // Before anything is booted: without a browser nothing here says anything.
  findChromium();
  const gate = await bootGate({ govern: false });
  const compiled = await compileGovernance(root);
  if (!compiled.ok) throw new Error(compiled.errors.join('\n'));
  const { governance } = compiled;
  const writer = governance.manifests['content-writer'];
  // What nobody decides on must end while a test waits for it.
  if (writer) writer.approvals.deadlineSeconds = 10;
  await putInForce(gate, governance);
  const { agents, people } = gate.secrets.local;
  const secrets = Object.values(gate.secrets.workers).flatMap((held) =>
    Object.entries(held).flatMap(([name, value]) => (value === '' || name === 'SECRETS_SET_AT' ? [] : value)),
  );
  project.provide('gate', { gate: gate.url.origin, agents, people, secrets });
  return async () => gate.close();
}
