/** One expression of Cedar's JSON form as Cedar text, for people to read; what it does not know is shown as JSON. Pure. */
export function cedarText(body: unknown): string {
  if (typeof body !== 'object' || body === null) return JSON.stringify(body) ?? '';
  const [[operator, value] = ['', null]] = Object.entries(body) as [string, unknown][];
  const write = Object.hasOwn(writers, operator) ? writers[operator] : undefined;
  return write ? write(value) : JSON.stringify(body);
}

type Node = Readonly<Record<string, unknown>>;

const writers: Readonly<Record<string, (value: unknown) => string>> = {
  Value: literal,
  Var: String,
  Set: (items) => `[${(items as unknown[]).map(cedarText).join(', ')}]`,
  Record: (entries) =>
    `{${Object.entries(entries as Node)
      .map(([name, item]) => `${JSON.stringify(name)}: ${cedarText(item)}`)
      .join(', ')}}`,
  '!': (value) => `!${inner((value as Node)['arg'])}`,
  neg: (value) => `-${inner((value as Node)['arg'])}`,
  isEmpty: (value) => `${inner((value as Node)['arg'])}.isEmpty()`,
  '.': (value) => `${inner((value as Node)['left'])}${access((value as Node)['attr'])}`,
  has: (value) => `${inner((value as Node)['left'])} has ${path((value as Node)['attr'])}`,
  like: (value) => `${inner((value as Node)['left'])} like ${pattern((value as Node)['pattern'])}`,
  is: (value) => {
    const { left, entity_type: type, in: within } = value as Node;
    return `${inner(left)} is ${String(type)}${within === undefined ? '' : ` in ${cedarText(within)}`}`;
  },
  'if-then-else': (value) => {
    const { if: test, then, else: other } = value as Node;
    return `if ${cedarText(test)} then ${cedarText(then)} else ${cedarText(other)}`;
  },
  ...Object.fromEntries(['contains', 'containsAll', 'containsAny'].map((name) => [name, method(name)])),
  ...Object.fromEntries(
    ['==', '!=', '<', '<=', '>', '>=', '+', '-', '*', 'in', '&&', '||'].map((sign) => [sign, infix(sign)]),
  ),
};

function method(name: string): (value: unknown) => string {
  return (value) => `${inner((value as Node)['left'])}.${name}(${cedarText((value as Node)['right'])})`;
}

function infix(sign: string): (value: unknown) => string {
  return (value) => `${inner((value as Node)['left'])} ${sign} ${inner((value as Node)['right'])}`;
}

/** A part of an expression, in brackets where it would be read another way without. */
function inner(body: unknown): string {
  const [operator = ''] = typeof body === 'object' && body !== null ? Object.keys(body) : [];
  const whole = [
    'Value',
    'Var',
    'Set',
    'Record',
    '.',
    '!',
    'neg',
    'isEmpty',
    'contains',
    'containsAll',
    'containsAny',
  ];
  return whole.includes(operator) ? cedarText(body) : `(${cedarText(body)})`;
}

function literal(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? '';
  const { type, id } = ((value as Node)['__entity'] ?? {}) as Node;
  return typeof type === 'string' ? `${type}::${JSON.stringify(id)}` : JSON.stringify(value);
}

function access(attr: unknown): string {
  return typeof attr === 'string' && /^[A-Za-z_]\w*$/.test(attr) ? `.${attr}` : `[${JSON.stringify(attr)}]`;
}

function path(attr: unknown): string {
  return Array.isArray(attr) ? attr.join('.') : String(attr);
}

function pattern(parts: unknown): string {
  const text = (parts as (string | { Literal: string })[]).map((part) =>
    typeof part === 'string' ? '*' : part.Literal.replaceAll('*', '\\*'),
  );
  return JSON.stringify(text.join(''));
}
