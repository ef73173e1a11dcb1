/** One block of a stream of server-sent events: an event, or a comment. */
export interface ServerEvent {
  name?: string;
  id?: string;
  data?: unknown;
  comment?: string;
}

/** Reads a stream of server-sent events whose data is JSON, by the format's own rules as far as they are used here. */
export async function* eventsOf(answer: Response): AsyncGenerator<ServerEvent> {
  let rest = '';
  for await (const text of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const blocks = (rest + text).split('\n\n');
    rest = blocks.pop() ?? '';
    yield* blocks.map(parse);
  }
}

function parse(block: string): ServerEvent {
  const event: ServerEvent = {};
  for (const line of block.split('\n')) {
    const [, field, value = ''] = /^([a-z]*): ?(.*)$/.exec(line) ?? [];
    if (field === 'event') event.name = value;
    if (field === 'id') event.id = value;
    if (field === 'data') event.data = JSON.parse(value) as unknown;
    if (field === '') event.comment = value;
  }
  return event;
}
