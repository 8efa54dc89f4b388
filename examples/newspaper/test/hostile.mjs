// Publishes an article whose texts would break pages that do not escape them.

import { createClient } from "@masthead/client";

const client = createClient({ baseUrl: process.env.MASTHEAD_URL, token: process.env.MASTHEAD_KEY });
const made = await client.articles.create({
  slug: "tags-of-our-own",
  title: `Tags of <b>our own</b> & "others"`,
  standfirst: "</script><script>document.title = 'broken in'</script>",
  section: "culture",
  // Older than all of the sample, so that the front page is the sample's.
  published_at: "2020-01-01T00:00:00Z",
  body: { source: "Nothing happens." },
});
await client.articles.publish(made.data.id, { ifMatch: made.etag });
