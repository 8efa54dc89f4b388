import { ProblemError } from "./problem.js";
import type {
  Answer,
  DataOf,
  Method,
  NotModified,
  Operation,
  PathsWith,
  RequestOptions,
} from "./types.js";

export interface ClientOptions {
  /** Where the server is, such as `https://cms.example.org`; may have a path below which it stands. */
  baseUrl: string;
  /** An API key, or an access token; a function is asked before each request. */
  token?: string | (() => string | undefined | Promise<string | undefined>);
  /** Takes the place of the global `fetch`. */
  fetch?: typeof globalThis.fetch;
}

/** The options of any request, as the code sees them; callers see those of their operation. */
interface Loose {
  path?: Record<string, string | number>;
  query?: Record<string, unknown>;
  headers?: Record<string, string | undefined>;
  body?: unknown;
  signal?: AbortSignal;
}

/** Sends requests. Everything else is made of it. */
export class Transport {
  readonly #base: string;
  readonly #token: ClientOptions["token"];
  readonly #fetch: typeof globalThis.fetch;

  constructor(options: ClientOptions) {
    this.#base = options.baseUrl.replace(/\/+$/, "");
    this.#token = options.token;
    // Looked up at each call, so that a `fetch` that is replaced later is the one that is used.
    this.#fetch = options.fetch ?? ((...args) => globalThis.fetch(...args));
  }

  /** Calls any operation by its method and path, as the document has them. */
  async request<M extends Method, P extends PathsWith<M>>(
    method: M,
    path: P,
    ...[options]: Record<string, never> extends RequestOptions<Operation<M, P>>
      ? [options?: RequestOptions<Operation<M, P>>]
      : [options: RequestOptions<Operation<M, P>>]
  ): Promise<Answer<DataOf<Operation<M, P>>> | NotModified> {
    return this.send(method, path, (options ?? {}) as Loose);
  }

  /** The same without types, for code that has made sure of them. */
  async send<T>(method: Method, path: string, options: Loose): Promise<Answer<T> | NotModified> {
    const headers = new Headers({ accept: "application/json" });
    for (const [name, value] of Object.entries(options.headers ?? {})) {
      if (value !== undefined) headers.set(name, value);
    }
    const token = typeof this.#token === "function" ? await this.#token() : this.#token;
    if (token !== undefined) headers.set("authorization", `Bearer ${token}`);
    const init: RequestInit = { method: method.toUpperCase(), headers };
    if (options.body !== undefined) {
      const json = method === "patch" ? "application/merge-patch+json" : "application/json";
      headers.set("content-type", json);
      init.body = JSON.stringify(options.body);
    }
    if (options.signal !== undefined) init.signal = options.signal;

    const address = this.#base + expand(path, options.path ?? {}) + queryOf(options.query ?? {});
    const response = await this.#fetch(address, init);
    if (response.status >= 400) throw await ProblemError.from(response);

    const etag = response.headers.get("etag") ?? undefined;
    if (response.status === 304) {
      return { notModified: true, status: 304, data: undefined, etag, headers: response.headers };
    }
    const text = await response.text();
    const data = (text === "" ? undefined : JSON.parse(text)) as T;
    return { notModified: false, status: response.status, data, etag, headers: response.headers };
  }

  /** Sends what has no condition that 304 could answer. */
  async sure<T>(method: Method, path: string, options: Loose): Promise<Answer<T>> {
    const answer = await this.send<T>(method, path, options);
    if (answer.notModified) throw new TypeError(`${method} ${path}: 304 to no condition`);
    return answer;
  }
}

function expand(path: string, values: Record<string, string | number>): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = values[name];
    // An empty segment would address the collection instead.
    if (value === undefined || value === "") throw new TypeError(`${path}: no value for ${name}`);
    return encodeURIComponent(value);
  });
}

function queryOf(values: Record<string, unknown>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined) query.set(name, Array.isArray(value) ? value.join(",") : String(value));
  }
  return query.size === 0 ? "" : `?${query.toString()}`;
}
