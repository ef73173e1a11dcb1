import type { DeployEnd, GateLeft } from './deploy-run.ts';
import { facts, printable } from './output.ts';

/** How a deploy ended, for people: what is deployed, what not, in which state the gate is, and what to do next. */
export function showEnd(end: DeployEnd): string {
  const { environment, objectsFirst, deployed, notDeployed, fault, gate } = end;
  const head =
    fault === null
      ? `Deployed to ${environment}.`
      : `NOT DEPLOYED as a whole: ${fault.at}: ${printable(fault.detail)}`;
  const state = facts([
    ['objects first', objectsFirst.join(', ')],
    ['deployed', deployed.join(', ') || 'nothing'],
    ['not deployed', notDeployed.join(', ')],
  ]);
  return [head, state, ...nextSteps(end), gateText(gate)].filter((part) => part !== '').join('\n\n');
}

function nextSteps({ fault, deployed, environment, gate }: DeployEnd): string[] {
  if (fault === null) return [];
  const goOn = `To go on, correct the cause and run the same command again: toolgate deploy --env ${environment} …`;
  if (deployed.length === 0) return [goOn];
  const back = deployed.map((name) => `  npx wrangler rollback --name ${name} --yes`);
  const after = gate.state === 'stopped' ? '\n  then resume, as below' : '';
  return [
    goOn,
    `To go back instead (Cloudflare rolls no Worker back over a migration of its objects):\n${back.join('\n')}${after}`,
  ];
}

function gateText(gate: GateLeft): string {
  switch (gate.state) {
    case 'not-drained':
      return 'The gate was not stopped by this deploy.';
    case 'unknown':
      return 'THE GATE MAY BE STOPPED: the stop was sent and no answer came. Look: toolgate status';
    case 'resumed':
      return `The gate is open again; it was stopped for ${gate.seconds} s (receipt ${gate.receipt.id}).`;
    case 'stopped':
      return `${stillStopped(gate)}\n${howToResume(gate)}`;
  }
}

type Stopped = Extract<GateLeft, { state: 'stopped' }>;

function stillStopped({ receipt }: Stopped): string {
  return `THE GATE IS STILL STOPPED: all, since ${receipt.stopAt}, receipt ${receipt.id}, ${receipt.status}. Nothing resumes it by itself.`;
}

function howToResume({ ours, resumption }: Stopped): string {
  const resume = 'toolgate resume all --reason "…"';
  if (!ours)
    return `Somebody else stopped it, too, for another cause: whoever deals with that resumes it: ${resume}`;
  switch (resumption?.state) {
    case 'waiting':
      return `${printable(resumption.detail)}. As himself, with his own token: ${resume}`;
    case 'failed':
      return `The resume did not succeed (${printable(resumption.detail)}). Two people resume all, each with his own token: ${resume}`;
    case 'resumed':
    case undefined:
      return `When it may go on, two people resume all, each with his own token: ${resume}`;
  }
}
