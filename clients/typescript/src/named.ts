// Authors and tags: they have no drafts, lists of articles hang on them, and they can be merged.

import type { ArticleQuery, Iterated } from "./articles.js";
import { Resource, iterate, read } from "./resources.js";
import type { Conditional, Conditioned, Edit, EditOnce } from "./resources.js";
import type { Transport } from "./transport.js";
import type {
  Answer,
  Common,
  EditorialAuthor,
  EditorialTag,
  List,
  QueryOf,
  ReadArticle,
  ReadAuthor,
  ReadTag,
  Schemas,
  operations,
} from "./types.js";

export interface Kinds {
  author: {
    input: Schemas["AuthorInput"];
    patch: Schemas["AuthorPatch"];
    whole: EditorialAuthor;
    query: QueryOf<operations["listAuthors"]>;
    pages: Iterated<QueryOf<operations["listAuthors"]>>;
    params: QueryOf<operations["getAuthor"]>;
  };
  tag: {
    input: Schemas["TagInput"];
    patch: Schemas["TagPatch"];
    whole: EditorialTag;
    query: QueryOf<operations["listTags"]>;
    pages: Iterated<QueryOf<operations["listTags"]>>;
    params: QueryOf<operations["getTag"]>;
  };
}

export type Kind = keyof Kinds;
export type ReadNamed<K extends Kind, Q> = K extends "author" ? ReadAuthor<Q> : ReadTag<Q>;

export class Named<K extends Kind> extends Resource<
  Kinds[K]["input"],
  Kinds[K]["patch"],
  Kinds[K]["whole"]
> {
  readonly #collection: string;

  constructor(transport: Transport, kind: K) {
    super(transport, `/v1/${kind}s`, kind);
    this.#collection = `/v1/${kind}s`;
  }

  async list<const Q extends Kinds[K]["query"] = Record<never, never>, O extends Conditional = Common>(
    query?: Q,
    options?: O,
  ): Promise<Conditioned<O, List<ReadNamed<K, Q>>>> {
    return read(this.transport, this.#collection, query === undefined ? {} : { query }, options);
  }

  iterate<const Q extends Kinds[K]["pages"] = Record<never, never>>(
    query?: Q,
    options?: Common,
  ): AsyncGenerator<ReadNamed<K, Q>, void, undefined> {
    return iterate(this.transport, this.#collection, query === undefined ? {} : { query }, options);
  }

  /** One by id or slug. A slug it had once leads to it as well. */
  async get<const Q extends Kinds[K]["params"] = Record<never, never>, O extends Conditional = Common>(
    reference: string,
    query?: Q,
    options?: O,
  ): Promise<Conditioned<O, ReadNamed<K, Q>>> {
    const values = { path: this.at(reference), ...(query === undefined ? {} : { query }) };
    return read(this.transport, this.item, values, options);
  }

  /** Removes it; what refers to it makes that a problem, unless it is to refer to another. */
  async delete(
    reference: string,
    options: Edit & { reassignTo?: string },
  ): Promise<Answer<undefined>> {
    return this.remove(reference, options, { reassign_to: options.reassignTo });
  }

  /** Makes it part of another, which is answered. */
  async merge(
    reference: string,
    into: string,
    options: EditOnce,
  ): Promise<Answer<Kinds[K]["whole"]>> {
    return this.act(reference, "merge", { into }, options);
  }

  /** A page of the articles that credit the author or have the tag. */
  async articles<
    const Q extends ArticleQuery = Record<never, never>,
    O extends Conditional = Common,
  >(reference: string, query?: Q, options?: O): Promise<Conditioned<O, List<ReadArticle<Q>>>> {
    const values = { path: this.at(reference), ...(query === undefined ? {} : { query }) };
    return read(this.transport, `${this.item}/articles`, values, options);
  }

  iterateArticles<const Q extends Iterated<ArticleQuery> = Record<never, never>>(
    reference: string,
    query?: Q,
    options?: Common,
  ): AsyncGenerator<ReadArticle<Q>, void, undefined> {
    const values = { path: this.at(reference), ...(query === undefined ? {} : { query }) };
    return iterate(this.transport, `${this.item}/articles`, values, options);
  }
}
