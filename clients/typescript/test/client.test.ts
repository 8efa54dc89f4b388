import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ProblemError, createClient } from "@masthead/client";
import type { Client } from "@masthead/client";
import { startServer } from "./server.js";
import type { Server } from "./server.js";

let server: Server;
let editor: Client;
let reader: Client;

before(async () => {
  server = await startServer();
  editor = createClient({ baseUrl: server.url, token: server.key });
  reader = createClient({ baseUrl: `${server.url}/` });
});

after(() => server.stop());

async function problem(call: Promise<unknown>): Promise<ProblemError> {
  try {
    await call;
  } catch (error) {
    assert.ok(error instanceof ProblemError, String(error));
    return error;
  }
  throw new assert.AssertionError({ message: "there was no problem" });
}

function etag(answer: { etag: string | undefined }): string {
  assert.ok(answer.etag, "an ETag");
  return answer.etag;
}

test("lists what is published", async () => {
  const { data, status } = await reader.articles.list({ limit: 3, locale: ["en"], include: "tags" });
  assert.equal(status, 200);
  assert.equal(data.data.length, 3);
  assert.equal(data.page.limit, 3);
  const [first] = data.data;
  assert.equal(first?.slug, "kavaria-unlikely-to-fight-for-ostmere");
  assert.ok(first?.tags?.some((tag) => tag.slug === "diplomacy"));
  assert.equal(first?.status, undefined);
});

test("asks for some members only", async () => {
  const { data } = await reader.articles.get("last-diesel-ferry-leaves-the-wend", {
    fields: ["title", "body.outline"],
  });
  assert.deepEqual(Object.keys(data), ["title", "body"]);
  assert.equal(data.body?.outline?.[0]?.anchor, "the-sums");
});

test("creates, edits, publishes, and reads back as the public", async () => {
  const made = await editor.articles.create({
    title: "Fog closes the harbour",
    section: "cities",
    authors: [{ author: "tobias-fennick" }],
    tags: ["merrowhaven"],
    body: { source: "Nothing moved.\n\n## The bell\n\nIt rang." },
  });
  assert.equal(made.status, 201);
  assert.equal(made.data.status, "draft");
  assert.equal((await problem(reader.articles.get(made.data.id))).code, "not_found");

  const edited = await editor.articles.patch(
    made.data.id,
    { dateline: "Merrowhaven", kicker: null },
    { ifMatch: etag(made), note: "Where it was" },
  );
  assert.equal(edited.data.version, 2);
  assert.notEqual(edited.etag, made.etag);

  const published = await editor.articles.publish(made.data.id, { ifMatch: edited.etag });
  assert.equal(published.data.status, "published");

  const seen = await reader.articles.get("fog-closes-the-harbour");
  assert.equal(seen.data.dateline, "Merrowhaven");
  assert.equal(seen.data.authors?.[0]?.name, "Tobias Fennick");
  assert.match(seen.data.body?.html ?? "", /<h2 id="the-bell">/);

  const gone = await editor.articles.delete(made.data.id, { ifMatch: etag(published) });
  assert.equal(gone.status, 204);
  assert.equal(gone.data, undefined);
});

test("a lost edit is a problem that says what changed", async () => {
  const made = await editor.articles.create({ title: "Two at one desk" });
  await editor.articles.patch(made.data.id, { dateline: "Pellwick" }, { ifMatch: etag(made) });

  const lost = await problem(
    editor.articles.patch(made.data.id, { dateline: "Serrin" }, { ifMatch: etag(made) }),
  );
  assert.equal(lost.status, 412);
  assert.equal(lost.code, "stale_version");
  assert.equal(lost.currentVersion, 2);
  assert.deepEqual(lost.changedFields, ["dateline"]);
  assert.equal(lost.changes[0]?.action, "save");
  assert.equal(lost.changes[0]?.version, 2);

  const joined = await editor.articles.patch(
    made.data.id,
    { kicker: "Desk" },
    { ifMatch: etag(made), merge: true },
  );
  assert.equal(joined.data.dateline, "Pellwick");
  assert.equal(joined.data.kicker, "Desk");
  assert.equal(joined.headers.get("preference-applied"), "merge");
});

test("a validation problem names the fields", async () => {
  const wrong = await problem(editor.articles.create({ title: "", slug: "Not a slug" }));
  assert.equal(wrong.status, 422);
  assert.equal(wrong.code, "invalid_fields");
  assert.equal(wrong.of("title")?.code, "too_short");
  assert.equal(wrong.of("/slug")?.code, "not_a_slug");
  assert.equal(wrong.of("kicker"), undefined);
  assert.match(wrong.message, /\/title must not be empty/);
});

