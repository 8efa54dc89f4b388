//! What the same reads cost when there are many more articles.

use super::LIST;
use crate::corpus::{Corpus, Kind};
use crate::http::Client;
use crate::process::Process;
use crate::table::{Goal, Table};
use crate::wrk::{Target, compare};
use crate::{Effort, Outcome};

/// Adds the rows: the large corpus over the small one, in time for each request.
pub fn measure(
    table: &mut Table,
    database: &Kind,
    corpus: &Corpus,
    effort: &Effort,
) -> Outcome<()> {
    let large = Corpus::of(database, effort.large, &effort.folder)?;
    let small = Process::uncached(&corpus.url)?;
    let large_server = Process::uncached(&large.url)?;
    let tag = |server: &Process| -> Outcome<String> {
        let list = Client::new(server.port())?.get(LIST, &[])?.json()?;
        let slug = list
            .pointer("/data/0/tags/0/slug")
            .and_then(|slug| slug.as_str());
        Ok(slug.ok_or("the newest article has no tag")?.to_owned())
    };
    let one = |server: &Process, corpus: &Corpus| -> Outcome<String> {
        Ok(format!("/v1/articles/{}", corpus.slug(server)?))
    };
    let of_tag = |tag: String, page| format!("/v1/tags/{tag}/articles?include=authors,tags{page}");
    let base = "2,000 articles";
    let rows = [
        ("list of 15", LIST.to_owned(), LIST.to_owned()),
        (
            "one by slug",
            one(&large_server, &large)?,
            one(&small, corpus)?,
        ),
        (
            "page 3 of a tag",
            of_tag(tag(&large_server)?, "&page=3"),
            of_tag(tag(&small)?, ""),
        ),
        (
            "page 1,000 by cursor",
            deep(&large_server)?,
            LIST.to_owned(),
        ),
    ];
    for (work, at_large, at_small) in rows {
        let (ours, other) = compare(
            &Target::new(&large_server, &at_large),
            &Target::new(&small, &at_small),
            effort,
        )?;
        let cost = (1e6 / ours.rate, 1e6 / other.rate);
        let work = format!("{} articles: {work}", effort.large);
        table.ratio((&work, base), "µs", cost, Goal::AtMost(1.3));
    }
    Ok(())
}

/// The address of the thousandth page.
fn deep(server: &Process) -> Outcome<String> {
    let mut client = Client::new(server.port())?;
    let mut path = "/v1/articles".to_owned();
    for _ in 1..1_000 {
        let page = client.get(&path, &[])?.json()?;
        let next = page.pointer("/page/next").and_then(|next| next.as_str());
        let next = next.ok_or("the corpus has no thousand pages")?;
        path = format!("/v1/articles?cursor={next}");
    }
    Ok(path.replace("/v1/articles?", &format!("{LIST}&")))
}
