//! What the public and the editors see, compared with the model.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::rules::millis;
use super::simple::{Article, Copy, markers};
use super::steps::{ALIASES, AUTHORS, BETWEEN, LOCALES, SECTIONS, SLUGS, TAGS};
use super::story::Story;
use crate::support::Reply;

const PARTS: &str = "include=related,translations,tags,authors";
/// A copy that the public sees, with its article.
pub type Seen<'a> = (&'a Article, &'a Copy);

impl Story<'_> {
    /// A look that costs little, after each step.
    pub async fn look(&mut self) {
        self.learn_slugs().await;
        self.editors().await;
        self.single().await;
        self.whole_list().await;
        match self.random.below(4) {
            0 => self.address().await,
            1 => self.some_list().await,
            2 => self.alias().await,
            _ => self.search().await,
        }
    }

    /// A look at everything.
    pub async fn look_everywhere(&mut self) {
        self.learn_slugs().await;
        self.editors().await;
        self.whole_list().await;
        self.walk().await;
        for article in self.world.articles.clone() {
            self.single_of(&article).await;
        }
        for list in lists() {
            self.list(&list).await;
        }
        for locale in LOCALES.into_iter().take(self.room.locales) {
            for slug in SLUGS.into_iter().chain(BETWEEN) {
                self.address_of(slug, locale).await;
            }
        }
        for slug in SLUGS {
            self.address_anywhere(slug).await;
        }
        for path in ALIASES {
            self.alias_of(path).await;
        }
        self.search().await;
    }

    /// A public answer, which shows no text that is not public.
    pub async fn public(&mut self, path: &str) -> Reply {
        let reply = self.app.anonymous().get(path).await;
        self.figures.reads += 1;
        let shown = self.world.shown(self.now());
        let text = String::from_utf8_lossy(&reply.body);
        let head = reply.header("location");
        for marker in markers(&text).into_iter().chain(markers(head)) {
            assert!(shown.contains(&marker), "{marker} is not public: {reply}");
        }
        reply
    }

    /// Those that gave way have a slug that is like their own.
    async fn learn_slugs(&mut self) {
        let now = self.now();
        for index in 0..self.world.articles.len() {
            let article = &self.world.articles[index];
            let (id, copies) = (article.id.clone(), article.copies.len());
            for place in 0..copies {
                let copy = &self.world.articles[index].copies[place];
                if !copy.gave_way || !copy.is_seen(now) {
                    continue;
                }
                let reply = self.public(&format!("/v1/articles/{id}")).await.expect(200);
                let slug = reply.json()["slug"].as_str().unwrap().to_owned();
                let had = &self.world.articles[index].copies[place].content.slug;
                let like = slug.starts_with(&format!("{had}-"));
                assert!(like, "{slug} is not like {had}: {reply}");
                let copy = &mut self.world.articles[index].copies[place];
                copy.content.slug = slug;
                copy.gave_way = false;
            }
        }
    }

    async fn single(&mut self) {
        let index = self.random.below(self.world.articles.len());
        let article = self.world.articles[index].clone();
        self.single_of(&article).await;
    }

    async fn single_of(&mut self, article: &Article) {
        let path = format!("/v1/articles/{}?{PARTS}", article.id);
        let reply = self.public(&path).await;
        match article.seen(self.now()) {
            Some(copy) => {
                let shown = reply.expect(200);
                self.is_shown((article, copy), &shown.json());
                let text = String::from_utf8_lossy(&shown.body).into_owned();
                let marker = &markers(&copy.content.title)[0];
                // Headline, kicker, standfirst, metadata, and the body as HTML and as text.
                assert!(text.matches(marker.as_str()).count() >= 6, "{shown}");
            }
            None => drop(reply.problem(404, "not_found")),
        }
    }

    /// Whether this is what the public should see.
    fn is_shown(&self, (article, copy): Seen<'_>, shown: &Value) {
        let now = self.now();
        let content = &copy.content;
        let all = self.world.seen(now);
        let time = |value: &Value| value.as_str().map(millis);
        let each = |list: &Value, member: &str| -> Vec<String> {
            let items = list.as_array().unwrap().iter();
            let text = |item: &Value| item[member].as_str().unwrap().to_owned();
            items.map(text).collect()
        };
        let seen = |id: &&String| all.iter().any(|(one, _)| one.id == **id);
        let related: Vec<String> = content.related.iter().filter(seen).cloned().collect();
        let translations: BTreeSet<String> = all
            .iter()
            .filter(|(one, other)| one.id != article.id && other.content.group == content.group)
            .map(|(one, _)| one.id.clone())
            .collect();
        let found: BTreeSet<String> = each(&shown["translations"], "id").into_iter().collect();
        assert_eq!(found, translations, "translations of {shown}");
        assert_eq!(each(&shown["related"], "id"), related, "related of {shown}");
        assert_eq!(each(&shown["tags"], "slug"), content.tags, "{shown}");
        assert_eq!(each(&shown["authors"], "slug"), content.authors, "{shown}");
        let corrections = each(&shown["corrections"], "text");
        assert_eq!(corrections, content.corrections, "{shown}");
        assert_eq!(shown["id"], article.id.as_str());
        assert_eq!(shown["title"], content.title.as_str(), "{shown}");
        assert_eq!(shown["slug"], content.slug.as_str(), "{shown}");
        assert_eq!(shown["locale"], content.locale.as_str(), "{shown}");
        assert_eq!(shown["section"], json!(content.section), "{shown}");
        assert_eq!(shown["translation_group"], content.group.as_str());
        assert_eq!(
            time(&shown["published_at"]),
            content.published_at,
            "{shown}"
        );
        assert_eq!(time(&shown["expires_at"]), content.expires_at, "{shown}");
        assert!(
            time(&shown["first_published_at"]).unwrap() <= now,
            "{shown}"
        );
    }

    async fn whole_list(&mut self) {
        let path = format!("/v1/articles?limit=100&total=true&{PARTS}");
        let reply = self.public(&path).await.expect(200);
        let world = self.world.clone();
        let all = world.seen(self.now());
        let expected: BTreeSet<&str> = all.iter().map(|(one, _)| one.id.as_str()).collect();
        let ids = reply.each("id");
        let found: BTreeSet<&str> = ids.iter().map(String::as_str).collect();
        assert_eq!(found, expected, "{reply}");
        assert_eq!(ids.len(), expected.len(), "each once: {reply}");
        assert_eq!(reply.json()["page"]["total"], expected.len(), "{reply}");
        for shown in reply.data() {
            let seen = all.iter().find(|(one, _)| shown["id"] == one.id.as_str());
            self.is_shown(*seen.unwrap(), &shown);
        }
    }

    /// All pages, one after another.
    async fn walk(&mut self) {
        let mut expected: Vec<(i64, String)> = self
            .world
            .seen(self.now())
            .iter()
            .map(|(one, copy)| (copy.content.published_at.unwrap(), one.id.clone()))
            .collect();
        expected.sort_by(|one, other| other.cmp(one));
        let expected: Vec<String> = expected.into_iter().map(|(_, id)| id).collect();
        let mut found = Vec::new();
        let mut path = "/v1/articles?limit=2&fields=id".to_owned();
        loop {
            let reply = self.public(&path).await.expect(200);
            found.extend(reply.each("id"));
            let page = reply.json()["page"].clone();
            let Some(next) = page["next"].as_str() else {
                break;
            };
            path = format!("/v1/articles?limit=2&fields=id&cursor={next}");
        }
        assert_eq!(found, expected, "page by page");
    }

    async fn some_list(&mut self) {
        let all = lists();
        let list = all[self.random.below(all.len())].clone();
        self.list(&list).await;
    }

    async fn list(&mut self, (path, which): &(String, Which)) {
        let mark = if path.contains('?') { '&' } else { '?' };
        let path = format!("{path}{mark}limit=100&total=true&fields=id");
        let reply = self.public(&path).await.expect(200);
        let all = self.world.seen(self.now());
        let expected: BTreeSet<String> = all
            .iter()
            .filter(|one| which.takes(**one, &all))
            .map(|(one, _)| one.id.clone())
            .collect();
        let ids = reply.each("id");
        assert_eq!(
            ids.iter().cloned().collect::<BTreeSet<_>>(),
            expected,
            "{reply}"
        );
        assert_eq!(reply.json()["page"]["total"], ids.len(), "{reply}");
        assert_eq!(ids.len(), expected.len(), "{reply}");
    }

    /// By the marker of some article, which may not be public, or not any more.
    async fn search(&mut self) {
        let index = self.random.below(self.world.articles.len());
        let article = self.world.articles[index].clone();
        let version = self.random.below(article.history.len());
        let content = &article.history[version];
        let marker = markers(&content.title)[0].clone();
        let path = format!("/v1/articles?q={marker}&total=true&fields=id");
        let reply = self.public(&path).await.expect(200);
        let seen = article.seen(self.now());
        let found = seen.is_some_and(|copy| markers(&copy.content.title)[0] == marker);
        assert_eq!(reply.data().len(), usize::from(found), "{reply}");
        assert_eq!(reply.json()["page"]["total"], usize::from(found), "{reply}");
    }
}

