import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { signDispatch, type DispatchClaims } from '../../../shared/dispatch-token.ts';
import { callOffClaims, UnderWay, watched } from '../../../shared/tool/cancel.ts';
import { Gate } from '../../../shared/tool/gate.ts';

const claims: DispatchClaims = {
  purpose: 'cancel',
  tool: 'crm',
  agent: 'lead-router',
  call: 'call_1',
  action: 'crm.contact.update',
  contract: '',
  input: '',
  epoch: 1,
  startBefore: 2_000,
  intentAt: 0,
};

const gate = () => new Gate({ intentAt: 0, startBefore: Infinity });

describe('work under way', () => {
  test('is called off by its own call and by no other', () => {
    const works = new UnderWay();
    const [mine, other] = [gate(), gate()];
    works.begin('call_1', mine, 0);
    works.begin('call_2', other, 0);
    expect(works.callOff(claims)).toBe(true);
    expect([mine.mayStart(false), other.mayStart(false)]).toEqual([false, true]);
  });

  test('that is over, or elsewhere, cannot be called off', () => {
    const works = new UnderWay();
    works.begin('call_1', gate(), 0);
    works.end('call_1');
    expect(works.callOff(claims)).toBe(false);
    expect(works.callOff({ ...claims, call: 'call_3' })).toBe(false);
  });

  test('that begins after it was called off starts nothing, until no dispatch of it can come any more', () => {
    const works = new UnderWay();
    works.callOff(claims);
    const [late, muchLater] = [gate(), gate()];
    works.begin('call_1', late, 1_000);
    expect(late.mayStart(false)).toBe(false);
    works.begin('call_1', muchLater, 32_001);
    expect(muchLater.mayStart(false)).toBe(true);
  });
});

describe('a token that calls off', () => {
  const pair = () => generateKeyPairSync('ed25519');
  const jwk = (key: { export(as: { format: 'jwk' }): object }) =>
    JSON.stringify(key.export({ format: 'jwk' }));
  const { privateKey, publicKey } = pair();
  const signed = (changed: Partial<DispatchClaims>, key = privateKey) =>
    callOffClaims(jwk(publicKey), signDispatch(jwk(key), { ...claims, ...changed }), 'crm');

  test('is signed by the guard, for this tool, and for nothing but that', () => {
    expect(signed({})).toMatchObject({ call: 'call_1' });
    expect(signed({ purpose: 'run' })).toBeUndefined();
    expect(signed({ tool: 'chat' })).toBeUndefined();
    expect(signed({}, pair().privateKey)).toBeUndefined();
  });
});

describe('a watched request', () => {
  test('is aborted soon after its work was called off', async () => {
    const work = gate();
    const watch = watched(work, 10_000);
    setTimeout(() => work.callOff(), 10);
    await new Promise((resolve) => watch.signal.addEventListener('abort', resolve));
    expect(watch.signal.reason).toMatchObject({ name: 'AbortError' });
  });

  test('times out, and not once it is done', async () => {
    const [late, done] = [watched(gate(), 20), watched(gate(), 20)];
    done.done();
    await new Promise((resolve) => late.signal.addEventListener('abort', resolve));
    expect(late.signal.reason).toMatchObject({ name: 'TimeoutError' });
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(done.signal.aborted).toBe(false);
  });
});
