interface Env {
  GUARD: { getByName(name: string): { crash(): Promise<void> } };
}

export default {
  /** `POST /{agent}`: its guard is aborted, whatever it is doing. */
  async fetch(request: Request, env: Env): Promise<Response> {
    // The abort ends this very call with an error, which is the proof that it happened.
    const survived = await env.GUARD.getByName(new URL(request.url).pathname.slice(1))
      .crash()
      .then(
        () => true,
        () => false,
      );
    return Response.json({ crashed: !survived });
  },
};
