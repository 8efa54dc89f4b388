// The front page, and the pages of sections, tags and authors.

import type { Article, Author, Tag } from "@masthead/client";
import { plainByline } from "./article.js";
import { html } from "./html.js";
import type { Html } from "./html.js";
import type { Page } from "./layout.js";
import { path, pathOfTag } from "./site.js";
import type { Site } from "./site.js";
import { languageName, longDate } from "./words.js";

type Look = "lead" | "second" | "brief";

/** A story as lists show it; `level` is that of its headline. */
function teaser(site: Site, article: Article, look: Look, level: 2 | 3 = 3): Html {
  const { lead_image: lead } = article;
  const link = html`<a href="${path.article(site, article)}">${article.title}</a>`;
  const by = plainByline(article);
  return html`<article class="teaser ${look}" lang="${article.locale}">
${lead && look !== "brief" && html`<figure><div class="frame"><img src="${lead.media}" alt="${lead.alt}"${
    look === "second" && html` loading="lazy"`
  }></div>${
    look === "lead" && html`<figcaption>${lead.caption && html`<span class="caption">${lead.caption}</span>`}
${lead.credit && html`<span class="credit">${lead.credit}</span>`}</figcaption>`
  }</figure>`}
<div>
${article.kicker && html`<p class="kicker">${article.kicker}</p>`}
${level === 2 ? html`<h2>${link}</h2>` : html`<h3>${link}</h3>`}
${article.standfirst && html`<p class="standfirst">${article.standfirst}</p>`}
<p class="meta">${by && html`<span class="byline">${by}</span> `}${
    article.published_at && html`<time datetime="${article.published_at}">${longDate(article.published_at, article.locale)}</time>`
  }</p>
</div>
</article>
`;
}

export function frontPage(site: Site): Page {
  const own = site.articles.filter((article) => article.locale === site.locale);
  const others = site.articles.filter((article) => article.locale !== site.locale);
  // What the desk features comes first, then what is newest.
  const ranked = [...own.filter((it) => it.featured), ...own.filter((it) => !it.featured)];
  const [lead, ...rest] = ranked;
  const locales = [...new Set(others.map((it) => it.locale))];
  return {
    path: "/",
    title: site.name,
    description: lead?.standfirst ?? null,
    locale: site.locale,
    image: lead?.lead_image ? { url: lead.lead_image.media, alt: lead.lead_image.alt ?? null } : null,
    jsonLd: {
      "@context": "https://schema.org",
      "@type": "WebSite",
      name: site.name,
      url: `${site.url}/`,
    },
    main: html`<div class="front">
<section class="top" aria-label="Top stories">
${lead && teaser(site, lead, "lead", 2)}
<div class="beside">${rest.slice(0, 3).map((it, i) => teaser(site, it, i === 0 ? "second" : "brief", 2))}</div>
</section>
<section aria-labelledby="_latest"><h2 id="_latest" class="rule">More stories</h2>
<div class="grid">${rest.slice(3, 9).map((it) => teaser(site, it, "second"))}</div>
</section>
${locales.map((locale) => html`<section lang="${locale}" aria-labelledby="_in-${locale}"><h2 id="_in-${locale}" class="rule">${languageName(locale)}</h2>
<div class="grid">${others.filter((it) => it.locale === locale).map((it) => teaser(site, it, "brief"))}</div>
</section>`)}
</div>`,
  };
}

function listPage(site: Site, page: Omit<Page, "main" | "locale">, head: Html, articles: Article[]): Page {
  // Of what is there in several languages the site's own is shown; the article leads to the others.
  const [first, ...rest] = articles.filter(
    (it) => it.locale === site.locale || !it.translations?.some((to) => to.locale === site.locale),
  );
  return {
    ...page,
    locale: site.locale,
    main: html`<div class="list">
${head}
${first ? teaser(site, first, "lead", 2) : html`<p>Nothing has been published here yet.</p>`}
<div class="rows">${rest.map((it) => teaser(site, it, "second", 2))}</div>
</div>`,
  };
}

export function sectionPage(site: Site, section: Tag): Page {
  const articles = site.articles.filter((it) => it.section === section.slug);
  const children = site.tags.filter((it) => it.parent?.slug === section.slug);
  const head = html`<header class="page"><h1>${section.name}</h1>
${section.description && html`<p class="standfirst">${section.description}</p>`}
${children.length > 0 && html`<nav class="tags" aria-label="In this section"><ul>${children.map((it) => html`<li><a href="${path.tag(it.slug)}">${it.name}</a></li>`)}</ul></nav>`}
</header>`;
  return listPage(site, {
    path: path.section(section.slug),
    title: section.seo.title ?? section.name,
    description: section.seo.description ?? section.description ?? null,
    section: section.slug,
  }, head, articles);
}

export function tagPage(site: Site, tag: Tag): Page {
  const articles = site.articles.filter((it) => it.tags?.some((other) => other.id === tag.id));
  const { parent } = tag;
  const head = html`<header class="page">
${parent && html`<p class="kicker"><a href="${pathOfTag(site, parent.slug)}">${parent.name}</a></p>`}
<h1>${tag.name}</h1>
${tag.description && html`<p class="standfirst">${tag.description}</p>`}</header>`;
  return listPage(site, {
    path: path.tag(tag.slug),
    title: tag.seo.title ?? tag.name,
    description: tag.seo.description ?? tag.description ?? null,
  }, head, articles);
}

export function authorPage(site: Site, author: Author): Page {
  const articles = site.articles.filter((it) => it.authors?.some((other) => other.id === author.id));
  const head = html`<header class="page author">
${author.avatar && html`<div class="frame"><img src="${author.avatar}" alt=""></div>`}
<div><h1>${author.name}</h1>
${author.title && html`<p class="kicker">${author.title}</p>`}
${author.bio && html`<p class="bio">${author.bio}</p>`}
${author.social.length > 0 && html`<p class="meta">${author.social.map((it) => html`<a rel="me noopener" href="${it.url}">${it.network}</a> `)}</p>`}</div></header>`;
  return listPage(site, {
    path: path.author(author.slug),
    title: author.seo.title ?? author.name,
    description: author.seo.description ?? author.bio,
    image: author.avatar ? { url: author.avatar, alt: author.name } : null,
    jsonLd: {
      "@context": "https://schema.org",
      "@type": "ProfilePage",
      mainEntity: {
        "@type": "Person",
        name: author.name,
        url: site.url + path.author(author.slug),
        ...(author.title === null ? {} : { jobTitle: author.title }),
        sameAs: author.social.map((it) => it.url),
      },
    },
  }, head, articles);
}
