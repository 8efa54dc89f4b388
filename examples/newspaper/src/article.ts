import type { Article } from "@masthead/client";
import { html, trusted } from "./html.js";
import type { Html } from "./html.js";
import type { Page } from "./layout.js";
import { absolute, path, pathOfTag, sectionOf } from "./site.js";
import type { Site } from "./site.js";
import { languageName, listOf, longDate, words } from "./words.js";

export function articlePage(site: Site, article: Article): Page {
  const { lead_image: lead, seo } = article;
  const image = seo.image ?? lead?.media;
  const section = sectionOf(site, article.section);
  return {
    path: path.article(site, article),
    title: seo.title ?? article.seo_title ?? article.title,
    description: seo.description ?? article.standfirst,
    locale: article.locale,
    canonical: article.canonical_url,
    image: image ? { url: image, alt: lead?.alt ?? null } : null,
    section: article.section,
    alternates: [article, ...(article.translations ?? [])]
      .map((it) => ({ locale: it.locale, path: path.article(site, it) }))
      .filter((_, __, all) => all.length > 1),
    article: {
      published: article.published_at,
      modified: article.corrected_at ?? article.published_at ?? article.updated_at,
      section: section?.name ?? null,
      tags: (article.tags ?? []).map((tag) => tag.name),
    },
    jsonLd: newsArticle(site, article),
    main: body(site, article),
  };
}

/** The headline for search engines where there is one; then the paper's own is the alternative. */
function newsArticle(site: Site, article: Article): unknown {
  const url = article.canonical_url ?? site.url + path.article(site, article);
  const headline = article.seo_title ?? article.title;
  const writers = (article.authors ?? []).filter((credit) => credit.role === "author");
  return {
    "@context": "https://schema.org",
    "@type": "NewsArticle",
    mainEntityOfPage: url,
    url,
    headline,
    ...(headline === article.title ? {} : { alternativeHeadline: article.title }),
    ...(article.standfirst === null ? {} : { description: article.standfirst }),
    inLanguage: article.locale,
    ...(article.published_at === null ? {} : { datePublished: article.published_at }),
    dateModified: article.corrected_at ?? article.published_at ?? article.updated_at,
    ...(article.lead_image ? { image: [absolute(site, article.lead_image.media)] } : {}),
    ...(article.section === null
      ? {}
      : { articleSection: sectionOf(site, article.section)?.name ?? article.section }),
    ...(article.dateline === null ? {} : { dateline: article.dateline }),
    wordCount: article.word_count,
    keywords: (article.tags ?? []).map((tag) => tag.name),
    author:
      writers.length === 0
        ? { "@type": "Organization", name: site.name, url: `${site.url}/` }
        : writers.map(({ name, slug }) => ({
            "@type": "Person",
            name,
            url: site.url + path.author(slug),
          })),
    publisher: { "@type": "NewsMediaOrganization", name: site.name, url: `${site.url}/` },
    ...(article.corrections.length === 0
      ? {}
      : {
          correction: article.corrections.map(({ at, text }) => ({
            "@type": "CorrectionComment",
            datePublished: at,
            text,
          })),
        }),
  };
}

