// What the document says of an operation, turned into the arguments and the answer of a call.

import type { components, operations, paths } from "./schema.js";

export type { components, operations, paths };

export type Schemas = components["schemas"];
export type Method = "get" | "post" | "put" | "patch" | "delete";

/** The paths that know a method. */
export type PathsWith<M extends Method> = {
  [P in keyof paths]: paths[P][M] extends { responses: unknown } ? P : never;
}[keyof paths];

export type Operation<M extends Method, P extends PathsWith<M>> = paths[P][M];

type Parameters<Op, Place extends string> = Op extends { parameters: infer All }
  ? Place extends keyof All
    ? NonNullable<All[Place]>
    : Place extends keyof Required<All>
      ? NonNullable<Required<All>[Place]>
      : never
  : never;

/** A property that must be there only if something in it must. */
type Part<Name extends string, T> = [T] extends [never]
  ? unknown
  : Record<string, never> extends T
    ? { [K in Name]?: T }
    : { [K in Name]: T };

/** What a query takes; besides single values, lists of them are sent with commas between. */
type Query<T> = { [K in keyof T]: T[K] extends string | undefined ? T[K] | readonly string[] : T[K] };

export type QueryOf<Op> = [Parameters<Op, "query">] extends [never]
  ? Record<never, never>
  : Query<Parameters<Op, "query">>;

export type BodyOf<Op> = Op extends { requestBody: { content: infer C } } ? C[keyof C] : never;

/** What may come with every call. */
export interface Common {
  signal?: AbortSignal;
}

export type RequestOptions<Op> = Common &
  Part<"path", Parameters<Op, "path">> &
  Part<"query", QueryOf<Op>> &
  Part<"headers", Parameters<Op, "header">> &
  ([BodyOf<Op>] extends [never] ? unknown : { body: BodyOf<Op> });

type Content<R> = R extends { content: infer C }
  ? C extends { "application/json": infer T }
    ? T
    : undefined
  : undefined;

type Success = 200 | 201 | 202 | 204;

/** What an operation answers when it is carried out. */
export type DataOf<Op> = Op extends { responses: infer R }
  ? { [S in keyof R]: S extends Success ? Content<R[S]> : never }[keyof R]
  : never;

/** An answer, with what its headers tell. */
export interface Answer<T> {
  notModified: false;
  status: number;
  data: T;
  /** Names what was read: for `ifMatch` if a key read it, else for `ifNoneMatch` alone. */
  etag: string | undefined;
  headers: Headers;
}

/** The answer to a conditional read when nothing has changed. */
export interface NotModified {
  notModified: true;
  status: 304;
  data: undefined;
  etag: string | undefined;
  headers: Headers;
}

export type Article = Schemas["Article"];
export type EditorialArticle = Schemas["EditorialArticle"];
export type Author = Schemas["Author"];
export type EditorialAuthor = Schemas["EditorialAuthor"];
export type Tag = Schemas["Tag"];
export type EditorialTag = Schemas["EditorialTag"];
export type Page = Schemas["Page"];

/** A whole resource as it is read: what only editors see is there with a key that sees it. */
export type Whole<Public, Editorial> = Public & Partial<Omit<Editorial, keyof Public>>;

/** What a read gives: all members may be missing once `fields` names those that are wanted. */
export type Read<Params, All, Some> = Params extends { fields: unknown } ? Some : All;

export type ReadArticle<Params> = Read<Params, Whole<Article, EditorialArticle>, Schemas["ArticlePart"]>;
export type ReadAuthor<Params> = Read<Params, Whole<Author, EditorialAuthor>, Schemas["AuthorPart"]>;
export type ReadTag<Params> = Read<Params, Whole<Tag, EditorialTag>, Schemas["TagPart"]>;

export interface List<T> {
  data: T[];
  page: Page;
}
