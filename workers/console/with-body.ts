import type { Result } from '../../shared/rpc.ts';
import { refuse, relay } from './answer.ts';
import { credentialOf, readJson } from './request.ts';

/** Hands a request's JSON body, of at most `maxBytes`, and the person's credential to a desk; `show` makes the answer, 200 if absent. */
export async function withBody<T>(
  request: Request,
  maxBytes: number,
  ask: (credential: string | null, input: unknown) => Promise<Result<T>>,
  show?: (value: T) => Response,
): Promise<Response> {
  const input = await readJson(request, maxBytes);
  return input.ok ? relay(async () => ask(credentialOf(request), input.value), show) : refuse(input.problem);
}