function body(site: Site, article: Article): Html {
  const w = words(article.locale);
  const section = sectionOf(site, article.section);
  const { lead_image: lead } = article;
  const tags = article.tags ?? [];
  const related = article.related ?? [];
  return html`<article class="story">
<header>
<p class="kicker">${section && html`<a lang="${site.locale}" href="${path.section(section.slug)}">${section.name}</a>`}
${article.kicker && html`<span>${article.kicker}</span>`}</p>
<h1>${article.title}</h1>
${article.standfirst && html`<p class="standfirst">${article.standfirst}</p>`}
<div class="credits">${byline(article)}
<p class="when">${article.published_at && html`<time datetime="${article.published_at}">${longDate(article.published_at, article.locale)}</time> · `}${article.reading_minutes} ${w.minutes}</p>
${(article.translations ?? []).map((it) => html`<p class="when"><a href="${path.article(site, it)}" hreflang="${it.locale}" lang="${it.locale}">${words(it.locale).also} ${languageName(it.locale)}</a></p>`)}
</div>
</header>
${lead && html`<figure class="lead">
<div class="frame"><img src="${lead.media}" alt="${lead.alt}" fetchpriority="high"></div>
<figcaption>${lead.caption && html`<span class="caption">${lead.caption}</span>`}
${lead.credit && html`<span class="credit">${w.photograph}: ${lead.credit}</span>`}</figcaption>
</figure>`}
<div class="columns">
${outline(article)}
<div class="body">
${text(article)}
</div>
<div class="after">
${article.corrections.length > 0 && html`<section class="corrections" aria-labelledby="_corrections">
<h2 id="_corrections">${w.corrections}</h2>
${article.corrections.map((it) => html`<p><time datetime="${it.at}">${longDate(it.at, article.locale)}</time> ${it.text}</p>
`)}</section>`}
${tags.length > 0 && html`<nav class="tags" aria-labelledby="_tags"><h2 id="_tags">${w.tags}</h2><ul lang="${site.locale}">
${tags.map((tag) => html`<li><a href="${pathOfTag(site, tag.slug)}">${tag.name}</a></li>
`)}</ul></nav>`}
</div>
</div>
${related.length > 0 && html`<aside class="related" aria-labelledby="_related">
<h2 id="_related">${w.related}</h2>
<ul>
${related.map((it) => html`<li lang="${it.locale}">${it.kicker && html`<p class="kicker">${it.kicker}</p>`}
<h3><a href="${path.article(site, it)}">${it.title}</a></h3>
${it.standfirst && html`<p>${it.standfirst}</p>`}</li>
`)}</ul>
</aside>`}
</article>`;
}

/** What the article says itself, else who wrote it; and who else had a part in it. */
function byline(article: Article): Html {
  const w = words(article.locale);
  const credits = article.authors ?? [];
  const line = (label: string, role: string): Html | "" => {
    const people = credits.filter((credit) => credit.role === role);
    if (people.length === 0) return "";
    const links = people.map((it, i) => {
      const between = i === 0 ? "" : i === people.length - 1 ? ` ${w.and} ` : ", ";
      return html`${between}<a rel="author" href="${path.author(it.slug)}">${it.name}</a>`;
    });
    return html`${label} ${links}`;
  };
  const first = article.byline ?? line(w.by, "author");
  const others = (["contributor", "photographer", "illustrator", "translator", "editor"] as const)
    .map((role) => line(w[role], role))
    .filter((it) => it !== "");
  return html`${first && html`<p class="byline">${first}</p>`}
${others.map((it) => html`<p class="others">${it}</p>`)}`;
}

/** The names alone, for lists. */
export function plainByline(article: Article): string {
  if (article.byline !== null) return article.byline;
  const names = (article.authors ?? []).filter((it) => it.role === "author").map((it) => it.name);
  return names.length === 0 ? "" : `${words(article.locale).by} ${listOf(names, article.locale)}`;
}

function outline(article: Article): Html | false {
  const items = article.body?.outline ?? [];
  // A single heading is no help to find one's way.
  if (items.length < 2) return false;
  return html`<nav class="outline" aria-labelledby="_outline"><h2 id="_outline">${words(article.locale).contents}</h2><ol>
${items.map((it) => html`<li class="level-${it.level}"><a href="#${it.anchor}">${it.text}</a></li>
`)}</ol></nav>`;
}

/** The body with the dateline before its first words, and pictures with their titles as captions. */
function text(article: Article): Html {
  const source = (article.body?.html ?? "")
    .replace(/<p>(<img [^>]*>)<\/p>/g, (_, img: string) => {
      const caption = / title="([^"]*)"/.exec(img)?.[1];
      const picture = `<div class="frame">${img.replace(/ title="[^"]*"/, "")}</div>`;
      return `<figure>${picture}${caption ? `<figcaption>${caption}</figcaption>` : ""}</figure>`;
    })
    // A wide table scrolls by itself, also by keyboard; the page does not.
    .replace(/<table>[^]*?<\/table>/g, (table) => `<div class="table" tabindex="0">${table}</div>`);
  const dateline = html`<span class="dateline">${article.dateline}</span> `;
  const opened =
    article.dateline === null ? source : source.replace(/^<p>/, () => `<p>${dateline.text}`);
  return trusted(opened);
}
