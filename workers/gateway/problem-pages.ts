import { createHash } from 'node:crypto';
import { secureHeaders } from '../../shared/http.ts';
import { problems, type ProblemCode } from '../../shared/problems.ts';

const css =
  'body{font:16px/1.5 system-ui,sans-serif;max-width:42rem;margin:3rem auto;padding:0 1rem;color:#1b1f24;background:#fff}' +
  'code{font-family:ui-monospace,monospace}a{color:#0b57d0}' +
  '@media(prefers-color-scheme:dark){body{color:#e6e6e6;background:#16181b}a{color:#8ab4f8}}';

const csp = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(css).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** A small page without scripts. `main` is our own HTML; nothing that a caller sent goes into it. */
export function page(title: string, main: string): Response {
  const html =
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title} · Toolgate</title>` +
    `<meta name="viewport" content="width=device-width,initial-scale=1"><style>${css}</style></head>` +
    `<body><main>${main}</main></body></html>`;
  return new Response(html, {
    headers: { ...secureHeaders, 'content-type': 'text/html; charset=utf-8', 'content-security-policy': csp },
  });
}

/** Whether a request asks for JSON before HTML. */
export function wantsJson(request: Request): boolean {
  const accept = request.headers.get('accept') ?? '';
  return /application\/(problem\+)?json/i.test(accept) && !/text\/html/i.test(accept);
}

/** `GET /problems/{code}`: what a problem means and what to do next. Undefined when there is no such problem. */
export function problemPage(request: Request, code: string): Response | undefined {
  if (!Object.hasOwn(problems, code)) return undefined;
  const { status, title, next } = problems[code as ProblemCode];
  if (wantsJson(request)) {
    return Response.json(
      { type: `/problems/${code}`, code, status, title, next },
      { headers: secureHeaders },
    );
  }
  const steps = next.replace(/`([^`]+)`/g, '<code>$1</code>');
  return page(title, `<h1>${title}</h1><p>HTTP ${status}, code <code>${code}</code></p><p>${steps}</p>`);
}

/** `GET /`: where to look. */
export function indexPage(request: Request): Response {
  const links = {
    '/openapi.json': 'every function, as OpenAPI 3.1',
    '/v1/tools': 'what your agent may call (needs a token)',
    '/v1/me': 'who you are here: grants, limits, stops (needs a token)',
    '/.well-known/oauth-authorization-server': 'how to get a token',
    '/healthz': 'whether the gate answers',
  };
  if (wantsJson(request)) return Response.json({ name: 'Toolgate', links }, { headers: secureHeaders });
  const list = Object.entries(links).map(([path, what]) => `<li><a href="${path}">${path}</a> ${what}</li>`);
  return page(
    'The gate',
    `<h1>Toolgate</h1><p>The gate between agents and tools.</p><ul>${list.join('')}</ul>`,
  );
}
