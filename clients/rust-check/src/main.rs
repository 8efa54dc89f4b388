//! From the list to what the public reads, through the client that progenitor makes.

/// The client, as it is generated.
#[expect(unused_imports, reason = "it is generated")]
mod client {
    include!(concat!(env!("OUT_DIR"), "/client.rs"));
}

use std::error::Error;

use client::types::{
    Article, ArticleAnswer, ArticleInput, ArticlePatch, BodyInput, CreditInput, NoteInput, Status,
};
use progenitor_client::{Error as Failure, ResponseValue};
use reqwest::header::{AUTHORIZATION, HeaderMap};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// A client that sends this key, if there is one.
fn connect(url: &str, key: Option<&str>) -> Result<client::Client> {
    let mut headers = HeaderMap::new();
    if let Some(key) = key {
        headers.insert(AUTHORIZATION, format!("Bearer {key}").parse()?);
    }
    let http = reqwest::Client::builder()
        .default_headers(headers)
        .build()?;
    Ok(client::Client::new_with_client(url, http))
}

/// Each write answers with the ETag for the next.
fn etag<T>(answer: &ResponseValue<T>) -> Result<String> {
    let value = answer.headers().get("etag").ok_or("no ETag was sent")?;
    Ok(value.to_str()?.to_owned())
}

/// An article among what a reader may be given: the same whole, in part, or as editors see it.
fn public(answer: ArticleAnswer) -> Result<Article> {
    match answer {
        ArticleAnswer::Article(article) => Ok(article),
        other => Err(format!("it is no whole article: {other:?}").into()),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let url = std::env::var("MASTHEAD_URL")?;
    let editor = connect(&url, Some(&std::env::var("MASTHEAD_KEY")?))?;
    let reader = connect(&url, None)?;

    let listed = reader
        .list_articles()
        .limit(std::num::NonZeroU32::new(2).ok_or("2")?);
    let listed = listed
        .tag("merrowhaven")
        .include("authors")
        .send()
        .await?
        .into_inner();
    assert_eq!(listed.data.len(), 2);
    assert!(listed.page.next.is_some());
    let first = listed.data.into_iter().next().ok_or("an empty list")?;
    assert_eq!(public(first)?.authors[0].name, "Tobias Fennick");

    let credit = CreditInput::builder().author("tobias-fennick");
    let input = ArticleInput::builder()
        .title("The lamp on Fort Island")
        .authors(vec![credit.try_into()?])
        .tags(vec!["merrowhaven".parse()?])
        .body(BodyInput::try_from(
            BodyInput::builder().source(Some("It is *lit* again.".parse()?)),
        )?);
    let made = editor.create_article().body(input).send().await?;
    let article = made.id.to_string();

    let title =
        |text: &'static str| ArticlePatch::builder().title(Some(text.parse().expect("a title")));
    let edit = |base: String, patch| {
        let change = editor
            .patch_article()
            .article(article.as_str())
            .if_match(base);
        change.body(patch).send()
    };
    let edited = edit(etag(&made)?, title("The lamp on Fort Island is lit")).await?;
    assert_eq!(
        (edited.version, edited.tags.len()),
        (2, 1),
        "the rest stayed as it was"
    );

    match edit(etag(&made)?, title("Darkness")).await {
        Err(Failure::ErrorResponse(problem)) => {
            assert_eq!(problem.status(), 412);
            assert_eq!(problem.code, "stale_version");
            assert_eq!(problem.changed_fields, ["title"]);
        }
        other => return Err(format!("a lost edit was not noticed: {other:?}").into()),
    }

    let publish = editor.publish_article().article(article.as_str());
    let publish = publish.if_match(etag(&edited)?).body(NoteInput::builder());
    assert_eq!(publish.send().await?.status, Status::Published);

    let seen = reader
        .get_article()
        .article(made.slug.as_str())
        .send()
        .await?;
    let seen = public(seen.into_inner())?;
    assert_eq!(seen.title, "The lamp on Fort Island is lit");
    assert!(
        seen.body
            .is_some_and(|body| body.html.contains("<em>lit</em>"))
    );
    println!("progenitor: list, create, edit, lost edit, publish, read back");
    Ok(())
}
