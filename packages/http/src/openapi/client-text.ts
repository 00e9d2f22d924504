/** The parts of a client that are the same for every API. */

/** What stands before the types of a client. */
export const CLIENT_HEAD = `/** Where the server is, and what each request says of its own accord. */
export interface ClientOptions {
  readonly baseUrl: string;
  /** Such as a key. */
  readonly headers?: Readonly<Record<string, string>>;
  /** @default the one of the host */
  readonly fetch?: (request: Request) => Promise<Response>;
}

/** An answer with a status that is none of success. */
export class ClientError extends Error {
  readonly status: number;
  /** What came with it, commonly a problem document. */
  readonly body: unknown;

  constructor(status: number, body: unknown) {
    super(\`The server answered with \${status}\`);
    this.name = 'ClientError';
    this.status = status;
    this.body = body;
  }
}
`;

/** What makes its requests. */
export const CLIENT_FOOT = `interface Target {
  readonly method: string;
  readonly path: string;
  readonly rest?: string;
  readonly type?: string;
}

interface Input {
  readonly params?: Readonly<Record<string, unknown>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
}

function caller({ baseUrl, headers: own = {}, fetch: send = fetch }: ClientOptions) {
  return async <T>(target: Target, input: Input = {}): Promise<T> => {
    const headers = new Headers({ accept: 'application/json, */*;q=0.1', ...own });
    for (const [name, value] of Object.entries(input.headers ?? {})) {
      if (value !== undefined) headers.set(name, String(value));
    }
    const body = bodyOf(target, input.body, headers);
    const url = baseUrl.replace(/\\/$/, '') + pathOf(target, input.params ?? {}) + searchOf(input.query ?? {});
    const init = { method: target.method, headers, ...(body !== undefined && { body }) };
    const answer = await send(new Request(url, init));
    const text = await answer.text();
    const isJson = /json/.test(answer.headers.get('content-type') ?? '');
    const value: unknown = text === '' ? undefined : isJson ? JSON.parse(text) : text;
    if (!answer.ok) throw new ClientError(answer.status, value);
    return value as T;
  };
}

function pathOf({ path, rest }: Target, params: Readonly<Record<string, unknown>>): string {
  return path.replace(/\\{([^}]*)\\}/g, (_, name: string) => {
    const text = String(params[name] ?? '');
    return name === rest ? text.split('/').map(encodeURIComponent).join('/') : encodeURIComponent(text);
  });
}

function searchOf(query: Readonly<Record<string, unknown>>): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined) search.append(name, String(one));
    }
  }
  const text = search.toString();
  return text === '' ? '' : \`?\${text}\`;
}

function bodyOf({ type }: Target, body: unknown, headers: Headers): BodyInit | undefined {
  if (body === undefined || type === undefined) return undefined;
  if (type === 'multipart/form-data' || type === 'application/x-www-form-urlencoded') {
    const form = type === 'multipart/form-data' ? new FormData() : new URLSearchParams();
    for (const [name, value] of Object.entries(body as object)) {
      for (const one of Array.isArray(value) ? value : [value]) {
        if (one instanceof Blob && form instanceof FormData) form.append(name, one);
        else if (one !== undefined) form.append(name, String(one));
      }
    }
    return form;
  }
  headers.set('content-type', type);
  return /json/.test(type) ? JSON.stringify(body) : (body as BodyInit);
}
`;
