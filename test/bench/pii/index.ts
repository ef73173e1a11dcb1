import { detect } from '../../../shared/pii/detect.ts';

/** The texts of the last setting. The clock of workerd stands still while it computes, so whoever asks measures. */
let texts: string[] = [];

export default {
  async fetch(request: Request): Promise<Response> {
    if (new URL(request.url).pathname === '/set') {
      texts = await request.json<string[]>();
      return Response.json({ found: look() });
    }
    const times = Number(await request.text());
    let found = 0;
    for (let n = 0; n < times; n += 1) found += look();
    return Response.json({ found });
  },
};

function look(): number {
  return texts.reduce((sum, text) => sum + detect(text).length, 0);
}