test("an edit that is based on nothing is refused", async () => {
  const made = await editor.articles.create({ title: "Unseen" });
  const edit = editor.articles.patch(made.data.id, { title: "Seen" }, { ifMatch: undefined });
  assert.equal((await problem(edit)).code, "precondition_required");
});

test("a wrong parameter is named, and so is a missing key", async () => {
  assert.equal((await problem(reader.articles.list({ limit: 0 }))).of("limit")?.code, "out_of_range");
  assert.equal((await problem(reader.articles.create({ title: "x" }))).status, 401);
});

test("iterates over all pages by cursor", async () => {
  let requests = 0;
  const counting = createClient({
    baseUrl: server.url,
    fetch: (...args) => {
      requests += 1;
      return fetch(...args);
    },
  });
  const slugs: string[] = [];
  for await (const article of counting.articles.iterate({ limit: 4, tag: ["merrowhaven", "world"] })) {
    slugs.push(article.slug);
  }
  const whole = await reader.articles.list({ limit: 100, tag: "merrowhaven,world" });
  assert.deepEqual(slugs, whole.data.data.map((article) => article.slug));

  requests = 0;
  const all: string[] = [];
  for await (const tag of counting.tags.iterate({ limit: 8 })) all.push(tag.slug);
  assert.equal(new Set(all).size, all.length);
  assert.equal(requests, Math.ceil(all.length / 8));

  requests = 0;
  for await (const tag of counting.tags.iterate({ limit: 8, fields: "name" })) {
    assert.ok(tag.name);
    break;
  }
  assert.equal(requests, 1, "the next page is not read before it is come to");
});

test("what has not changed is not sent again", async () => {
  const first = await reader.tags.get("merrowhaven");
  const again = await reader.tags.get("merrowhaven", {}, { ifNoneMatch: etag(first) });
  assert.equal(again.notModified, true);
  assert.equal(again.status, 304);
  const other = await reader.tags.get("merrowhaven", {}, { ifNoneMatch: '"another"' });
  assert.ok(!other.notModified);
  assert.equal(other.data.name, "Merrowhaven");
});

test("a POST that is sent again is carried out once", async () => {
  const idempotencyKey = crypto.randomUUID();
  const first = await editor.tags.create({ name: "Lighthouses" }, { idempotencyKey });
  const again = await editor.tags.create({ name: "Lighthouses" }, { idempotencyKey });
  assert.equal(again.data.id, first.data.id);
  assert.equal(again.headers.get("idempotency-replayed"), "true");
});

test("authors and tags: edit, merge, articles", async () => {
  const author = await editor.authors.create({ name: "Wim Oster" });
  const edited = await editor.authors.patch(
    author.data.slug,
    { title: "Reporter" },
    { ifMatch: etag(author) },
  );
  assert.equal(edited.data.title, "Reporter");
  const into = await editor.authors.merge("wim-oster", "edda-marlowe", { ifMatch: etag(edited) });
  assert.equal(into.data.slug, "edda-marlowe");
  assert.equal((await reader.authors.get("wim-oster")).data.slug, "edda-marlowe");

  const titles: string[] = [];
  for await (const { title } of reader.tags.iterateArticles("rowing", { fields: "title", limit: 1 })) {
    titles.push(title ?? "");
  }
  assert.ok(titles.length > 0);
});

test("any operation can be called by method and path", async () => {
  const root = await reader.request("get", "/");
  assert.equal(root.data?.product, "Masthead");
  const old = await reader.request("get", "/v1/redirects", {
    query: { path: "/2026/09/market-clock.html" },
  });
  assert.equal(old.data?.article.slug, "after-nine-years-the-market-clock-is-right-again");
  const made = await editor.request("post", "/v1/articles", {
    body: { title: "By path", body: { source: "Words." } },
  });
  const scheduled = await editor.request("post", "/v1/articles/{article}/schedule", {
    path: { article: made.data?.id ?? "" },
    headers: { "If-Match": etag(made) },
    body: { publish_at: "2100-01-01T06:00:00Z" },
  });
  assert.equal(scheduled.data?.status, "scheduled");
});

test("a request can be given up", async () => {
  const signal = AbortSignal.abort();
  await assert.rejects(reader.articles.list({}, { signal }), { name: "AbortError" });
});

test("what is not a problem of ours is one all the same", async () => {
  const behind = createClient({
    baseUrl: "http://proxy.invalid",
    fetch: () => Promise.resolve(new Response("<h1>Bad gateway</h1>", { status: 502 })),
  });
  const found = await problem(behind.tags.list());
  assert.equal(found.status, 502);
  assert.equal(found.code, "unexpected_answer");
});

test("segments of a path are escaped, and never empty", async () => {
  assert.equal((await problem(reader.tags.get("a/b?c"))).status, 404);
  await assert.rejects(reader.tags.get(""), TypeError);
});
