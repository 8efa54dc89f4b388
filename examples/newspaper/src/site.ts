// What the site is made of, read from the API once.

import type { Article, Author, Client, Tag } from "@masthead/client";

export interface Site {
  name: string;
  /** Where the site will stand, without a slash at the end. */
  url: string;
  locale: string;
  articles: Article[];
  authors: Author[];
  tags: Tag[];
  /** The sections that have articles, in the order of their names. */
  sections: Tag[];
}

export async function readSite(
  client: Client,
  options: { url: string; locale: string; name?: string },
): Promise<Site> {
  const root = await client.request("get", "/");
  const articles: Article[] = [];
  // A list has no bodies: it tells what there is, and each article is read by its id.
  for await (const { id } of client.articles.iterate({ limit: 100, sort: "-published_at", fields: "id" })) {
    if (id === undefined) continue;
    const { data } = await client.articles.get(id, { fields: FIELDS });
    articles.push(data as Article);
  }
  const authors: Author[] = [];
  for await (const author of client.authors.iterate({ limit: 100 })) authors.push(author);
  const tags: Tag[] = [];
  for await (const tag of client.tags.iterate({ limit: 100 })) tags.push(tag);

  const used = new Set(articles.map((article) => article.section));
  return {
    name: options.name ?? root.data?.site ?? "Newspaper",
    url: options.url.replace(/\/+$/, ""),
    locale: options.locale,
    articles,
    authors,
    tags,
    sections: tags.filter((tag) => tag.kind === "section" && used.has(tag.slug)),
  };
}

/** All that the pages show. */
const FIELDS = [
  ...["id", "slug", "locale", "title", "seo_title", "kicker", "standfirst", "byline", "dateline"],
  ...["section", "featured", "published_at", "first_published_at", "updated_at", "canonical_url"],
  ...["seo", "corrections", "corrected_at", "word_count", "reading_minutes", "lead_image"],
  ...["authors", "tags", "related", "translations", "body.html", "body.outline"],
];

export const path = {
  article: (site: Site, it: { slug: string; locale: string }): string =>
    it.locale === site.locale ? `/articles/${it.slug}/` : `/${it.locale}/articles/${it.slug}/`,
  section: (slug: string): string => `/sections/${slug}/`,
  tag: (slug: string): string => `/tags/${slug}/`,
  author: (slug: string): string => `/authors/${slug}/`,
};

/** A tag that is a section has one page, not two. */
export function pathOfTag(site: Site, slug: string): string {
  return site.sections.some((section) => section.slug === slug) ? path.section(slug) : path.tag(slug);
}

export function sectionOf(site: Site, slug: string | null): Tag | undefined {
  return site.sections.find((section) => section.slug === slug);
}

/** Pictures may be paths on the site; search engines and networks want whole addresses. */
export function absolute(site: Site, address: string): string {
  return new URL(address, `${site.url}/`).href;
}
