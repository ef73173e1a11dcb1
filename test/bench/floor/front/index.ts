/** The floor's object, as its door reaches it. */
interface FloorApi {
  call(body: string): Promise<string>;
  begin(body: string): Promise<number>;
  end(id: number, answer: string): Promise<void>;
}

interface Env {
  FLOOR: { getByName(name: string): FloorApi };
  TOOL: { run(body: string): Promise<string> };
}

/** `/floor` visits the object once, `/floor-two-visits` before and after the tool. */
export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const body = await request.text();
    const floor = env.FLOOR.getByName('one');
    const twice = new URL(request.url).pathname === '/floor-two-visits';
    const answer = twice ? await twoVisits(floor, env, body) : await floor.call(body);
    return new Response(answer, { headers: { 'content-type': 'application/json' } });
  },
};

async function twoVisits(floor: FloorApi, env: Env, body: string): Promise<string> {
  const id = await floor.begin(body);
  const answer = await env.TOOL.run(body);
  await floor.end(id, answer);
  return answer;
}
