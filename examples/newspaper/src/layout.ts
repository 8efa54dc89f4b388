import { html, json } from "./html.js";
import type { Html } from "./html.js";
import { absolute, path } from "./site.js";
import type { Site } from "./site.js";
import { longDate } from "./words.js";

export interface Page {
  /** Its path on the site, such as `/sections/world/`. */
  path: string;
  /** What the browser's tab and search engines show. */
  title: string;
  description: string | null;
  locale: string;
  main: Html;
  /** Where the page stands for search engines, if that is elsewhere. */
  canonical?: string | null;
  image?: { url: string; alt: string | null } | null;
  section?: string | null;
  /** Other languages of the same page. */
  alternates?: { locale: string; path: string }[];
  article?: { published: string | null; modified: string; section: string | null; tags: string[] };
  jsonLd?: unknown;
}

/** A whole document. */
export function layout(site: Site, page: Page): Html {
  const canonical = page.canonical ?? site.url + page.path;
  const front = page.path === "/";
  const name = front
    ? html`<h1 class="name"><a href="/" aria-current="page">${site.name}</a></h1>`
    : html`<p class="name"><a href="/">${site.name}</a></p>`;
  const newest = site.articles[0]?.published_at;
  return html`<!doctype html>
<html lang="${page.locale}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${front ? site.name : `${page.title} | ${site.name}`}</title>
${page.description && html`<meta name="description" content="${page.description}">`}
<link rel="canonical" href="${canonical}">
${(page.alternates ?? []).map((to) => html`<link rel="alternate" hreflang="${to.locale}" href="${site.url + to.path}">
`)}<link rel="icon" href="data:,">
<link rel="stylesheet" href="/style.css">
${social(site, page, canonical)}
${page.jsonLd !== undefined && html`<script type="application/ld+json">${json(page.jsonLd)}</script>`}
</head>
<body>
<a class="skip" href="#_content">Skip to content</a>
<header class="site" lang="${site.locale}">
${newest ? html`<p class="date"><time datetime="${newest}">${longDate(newest, site.locale)}</time></p>` : ""}
${name}
<nav aria-label="Sections"><ul>
${site.sections.map((section) => html`<li><a href="${path.section(section.slug)}"${
    page.section === section.slug && html` aria-current="${page.path === path.section(section.slug) ? "page" : "true"}"`
  }>${section.name}</a></li>
`)}</ul></nav>
</header>
${/* An id with an underscore is none that a heading of a body can have. */ ""}<main id="_content" tabindex="-1">
${page.main}
</main>
<footer class="site" lang="${site.locale}">
<p class="name">${site.name}</p>
<p>The people, places and stories of the sample are invented.</p>
</footer>
</body>
</html>
`;
}

function social(site: Site, page: Page, canonical: string): Html {
  const { article, image } = page;
  return html`<meta property="og:site_name" content="${site.name}">
<meta property="og:type" content="${article ? "article" : "website"}">
<meta property="og:title" content="${page.title}">
<meta property="og:url" content="${canonical}">
<meta property="og:locale" content="${page.locale.replace("-", "_")}">
${page.description && html`<meta property="og:description" content="${page.description}">`}
${image && html`<meta property="og:image" content="${absolute(site, image.url)}">
${image.alt && html`<meta property="og:image:alt" content="${image.alt}">`}`}
${article && html`${article.published && html`<meta property="article:published_time" content="${article.published}">`}
<meta property="article:modified_time" content="${article.modified}">
${article.section && html`<meta property="article:section" content="${article.section}">`}
${article.tags.map((tag) => html`<meta property="article:tag" content="${tag}">
`)}`}
<meta name="twitter:card" content="${image ? "summary_large_image" : "summary"}">`;
}
