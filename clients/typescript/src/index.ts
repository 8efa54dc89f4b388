import { Articles } from "./articles.js";
import { Named } from "./named.js";
import { Transport } from "./transport.js";
import type { ClientOptions } from "./transport.js";

export class Client extends Transport {
  readonly articles = new Articles(this);
  readonly authors = new Named(this, "author");
  readonly tags = new Named(this, "tag");
}

export function createClient(options: ClientOptions): Client {
  return new Client(options);
}

export { ProblemError } from "./problem.js";
export type { ChangeSince, Problem } from "./problem.js";
export type { ClientOptions } from "./transport.js";
export type { Conditional, Edit, EditOnce, Once } from "./resources.js";
export type { ArticleParams, ArticleQuery } from "./articles.js";
export type {
  Answer,
  Article,
  Author,
  Common,
  EditorialArticle,
  EditorialAuthor,
  EditorialTag,
  List,
  Method,
  NotModified,
  Page,
  PathsWith,
  ReadArticle,
  ReadAuthor,
  ReadTag,
  RequestOptions,
  Schemas,
  Tag,
  components,
  operations,
  paths,
} from "./types.js";
