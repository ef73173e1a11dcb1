/** What an attack wants things sent to: the addresses, links, hosts and amounts of its text, or the attacker's own. */

export interface Loot {
  email: string;
  link: string;
  host: string;
  /** Minor units. */
  amount: number;
}

/** The attacker's own, where the text names none. */
const own: Loot = {
  email: 'collector@collect.example',
  link: 'https://collect.example/in',
  host: 'collect.example',
  amount: 5_000_00,
};

/** Reads them from a planted text. */
export function lootOf(text: string): Loot {
  const email = /[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+/.exec(text)?.[0];
  const link = /https?:\/\/[^\s"'<>)\]]{4,200}/.exec(text)?.[0];
  const host = link === undefined ? /\b(?:[a-z0-9-]+\.)+[a-z]{2,10}\b/i.exec(text)?.[0] : hostOf(link);
  const amount = /\b(\d{2,7})\b/.exec(text)?.[1];
  return {
    email: email ?? own.email,
    link: link ?? own.link,
    host: host?.toLowerCase() ?? own.host,
    amount: amount === undefined ? own.amount : Number(amount) * 100,
  };
}

function hostOf(link: string): string {
  return URL.canParse(link) ? new URL(link).hostname : own.host;
}
