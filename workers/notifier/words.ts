import type { ApprovalNotice, Notice } from '../../shared/notices.ts';

/** A notice as people read it: a line, facts, and where to look. All of it is the gate's own words or names of the policy set. */
export interface Words {
  title: string;
  facts: [label: string, value: string][];
  link: string | null;
}

/** Puts a notice into words. `console`: origin of the console; undefined: no link. Pure. */
export function wordsOf(notice: Notice, console: string | undefined): Words {
  return { title: titleOf(notice), facts: factsOf(notice), link: linkTo(notice, console) };
}

function titleOf(notice: Notice): string {
  const { agent } = notice;
  switch (notice.kind) {
    case 'approval':
      return `${agent} asks to run ${notice.action}`;
    case 'approval-reminder':
      return `Still waits (${notice.percent} % of its time): ${agent} asks to run ${notice.action}`;
    case 'approval-escalated':
      return `Nobody has decided, so you are asked, too: ${agent} asks to run ${notice.action}`;
    case 'approval-over':
      return `Over (${notice.status}): ${agent} asked to run ${notice.action}`;
    case 'handoff':
      return `${agent} hands a case over to people (${notice.of})`;
    case 'handoff-overdue':
      return `Still nobody’s: ${agent} handed a case over (${notice.of})`;
    case 'misbehaviour':
      return `A call of ${agent} was reported as misbehaviour`;
    case 'review-overdue':
      return `${notice.reviews} calls of ${agent} wait for a look afterwards`;
    case 'incident':
      return `Security: ${agent} flagged an incident in ${notice.tool}`;
    case 'call-decided':
      return `The call ${notice.call} of ${agent} is ${notice.status}`;
  }
}

function factsOf(notice: Notice): [string, string][] {
  const { workflow } = notice;
  switch (notice.kind) {
    case 'approval':
    case 'approval-reminder':
    case 'approval-escalated':
    case 'approval-over':
      return [['workflow', workflow], ...approvalFacts(notice)];
    case 'handoff':
    case 'handoff-overdue':
    case 'misbehaviour':
      return [
        ['workflow', workflow],
        ['case', notice.handoff],
      ];
    case 'review-overdue':
      return [['workflow', workflow]];
    case 'incident':
      return [
        ['workflow', workflow],
        ['incident', notice.incident],
      ];
    case 'call-decided':
      return [
        ['call', notice.call],
        ['status', notice.status],
      ];
  }
}

function approvalFacts({ needs, deadline, approval, policies = [] }: ApprovalNotice): [string, string][] {
  return [
    ['needs', needs === 1 ? 'one person' : `${needs} people`],
    ['until', deadline],
    ...(policies.length > 0 ? [['because of', policies.join(', ')] as [string, string]] : []),
    ['approval', approval],
  ];
}

/** A path of the console, with or without `/console`, and nothing else: whoever clicks must land there. */
function linkTo({ path }: Notice, console: string | undefined): string | null {
  if (console === undefined || !URL.canParse(console)) return null;
  const origin = new URL(console).origin;
  const below = path.startsWith('/console/') ? path : `/console${path}`;
  const url = /^\/(?![/\\])/.test(path) && URL.canParse(below, origin) ? new URL(below, origin) : null;
  return url?.origin === origin ? url.href : null;
}

/** The same as plain text, one line each. */
export function plainText({ title, facts, link }: Words): string {
  const lines = facts.map(([label, value]) => `${label}: ${value}`);
  return [title, '', ...lines, ...(link === null ? [] : ['', link])].join('\n');
}
