// From the list to what the public reads, through openapi-fetch and the types of the document.

import assert from "node:assert/strict";
import createClient from "openapi-fetch";
import type { paths } from "./schema.js";

const { MASTHEAD_URL: baseUrl, MASTHEAD_KEY: key } = process.env;
assert.ok(baseUrl && key, "MASTHEAD_URL and MASTHEAD_KEY");
const reader = createClient<paths>({ baseUrl });
const editor = createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${key}` } });

/** Each write answers with the ETag for the next. */
function etag(response: Response): string {
  const found = response.headers.get("ETag");
  assert.ok(found, "an ETag");
  return found;
}

const list = await reader.GET("/v1/articles", {
  params: { query: { limit: 2, tag: "merrowhaven", include: "authors" } },
});
assert.ok(list.data, list.error?.detail);
assert.equal(list.data.data.length, 2);
assert.equal(typeof list.data.page.next, "string");
assert.equal(list.data.data[0]?.authors?.[0]?.name, "Tobias Fennick");

const made = await editor.POST("/v1/articles", {
  body: {
    title: "The bridge opens on Monday",
    authors: [{ author: "tobias-fennick" }],
    tags: ["merrowhaven"],
    body: { source: "It will carry **trams**." },
  },
});
assert.ok(made.data, made.error?.detail);
const params = { path: { article: made.data.id } };

const edited = await editor.PATCH("/v1/articles/{article}", {
  params: { ...params, header: { "If-Match": etag(made.response) } },
  headers: { "Content-Type": "application/merge-patch+json" },
  body: { title: "The bridge opens on Tuesday" },
});
assert.ok(edited.data, edited.error?.detail);
assert.equal(edited.data.version, 2);

const lost = await editor.PATCH("/v1/articles/{article}", {
  params: { ...params, header: { "If-Match": etag(made.response) } },
  headers: { "Content-Type": "application/merge-patch+json" },
  body: { title: "The bridge stays shut" },
});
assert.equal(lost.error?.code, "stale_version");

const published = await editor.POST("/v1/articles/{article}/publish", {
  params: { ...params, header: { "If-Match": etag(edited.response) } },
  body: {},
});
assert.equal(published.data?.status, "published");

const seen = await reader.GET("/v1/articles/{article}", {
  params: { path: { article: made.data.slug } },
});
assert.equal(seen.data?.title, "The bridge opens on Tuesday");
assert.match(seen.data.body?.html ?? "", /<strong>trams<\/strong>/);
console.log("openapi-fetch: list, create, edit, lost edit, publish, read back");
