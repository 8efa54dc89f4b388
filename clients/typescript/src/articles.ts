import type { Transport } from "./transport.js";
import type { Common, EditorialArticle, Answer, List, QueryOf, ReadArticle, Schemas, operations } from "./types.js";
import { Resource, iterate, read } from "./resources.js";
import type { Conditional, Conditioned, Edit, EditOnce } from "./resources.js";

export type ArticleQuery = QueryOf<operations["listArticles"]>;
export type ArticleParams = QueryOf<operations["getArticle"]>;
/** What an iteration takes: it finds its pages by itself. */
export type Iterated<Query> = Omit<Query, "cursor" | "page" | "total" | "counts">;

type Noted = EditOnce & { note?: string };
type Saved = Edit & { note?: string; autosave?: boolean };

export class Articles extends Resource<
  Schemas["ArticleInput"],
  Schemas["ArticlePatch"],
  EditorialArticle
> {
  constructor(transport: Transport) {
    super(transport, "/v1/articles", "article");
  }

  /** A page of the published ones to the public, of all working copies to a key. */
  async list<const Q extends ArticleQuery = Record<never, never>, O extends Conditional = Common>(
    query?: Q,
    options?: O,
  ): Promise<Conditioned<O, List<ReadArticle<Q>> & { counts?: Schemas["StateCounts"] }>> {
    return read(this.transport, "/v1/articles", query === undefined ? {} : { query }, options);
  }

  iterate<const Q extends Iterated<ArticleQuery> = Record<never, never>>(
    query?: Q,
    options?: Common,
  ): AsyncGenerator<ReadArticle<Q>, void, undefined> {
    return iterate(this.transport, "/v1/articles", query === undefined ? {} : { query }, options);
  }

  /** One article by id or slug. A slug it had once leads to it as well. */
  async get<const Q extends ArticleParams = Record<never, never>, O extends Conditional = Common>(
    reference: string,
    query?: Q,
    options?: O,
  ): Promise<Conditioned<O, ReadArticle<Q>>> {
    const values = { path: this.at(reference), ...(query === undefined ? {} : { query }) };
    return read(this.transport, this.item, values, options);
  }

  /**
   * Changes the members that `body` names. With `merge`, a change that is based on an older version
   * is joined with what changed since, as long as the two touch different members.
   */
  override async patch(
    reference: string,
    body: Schemas["ArticlePatch"],
    options: Saved & { merge?: boolean },
  ): Promise<Answer<EditorialArticle>> {
    return super.patch(reference, body, options);
  }

  /** Puts it into the trash, from where `restore` brings it back. */
  async delete(reference: string, options: Edit): Promise<Answer<undefined>> {
    return this.remove(reference, options);
  }

  async publish(reference: string, options: Noted): Promise<Answer<EditorialArticle>> {
    return this.act(reference, "publish", noteOf(options), options);
  }

  async unpublish(reference: string, options: Noted): Promise<Answer<EditorialArticle>> {
    return this.act(reference, "unpublish", noteOf(options), options);
  }

  async schedule(
    reference: string,
    when: Schemas["ScheduleInput"],
    options: EditOnce,
  ): Promise<Answer<EditorialArticle>> {
    return this.act(reference, "schedule", when, options);
  }

  async unschedule(reference: string, options: Noted): Promise<Answer<EditorialArticle>> {
    return this.act(reference, "unschedule", noteOf(options), options);
  }

  async submit(reference: string, options: Noted): Promise<Answer<EditorialArticle>> {
    return this.act(reference, "submit", noteOf(options), options);
  }

  async sendBack(reference: string, options: Noted): Promise<Answer<EditorialArticle>> {
    return this.act(reference, "send-back", noteOf(options), options);
  }

  async archive(reference: string, options: Noted): Promise<Answer<EditorialArticle>> {
    return this.act(reference, "archive", noteOf(options), options);
  }

  async reopen(reference: string, options: Noted): Promise<Answer<EditorialArticle>> {
    return this.act(reference, "reopen", noteOf(options), options);
  }

  /** Goes back to what was let go last. */
  async discard(reference: string, options: Noted): Promise<Answer<EditorialArticle>> {
    return this.act(reference, "discard", noteOf(options), options);
  }

  /** Brings it back from the trash. */
  async restore(
    reference: string,
    options: EditOnce & { slug?: string },
  ): Promise<Answer<EditorialArticle>> {
    const body = options.slug === undefined ? {} : { slug: options.slug };
    return this.act(reference, "restore", body, options);
  }

  async addCorrection(
    reference: string,
    correction: Schemas["CorrectionInput"],
    options: EditOnce,
  ): Promise<Answer<EditorialArticle>> {
    return this.act(reference, "corrections", correction, options);
  }
}

function noteOf(options: { note?: string }): Schemas["NoteInput"] {
  return options.note === undefined ? {} : { note: options.note };
}
