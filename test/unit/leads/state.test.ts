import { describe, expect, test } from 'vitest';
import type { Site } from '../../../shared/manifest.ts';
import type { Sites } from '../../../shared/rpc.ts';
import { IntakeLimits, senderOf, type Lane } from '../../../workers/leads/limits.ts';
import { SiteConfig } from '../../../workers/leads/site-config.ts';
import { Strangers } from '../../../workers/leads/strangers.ts';

describe('intake limits', () => {
  const site = { perAddress: { max: 3, per: 10 }, perSite: { max: 5, per: 10 } };
  const fresh = (): IntakeLimits => new IntakeLimits(() => []);
  const take = (limits: IntakeLimits, sender: string, lane: Lane, now: number): string => {
    const admission = limits.check(site, sender, lane, now);
    if (!admission.ok) return `wait ${admission.retryAfter}`;
    limits.admit(site, sender, admission.lane, now);
    return admission.overflow ? 'overflow' : admission.lane;
  };

  test('one sender gets its limit in any window and is then told when to come back', () => {
    const limits = fresh();
    const got = [0, 4_000, 9_000, 9_500, 10_001, 10_002].map((now) => take(limits, 'a', 'clean', now));
    expect(got).toEqual(['clean', 'clean', 'clean', 'wait 1', 'clean', 'wait 4']);
  });

  test('a site over its limit keeps what comes, apart, up to four times as much, then refuses', () => {
    const limits = fresh();
    const got = Array.from({ length: 26 }, (_, n) => take(limits, `sender ${n}`, 'clean', 0));
    expect(got.slice(0, 5)).toEqual(Array(5).fill('clean'));
    expect(got.slice(5, 25)).toEqual(Array(20).fill('overflow'));
    expect(got[25]).toBe('wait 10');
  });

  test('spam and tests take no room from clean leads', () => {
    const limits = fresh();
    for (let n = 0; n < 20; n += 1) take(limits, `bot ${n}`, 'bulk', 0);
    expect(take(limits, 'bot', 'bulk', 0)).toBe('wait 10');
    expect(take(limits, 'ada', 'clean', 0)).toBe('clean');
  });

  test('after a restart the admissions in storage still count', () => {
    const limits = new IntakeLimits((of) =>
      'sender' in of && of.sender === 'a' ? [1_000, 2_000, 3_000] : [],
    );
    expect(take(limits, 'a', 'clean', 5_000)).toBe('wait 6');
    expect(take(limits, 'b', 'clean', 5_000)).toBe('clean');
  });

  test.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8:1:2::9', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
  ])('the sender of %s is %s', (address, sender) => {
    expect(senderOf(address)).toBe(sender);
  });
});

describe('a site’s settings', () => {
  const acme = { id: 'acme', consentVersion: '1' } as Site;

  function config(
    answers: (Site | null | 'down')[],
    kept?: Site,
  ): { config: SiteConfig; asked: () => number; saved: Site[] } {
    let asked = 0;
    const saved: Site[] = [];
    const sites: Sites = {
      site: async () => {
        const answer = answers[Math.min(asked, answers.length - 1)];
        asked += 1;
        if (answer === 'down' || answer === undefined) throw new Error('down');
        return answer;
      },
    };
    return { config: new SiteConfig(sites, kept, (site) => saved.push(site)), asked: () => asked, saved };
  }

  test('are asked for once in 30 seconds and stored only when they change', async () => {
    const changed = { ...acme, consentVersion: '2' };
    const { config: it, asked, saved } = config([acme, changed, changed]);
    await it.current('acme', () => 0);
    await it.current('acme', () => 29_999);
    expect(asked()).toBe(1);
    expect(await it.current('acme', () => 30_000)).toEqual({ kind: 'known', site: changed });
    await it.current('acme', () => 60_000);
    expect([asked(), saved.length]).toEqual([3, 2]);
  });

  test('of before are used while control is down, and control is asked again after five seconds', async () => {
    const { config: it, asked } = config(['down', 'down', acme], acme);
    expect(await it.current('acme', () => 0)).toEqual({ kind: 'known', site: acme });
    await it.current('acme', () => 4_999);
    expect(asked()).toBe(1);
    await it.current('acme', () => 5_000);
    expect(asked()).toBe(2);
  });

  test('that were never known are unreachable, not unknown, while control is down', async () => {
    const { config: it, saved } = config(['down', null, acme]);
    expect(await it.current('acme', () => 0)).toEqual({ kind: 'unreachable' });
    expect(await it.current('acme', () => 1)).toEqual({ kind: 'unknown' });
    expect(saved).toEqual([]);
  });

  test('wanted by many at once are one question, and silence is no answer', async () => {
    let asked = 0;
    const silent: Sites = { site: async () => new Promise(() => (asked += 1)) };
    const it = new SiteConfig(silent, acme, () => {});
    const all = await Promise.all(Array.from({ length: 20 }, async () => it.current('acme', () => 0)));
    expect(all.every(({ kind }) => kind === 'known')).toBe(true);
    expect(asked).toBe(1);
  });
});

test('who guesses at sites is held back for a minute, alone', () => {
  const strangers = new Strangers();
  for (let n = 0; n < 20; n += 1) {
    expect(strangers.waits('bot', n)).toBe(0);
    strangers.guessed('bot', n);
  }
  expect(strangers.waits('bot', 20)).toBe(60);
  expect(strangers.waits('ada', 20)).toBe(0);
  expect(strangers.waits('bot', 60_020)).toBe(0);
});
