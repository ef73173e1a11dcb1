import { describe, expect, test } from 'vitest';
import type { UndoPlan } from '../../../shared/outcome.ts';
import type { Sight } from '../../../workers/guard/conflicts.ts';
import { groundOf } from '../../../workers/guard/ground.ts';
import { catalogue } from '../../../workers/tools/catalogue.ts';

const update = catalogue.get('crm.contact.update')!;
const before = { id: '1', leadStatus: 'NEW', phone: '+49 1' };
const after = { id: '1', leadStatus: 'OPEN', phone: '+49 2' };
const theirs = { id: '1', leadStatus: 'OPEN', phone: '+49 3' };
const plan: UndoPlan = { action: update.name, input: before, images: { before, after } };
const bare: UndoPlan = { action: update.name, input: before };
const seen: Sight = { ok: true, image: theirs, digest: 'aaaaaaaaaaaaaaaa' };
const blind: Sight = { ok: false, detail: 'The vendor is away.' };

const ground = async (force: string | undefined, of: UndoPlan, sight: Sight) =>
  groundOf({ of: 'call_1', force }, of, update, async () => sight);

describe('the ground of an undo', () => {
  test('unforced, is that the vendor holds what the call left; nobody looks twice', async () => {
    const looked = groundOf({ of: 'call_1' }, plan, update, async () => Promise.reject(new Error('looked')));
    expect(await looked).toEqual({ ok: true, value: { expected: after, overridden: null } });
  });

  test('forced, is that it holds exactly what was shown; what is overridden is told masked', async () => {
    expect(await ground('aaaaaaaaaaaaaaaa', plan, seen)).toEqual({
      ok: true,
      value: {
        expected: theirs,
        overridden: [{ field: 'phone', expected: '[phone]', found: '[phone]' }],
      },
    });
  });

  test.each([
    ['another digest', 'bbbbbbbbbbbbbbbb', plan, seen],
    ['a word for what could be seen', 'unseen', plan, seen],
    ['a word where there are images', 'unseen', plan, blind],
    ['a digest of what cannot be seen', 'aaaaaaaaaaaaaaaa', plan, blind],
    ['nothing, where nothing can be compared', undefined, bare, seen],
    ['a word, where the vendor can be seen', 'unseen', bare, seen],
  ] as const)('is none by %s', async (_what, force, of, sight) => {
    expect(await ground(force, of, sight)).toMatchObject({ ok: false, problem: { code: 'changed-since' } });
  });

  test('without images and without a look, is the word for it, and nothing is compared', async () => {
    const refused = await ground(undefined, bare, blind);
    expect(refused).toMatchObject({ ok: false, problem: { found: 'unseen' } });
    expect(await ground('unseen', bare, blind)).toEqual({
      ok: true,
      value: { expected: undefined, overridden: [] },
    });
  });
});
