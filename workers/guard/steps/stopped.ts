import { covers } from '../../../flags/targets.ts';
import type { Stop } from '../../../shared/rpc.ts';
import type { AskedCall } from '../call.ts';
import { deny, go, type Step } from './step.ts';

/** Step 3: does a stop of the leased snapshot cover the call? */
export function stopped(call: AskedCall, stops: readonly Stop[]): Step<null> {
  const { action, workflow, caller } = call;
  const coverage = { agent: caller.agent, workflow, tool: action.tool, action: action.name };
  const stop = stops.find(({ target }) => covers(target, coverage));
  return stop ? deny({ kind: 'stopped', target: stop.target, since: stop.since }) : go(null);
}
