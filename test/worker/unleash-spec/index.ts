/** Evaluates the cases that it is sent over the document that it is sent. */
import { parseFeatures, type FlagContext } from '../../../flags/unleash.ts';

export interface Question {
  document: unknown;
  asks: { flag: string; context: FlagContext; variant: boolean }[];
}

export default {
  async fetch(request: Request): Promise<Response> {
    const { document, asks } = await request.json<Question>();
    const features = parseFeatures(JSON.stringify(document));
    if (!features) return new Response('not readable', { status: 422 });
    return Response.json(
      asks.map(({ flag, context, variant }) =>
        variant ? features.variant(flag, context) : features.isEnabled(flag, context),
      ),
    );
  },
};
