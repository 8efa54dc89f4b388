// Renders the whole site into a folder: node build/src/build.js [FOLDER]

import { copyFile, mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { createClient } from "@masthead/client";
import { articlePage } from "./article.js";
import { layout } from "./layout.js";
import { authorPage, frontPage, sectionPage, tagPage } from "./lists.js";
import { readSite } from "./site.js";

const { MASTHEAD_URL, SITE_URL, SITE_NAME, SITE_LOCALE } = process.env;
const folder = process.argv[2] ?? "dist";

const site = await readSite(createClient({ baseUrl: MASTHEAD_URL ?? "http://127.0.0.1:8080" }), {
  url: SITE_URL ?? "https://courier.example.org",
  locale: SITE_LOCALE ?? "en",
  ...(SITE_NAME === undefined ? {} : { name: SITE_NAME }),
});
const inSections = new Set(site.sections.map((section) => section.slug));
const pages = [
  frontPage(site),
  ...site.sections.map((section) => sectionPage(site, section)),
  ...site.tags.filter((tag) => !inSections.has(tag.slug)).map((tag) => tagPage(site, tag)),
  ...site.authors.map((author) => authorPage(site, author)),
  ...site.articles.map((article) => articlePage(site, article)),
];

await rm(folder, { recursive: true, force: true });
for (const page of pages) {
  const file = join(folder, page.path, "index.html");
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, layout(site, page).text);
}
// The compiled code is in build/src, the stylesheet in src.
const style = join(dirname(fileURLToPath(import.meta.url)), "../../src/style.css");
await copyFile(style, join(folder, "style.css"));
console.log(`${pages.length} pages in ${folder}`);
