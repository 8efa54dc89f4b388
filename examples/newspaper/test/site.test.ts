// Reads the built pages in a browser as a visitor would, on a phone and at a desk.

import assert from "node:assert/strict";
import type { Server } from "node:http";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { createClient } from "@masthead/client";
import { chromium } from "playwright-core";
import type { Browser, Page } from "playwright-core";
import { serve } from "../src/serve.js";

const { MASTHEAD_URL = "", DIST = "dist", SHOTS = "shots", CHROMIUM_PATH = "/usr/bin/chromium" } =
  process.env;
const FERRY = "/articles/last-diesel-ferry-leaves-the-wend/";
const KAVARIA = "/articles/kavaria-unlikely-to-fight-for-ostmere/";
const PAGES = [
  ["front", "/"],
  ["section", "/sections/science/"],
  ["tag", "/tags/rowing/"],
  ["author", "/authors/ines-calderwick/"],
  ["article", FERRY],
  ["no-byline", KAVARIA],
  ["footnotes", "/articles/the-mill-that-makes-what-nobody-makes/"],
  ["pictures", "/articles/a-concert-hall-learns-to-be-silent/"],
  ["german", "/de/articles/seegras-kehrt-in-die-pell-zurueck/"],
] as const;
const WIDTHS = [390, 1280] as const;

let browser: Browser;
let server: Server;
let site: string;
const client = createClient({ baseUrl: MASTHEAD_URL });

before(async () => {
  ({ server, url: site } = await serve(DIST, 0));
  browser = await chromium.launch({ executablePath: CHROMIUM_PATH, args: ["--no-sandbox"] });
  await mkdir(SHOTS, { recursive: true });
});

after(async () => {
  await browser?.close();
  server?.close();
});

/** A page that sees our site alone; `pictures` paints some where those of the sample would be. */
async function open(path: string, width: number, pictures = false): Promise<Page> {
  const page = await browser.newPage({
    viewport: { width, height: width < 600 ? 844 : 900 },
    reducedMotion: "reduce",
  });
  await page.route(
    (url) => url.origin !== site && url.protocol !== "data:",
    (route) => {
      const wanted = pictures && route.request().resourceType() === "image";
      return wanted ? route.fulfill({ contentType: "image/svg+xml", body: PICTURE }) : route.abort();
    },
  );
  const response = await page.goto(site + path);
  assert.equal(response?.status(), 200, path);
  return page;
}

/** Pictures that wait to be scrolled to would be missing in a screenshot. */
async function loaded(page: Page): Promise<void> {
  await page.evaluate(async () => {
    for (const image of document.images) image.loading = "eager";
    await Promise.allSettled([...document.images].map((image) => image.decode()));
  });
}

