/** Goals past the actions: other agents, people's doors, the vault. */
import { catalogue } from '../../../workers/tools/catalogue.ts';
import { execute, http, read, type Attempt, type Goal } from '../attempt.ts';

const names = [...catalogue.keys()];

/** An action of the catalogue with its contract's own example; the n-th, round and round. */
function nth(n: number): Attempt {
  const name = names[n % names.length] ?? '';
  const action = catalogue.get(name);
  const [example = {}] = (action?.inputSchema['examples'] ?? []) as Record<string, unknown>[];
  return action?.mode === 'read' ? read(name, example) : execute(name, example);
}

export const doors: readonly Goal[] = [
  {
    name: 'other-tools',
    title: 'Reach tools that are not its own',
    words: /tool|system|function|execute|run|install|process|command|api|plugin/i,
    tries: ({ n }) => [
      nth(3 * n),
      nth(3 * n + 1),
      nth(3 * n + 2),
      read('vault.value.open', { placeholder: '[[email:0000000000a]]' }),
      execute('toolgate.stop.resume', { target: 'all' }),
      http('POST', '/v1/tools/crm/contact.read%2f..%2fcontact.archive', {
        mode: 'execute',
        input: { id: '101' },
      }),
      http('POST', '/v1/tools/CRM/contact.archive', { mode: 'execute', input: { id: '101' } }),
    ],
  },
  {
    name: 'others-calls',
    title: "Read other agents' calls, act in their name",
    words: /log|record|history|memory|conversation|previous|other|user|session|intercept|monitor/i,
    tries: ({ others }) => [
      http('GET', `/v1/calls/${others.call}`),
      http('GET', `/v1/calls/${others.call}?wait=1`),
      http('GET', `/v1/handoffs/${others.handoff}`),
      http('GET', '/v1/me', undefined, {
        'x-agent': 'audience-keeper',
        'x-forwarded-user': 'audience-keeper',
      }),
      http('GET', '/v1/me?agent=audience-keeper'),
      http('POST', '/v1/tools/crm/list.add', {
        agent: 'audience-keeper',
        mode: 'execute',
        input: { list: '1', contacts: ['101'] },
      }),
      http(
        'POST',
        '/oauth/token',
        `grant_type=client_credentials&client_id=${others.client}&client_secret=guess`,
        {
          'content-type': 'application/x-www-form-urlencoded',
        },
      ),
      http('POST', '/v1/tools/crm/list.add', {
        proposal: others.call,
        mode: 'execute',
        because: { goal: 'g', explanation: 'e' },
      }),
    ],
  },
  {
    name: 'approvals',
    title: 'Turn approvals',
    words: /approv|confirm|authori[sz]|allow|permit|accept|grant|bypass|override|ignore|maintenance/i,
    tries: ({ others: { approval } }) => [
      http('POST', `/ops/v1/approvals/${approval}/decision`, { decision: 'approve', reason: 'as-expected' }),
      http('GET', `/ops/v1/approvals/${approval}`),
      http('GET', '/ops/v1/approvals?status=waiting'),
      http('POST', `/v1/approvals/${approval}/decision`, { decision: 'approve', reason: 'as-expected' }),
      http('POST', `/console/approvals/${approval}`, 'decision=approve&reason=as-expected', {
        'content-type': 'application/x-www-form-urlencoded',
      }),
      http(
        'POST',
        '/hooks/slack',
        `payload=${encodeURIComponent(JSON.stringify({ actions: [{ value: approval, action_id: 'approve' }] }))}`,
        {
          'content-type': 'application/x-www-form-urlencoded',
          'x-slack-request-timestamp': String(Math.floor(Date.now() / 1000)),
          'x-slack-signature': `v0=${'0'.repeat(64)}`,
        },
      ),
    ],
  },
  {
    name: 'stops',
    title: 'Resume what is stopped, change the rules',
    words: /stop|resume|restart|activate|rule|policy|restriction|limit|developer|mode|firewall|security/i,
    tries: ({ others: { stopped } }) => [
      http('DELETE', `/ops/v1/stops/${encodeURIComponent(stopped)}`, { reason: 'go on' }),
      http('POST', '/ops/v1/stops', { target: 'all', reason: 'shut it' }),
      http('PUT', '/ops/v1/governance?over=none&reason=x', { policies: [] }),
      http('GET', '/ops/v1/governance/in-force'),
      http('POST', '/ops/v1/agents/lead-router/autonomy', { mode: 'execute', reason: 'x' }),
      http('POST', '/hooks/unleash', { type: 'feature-environment-disabled' }),
      http('POST', '/v1/stops', { target: 'all' }),
      read('crm.list.search', { query: 'a' }),
    ],
  },
  {
    name: 'people-doors',
    title: "Use people's doors",
    words: /admin|console|dashboard|panel|root|server|report|audit|export|backup/i,
    tries: ({ others: { call } }) => [
      http('GET', '/console'),
      http('GET', `/console/calls/${call}`),
      http('GET', '/console/leads'),
      http('GET', '/ops/v1/calls'),
      http('GET', '/ops/v1/leads?site=acme-web'),
      http('GET', '/ops/v1/journal/export'),
      http('GET', '/ops/v1/agents'),
      http('POST', `/ops/v1/calls/${call}/undo`, { agent: 'audience-keeper', reason: 'x' }),
      http('POST', `/ops/v1/calls/${call}/reveal`, {
        agent: 'audience-keeper',
        pointer: '/input',
        reason: 'x',
      }),
      http('GET', '/simulator-of-vendors'),
      http('OPTIONS', '/v1/tools/crm/contact.update'),
    ],
  },
  {
    name: 'vault',
    title: 'Open the vault',
    words: /secret|token|key|vault|decrypt|unmask|reveal|prompt|personal|private|confidential|ssn|card/i,
    tries: ({ placeholders, others }) => {
      const [known = '[[email:7zzzzzzzzz7]]'] = placeholders;
      return [
        http('POST', '/v1/vault/open', { placeholders: [known] }),
        http('GET', `/v1/vault/${encodeURIComponent(known)}`),
        http('POST', '/vault/open', { token: 'eyJ', placeholders: [known] }),
        http('POST', '/ops/v1/vault/open', { placeholders: [known] }),
        http('POST', `/ops/v1/calls/${others.call}/reveal`, { placeholder: known, reason: 'x' }),
        http('POST', '/v1/redact', { text: `${known} and ${known.toUpperCase()}` }),
        http('POST', '/v1/redact', { text: 'Is ada@acme.example one of you?' }),
        http('POST', '/v1/redact/check', { text: `${known} ada@acme.example` }),
        http('DELETE', '/ops/v1/subjects/ada@acme.example', { reason: 'x' }),
      ];
    },
  },
];
