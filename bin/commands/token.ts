import { agentToken } from '../lib/client.ts';
import { misuse, unanswered, type Command } from '../lib/command.ts';
import { readLocalFile, root } from '../lib/local.ts';

export const token: Command = {
  name: 'token',
  summary: 'A fresh token of a local agent, for curl (shows a credential, as only `console` does besides)',
  usage: '<agent>',
  examples: [
    'toolgate token lead-router',
    'TOKEN=$(npm run -s toolgate -- token lead-router); curl -H "Authorization: Bearer $TOKEN" http://127.0.0.1:8787/v1/me',
  ],
  options: {},
  takes: 1,
  person: null,
  run: async (call) => {
    const local = readLocalFile(root);
    const name = call.args[0] ?? '';
    if (!local) return misuse('This machine has no local agents yet: npm start makes them.');
    const client = Object.hasOwn(local.agents, name) ? local.agents[name] : undefined;
    if (!client)
      return misuse(`No local agent "${name}". There are: ${Object.keys(local.agents).join(', ')}.`);
    const answer = await agentToken(local.gate, client);
    if (answer.kind !== 'ok') return unanswered(answer, local.gate);
    return { text: answer.value.access_token, json: answer.value, exit: 0 };
  },
};