/// Which articles a list takes.
#[derive(Debug, Clone)]
enum Which {
    Tag(&'static str),
    Author(&'static str),
    Section(&'static str),
    Locales(&'static [&'static str]),
}

impl Which {
    fn takes(&self, (article, copy): Seen<'_>, all: &[Seen<'_>]) -> bool {
        let content = &copy.content;
        match self {
            Self::Tag(tag) => content.tags.iter().any(|one| one == tag),
            Self::Author(author) => content.authors.iter().any(|one| one == author),
            Self::Section(section) => content.section.as_deref() == Some(*section),
            Self::Locales([locale]) => content.locale == *locale,
            Self::Locales(chain) => {
                let rank = |one: &Seen<'_>| {
                    let place = chain.iter().position(|at| *at == one.1.content.locale);
                    place.map(|place| (place, one.0.id.clone()))
                };
                let same = all
                    .iter()
                    .filter(|one| one.1.content.group == content.group);
                let first = same.filter_map(rank).min();
                first.is_some_and(|(_, id)| id == article.id)
            }
        }
    }
}

fn lists() -> Vec<(String, Which)> {
    let mut all = Vec::new();
    for tag in TAGS {
        all.push((format!("/v1/articles?tag={tag}"), Which::Tag(tag)));
        all.push((format!("/v1/tags/{tag}/articles"), Which::Tag(tag)));
    }
    for author in AUTHORS {
        all.push((
            format!("/v1/articles?author={author}"),
            Which::Author(author),
        ));
        let path = format!("/v1/authors/{author}/articles");
        all.push((path, Which::Author(author)));
    }
    for section in SECTIONS {
        let path = format!("/v1/articles?section={section}");
        all.push((path, Which::Section(section)));
    }
    for chain in [&["en"][..], &["de"], &["de", "en"], &["fr", "de", "en"]] {
        let path = format!("/v1/articles?locale={}", chain.join(","));
        all.push((path, Which::Locales(chain)));
    }
    all
}
