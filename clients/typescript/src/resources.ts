// What articles, authors and tags have in common: lists, pages, reads, and edits with a version.

import type { Transport } from "./transport.js";
import type { Answer, Common, List, NotModified } from "./types.js";

/** A read that is answered with `notModified` if the ETag still is the one that is named. */
export interface Conditional extends Common {
  ifNoneMatch?: string | undefined;
}

/**
 * An edit says which version it is based on: the `etag` of a read with a key, or `"*"` for any.
 * Without one, as where a proxy took it away, the server refuses the edit (428).
 */
export interface Edit extends Common {
  ifMatch: string | undefined;
}

/** A `POST` with a key of its own may be sent again, and is carried out once. */
export interface Once extends Common {
  /** Random and new for each thing that is done, as `crypto.randomUUID()` makes it. */
  idempotencyKey?: string;
}

export type EditOnce = Edit & Once;

/** `notModified` can only come of a condition, so only then has a caller to look for it. */
export type Conditioned<O, T> = O extends { ifNoneMatch: unknown }
  ? Answer<T> | NotModified
  : Answer<T>;

export function headersOf(options: {
  ifMatch?: string | undefined;
  ifNoneMatch?: string | undefined;
  idempotencyKey?: string;
  merge?: boolean;
}): Record<string, string | undefined> {
  return {
    "if-match": options.ifMatch,
    "if-none-match": options.ifNoneMatch,
    "idempotency-key": options.idempotencyKey,
    prefer: options.merge === true ? "merge" : undefined,
  };
}

export function signalOf(options: Common): { signal?: AbortSignal } {
  return options.signal === undefined ? {} : { signal: options.signal };
}

/** A `GET`, conditional or not. */
export async function read<T, O extends Conditional>(
  transport: Transport,
  path: string,
  values: { path?: Record<string, string | number>; query?: object },
  options: O | undefined,
): Promise<Conditioned<O, T>> {
  const answer = await transport.send<T>("get", path, {
    ...(values.path === undefined ? {} : { path: values.path }),
    query: { ...values.query },
    headers: headersOf(options ?? {}),
    ...signalOf(options ?? {}),
  });
  return answer as Conditioned<O, T>;
}

/** All items of a list from `query` on, page by page: the next page is read when it is come to. */
export async function* iterate<T>(
  transport: Transport,
  path: string,
  values: { path?: Record<string, string | number>; query?: object },
  options: Common = {},
): AsyncGenerator<T, void, undefined> {
  let cursor: string | null | undefined;
  do {
    const query = { ...values.query, ...(cursor ? { cursor } : {}) };
    const answer = await transport.sure<List<T>>("get", path, {
      ...(values.path === undefined ? {} : { path: values.path }),
      query,
      ...signalOf(options),
    });
    yield* answer.data.data;
    cursor = answer.data.page.next;
  } while (cursor);
}

/** The part that is the same for all: subclasses fix the paths and the types. */
export abstract class Resource<Input, Patch, Whole> {
  constructor(
    protected readonly transport: Transport,
    private readonly collection: string,
    private readonly name: string,
  ) {}

  protected get item(): string {
    return `${this.collection}/{${this.name}}`;
  }

  protected at(reference: string): Record<string, string> {
    return { [this.name]: reference };
  }

  async create(body: Input, options: Once = {}): Promise<Answer<Whole>> {
    return this.transport.sure("post", this.collection, {
      body,
      headers: headersOf(options),
      ...signalOf(options),
    });
  }

  /** Puts `body` in the place of all that was there; what it leaves out gets its default. */
  async replace(reference: string, body: Input, options: Edit): Promise<Answer<Whole>> {
    return this.transport.sure("put", this.item, {
      path: this.at(reference),
      body,
      headers: headersOf(options),
      ...signalOf(options),
    });
  }

  /** Changes the members that `body` names; `null` gives one its default. */
  async patch(
    reference: string,
    body: Patch,
    options: Edit & { merge?: boolean; note?: string; autosave?: boolean },
  ): Promise<Answer<Whole>> {
    const { note, autosave } = options;
    return this.transport.sure("patch", this.item, {
      path: this.at(reference),
      query: { note, autosave },
      body,
      headers: headersOf(options),
      ...signalOf(options),
    });
  }

  protected async remove(
    reference: string,
    options: Edit,
    query: Record<string, unknown> = {},
  ): Promise<Answer<undefined>> {
    return this.transport.sure("delete", this.item, {
      path: this.at(reference),
      query,
      headers: headersOf(options),
      ...signalOf(options),
    });
  }

  protected async act<T = Whole>(
    reference: string,
    action: string,
    body: object,
    options: EditOnce,
  ): Promise<Answer<T>> {
    return this.transport.sure("post", `${this.item}/${action}`, {
      path: this.at(reference),
      body,
      headers: headersOf(options),
      ...signalOf(options),
    });
  }
}