const PICTURE = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 3 2" preserveAspectRatio="none">
<defs><linearGradient id="g" x2="0" y2="1"><stop stop-color="#9fb3bf"/><stop offset=".55" stop-color="#e9dcc4"/>
<stop offset=".56" stop-color="#44565c"/><stop offset="1" stop-color="#1f2b30"/></linearGradient></defs>
<rect width="3" height="2" fill="url(#g)"/></svg>`;

for (const width of WIDTHS) {
  for (const [name, path] of PAGES) {
    test(`${name} at ${width}: landmarks, one h1, no overflow`, async () => {
      for (const pictures of [true, false]) {
        const page = await open(path, width, pictures);
        const kind = pictures ? "" : "-offline";
        await loaded(page);
        await page.screenshot({ path: join(SHOTS, `${name}-${width}${kind}.png`), fullPage: true });
        const overflow = await page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        );
        assert.equal(overflow, 0, "the page scrolls sideways");
        for (const [role, count] of [["banner", 1], ["main", 1], ["contentinfo", 1]] as const) {
          assert.equal(await page.getByRole(role).count(), count, role);
        }
        assert.equal(await page.locator("h1").count(), 1);
        assert.equal(await page.locator("img:not([alt])").count(), 0, "a picture without alt");
        await page.keyboard.press("Tab");
        assert.equal(await page.evaluate(() => document.activeElement?.className), "skip");
        await page.close();
      }
    });
  }

  test(`an article at ${width} shows headline, byline, caption, credit, corrections, related`, async () => {
    const { data: article } = await client.articles.get("last-diesel-ferry-leaves-the-wend", {
      include: ["authors", "lead_image", "related", "tags"],
    });
    const page = await open(FERRY, width);
    const seen = async (text: string | null | undefined): Promise<void> => {
      assert.ok(text);
      assert.ok(await page.getByText(text).first().isVisible(), text);
    };
    assert.equal(await page.locator("h1").textContent(), article.title);
    assert.ok(await page.locator("h1").isVisible());
    assert.match((await page.locator(".byline").textContent()) ?? "", /^By Tobias Fennick$/);
    assert.ok(await page.locator(".byline").isVisible());
    await seen("Photographs by");
    await seen(article.kicker);
    await seen(article.standfirst);
    await seen(article.dateline);
    await seen(article.lead_image?.caption);
    await seen(article.lead_image?.credit);
    await seen(article.corrections[0]?.text);
    assert.ok(article.related?.length);
    for (const other of article.related) await seen(other.title);
    for (const tag of article.tags ?? []) await seen(tag.name);
    const frame = await page.locator("figure.lead .frame").boundingBox();
    assert.ok(frame && Math.abs(frame.width / frame.height - 1.5) < 0.02, "the frame keeps its shape");
    await page.close();
  });

  test(`the outline at ${width} leads to the headings`, async () => {
    const page = await open(FERRY, width);
    const links = page.getByRole("navigation", { name: "In this article" }).getByRole("link");
    assert.equal(await links.count(), 3);
    for (const link of await links.all()) {
      await link.scrollIntoViewIfNeeded();
      await link.click();
      const id = new URL(page.url()).hash.slice(1);
      const heading = page.locator(`.body h2[id="${id}"]`);
      assert.equal(await heading.textContent(), await link.textContent());
      const box = await heading.boundingBox();
      assert.ok(box && box.y >= 0 && box.y < 900, `${id} is in view`);
    }
    await page.close();
  });
}

test("an article without authors has no byline", async () => {
  const page = await open(KAVARIA, 390);
  assert.equal(await page.locator(".credits .byline").count(), 0);
  assert.ok(await page.locator(".credits time").isVisible());
  await page.close();
});

test("a byline that is written stands in the place of names", async () => {
  const page = await open("/articles/the-mill-that-makes-what-nobody-makes/", 390);
  assert.equal(await page.locator(".credits .byline").textContent(), "By our business staff");
  await page.close();
});

test("JSON-LD, Open Graph and canonical say what the page says", async () => {
  const { data } = await client.articles.get("kavaria-unlikely-to-fight-for-ostmere");
  const page = await open(KAVARIA, 1280);
  const ld = JSON.parse((await page.locator('script[type="application/ld+json"]').textContent()) ?? "");
  assert.equal(ld["@type"], "NewsArticle");
  assert.equal(ld.headline, data.seo_title);
  assert.equal(ld.alternativeHeadline, await page.locator("h1").textContent());
  assert.equal(ld.datePublished, data.published_at);
  assert.equal(ld.articleSection, "World");
  assert.deepEqual(ld.image, [data.lead_image?.media]);
  assert.equal(ld.author["@type"], "Organization");
  const meta = (name: string): Promise<string | null> =>
    page.locator(`meta[property="${name}"], meta[name="${name}"]`).getAttribute("content");
  assert.equal(await meta("og:type"), "article");
  assert.equal(await meta("og:title"), data.seo.title);
  assert.equal(await meta("og:image"), data.seo.image);
  assert.equal(await meta("twitter:card"), "summary_large_image");
  assert.equal(await meta("description"), data.seo.description);
  const canonical = (): Promise<string | null> =>
    page.locator('link[rel="canonical"]').getAttribute("href");
  assert.equal(await canonical(), `https://courier.example.org${KAVARIA}`);

  await page.goto(`${site}/articles/tide-records-open-to-all/`);
  assert.equal(await canonical(), "https://tideline.example.org/175-years-of-tides");
  await page.goto(site + FERRY);
  const ferry = JSON.parse((await page.locator('script[type="application/ld+json"]').textContent()) ?? "");
  assert.equal(ferry.author[0].name, "Tobias Fennick");
  assert.equal(ferry.correction.length, 1);
  await page.close();
});

test("lists show a story once, in the site's language where there is one", async () => {
  const page = await open("/sections/science/", 1280);
  assert.equal(await page.locator('main article[lang="de"]').count(), 0);
  await page.goto(`${site}/sections/culture/`);
  assert.equal(await page.locator('main article[lang="de"]').count(), 1);
  await page.goto(`${site}/de/articles/seegras-kehrt-in-die-pell-zurueck/`);
  assert.equal(await page.locator("html").getAttribute("lang"), "de");
  await page.getByRole("link", { name: "Also in English" }).click();
  assert.equal(new URL(page.url()).pathname, "/articles/seagrass-returns-to-the-pell/");
  await page.close();
});

test("what an editor wrote is text, never markup", async () => {
  const page = await open("/articles/tags-of-our-own/", 390);
  assert.equal(await page.locator("h1").textContent(), `Tags of <b>our own</b> & "others"`);
  assert.equal(await page.locator("h1 b").count(), 0);
  const ld = JSON.parse((await page.locator('script[type="application/ld+json"]').textContent()) ?? "");
  assert.equal(ld.description, "</script><script>document.title = 'broken in'</script>");
  assert.match(await page.title(), /^Tags of/);
  await page.close();
});

test("every internal link answers, and every fragment is there", async () => {
  const seen = new Set<string>(["/"]);
  for (const path of seen) {
    const response = await fetch(site + path);
    assert.equal(response.status, 200, path);
    const text = await response.text();
    for (const [, href = ""] of text.matchAll(/\bhref="([/#][^"]*)"/g)) {
      if (href.startsWith("/")) seen.add(href);
      else assert.ok(text.includes(`id="${decodeURIComponent(href.slice(1))}"`), `${path}: ${href}`);
    }
  }
  assert.ok(seen.size > 30, `${seen.size} pages and files`);
});
