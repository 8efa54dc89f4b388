//! What each step does to the articles, or why it is refused.

use serde_json::Value;

use super::simple::{Article, Content, Copy, World};

/// What somebody does.
#[derive(Debug, Clone)]
pub enum Op {
    Create(Value),
    Patch(Value),
    Put(Value),
    Correct(String),
    Action(&'static str),
    Schedule(i64, Option<i64>),
    Discard,
    Revision(i64),
    Delete,
    Restore(Option<String>),
    Purge,
    Tag(&'static str),
    Untag(&'static str),
}

/// The statuses with which a step may be refused.
pub type Refusal = Vec<u16>;
type Done = Result<(), Refusal>;

/// A step at a moment.
#[derive(Debug, Clone, Copy)]
pub struct At<'a> {
    pub now: i64,
    pub op: &'a Op,
}

impl World {
    /// Does a step to an article; a new one comes last, and is without an id.
    pub fn apply(&mut self, index: usize, at: At<'_>) -> Done {
        let At { now, op } = at;
        if let Op::Create(body) = op {
            return self.create(body);
        }
        let article = &self.articles[index];
        match op {
            Op::Restore(_) | Op::Purge => {
                if article.is_purged {
                    return Err(vec![410]);
                }
                if !article.is_trashed {
                    return Err(vec![409]);
                }
            }
            _ if !article.is_there() => return Err(vec![404]),
            _ => {}
        }
        let mut after = self.clone();
        after.settle(index, now);
        after.change(index, at)?;
        *self = after;
        Ok(())
    }

    fn change(&mut self, index: usize, At { now, op }: At<'_>) -> Done {
        let old = self.articles[index].clone();
        match op {
            Op::Create(_) => Ok(()),
            Op::Patch(patch) => {
                let mut new = self.current(index);
                let wrong = self.fill(&mut new, patch, &old);
                self.save(index, new, wrong)
            }
            Op::Put(body) => {
                let mut new = Content {
                    slug: old.content.slug.clone(),
                    locale: old.content.locale.clone(),
                    group: old.content.group.clone(),
                    ..Content::default()
                };
                if old.released(now).is_some() {
                    new.published_at = old.content.published_at;
                }
                if old.was_seen {
                    new.corrections.clone_from(&old.content.corrections);
                }
                let wrong = self.fill(&mut new, body, &old);
                self.save(index, new, wrong)
            }
            Op::Tag(tag) => {
                let mut new = self.current(index);
                if !new.tags.iter().any(|one| one == tag) {
                    new.tags.push((*tag).to_owned());
                }
                self.save(index, new, Vec::new())
            }
            Op::Untag(tag) => {
                let mut new = self.current(index);
                new.tags.retain(|one| one != tag);
                self.save(index, new, Vec::new())
            }
            Op::Correct(text) => {
                let mut new = self.current(index);
                new.corrections.push(text.clone());
                self.save(index, new, Vec::new())
            }
            Op::Revision(number) => {
                let now = self.current(index);
                let new = Content {
                    slug: now.slug,
                    locale: now.locale,
                    group: now.group,
                    published_at: now.published_at,
                    expires_at: now.expires_at,
                    corrections: now.corrections,
                    aliases: now.aliases,
                    ..self.revision(index, *number)
                };
                self.save(index, new, Vec::new())
            }
            Op::Discard => self.discard(index, now),
            Op::Action("publish") => self.publish(index, now),
            Op::Action(action) => self.act(index, action, now),
            Op::Schedule(from, until) => {
                let until = until.or(old.content.expires_at);
                let mut wrong = Vec::new();
                if old.base == "archived" {
                    wrong.push(409);
                }
                if *from <= now || until.is_some_and(|until| until <= *from) {
                    wrong.push(422);
                }
                if wrong.is_empty() {
                    self.schedule(index, now, *from, until)
                } else {
                    Err(wrong)
                }
            }
            Op::Delete => {
                self.drop_date_of_schedule(index, now);
                let article = &mut self.articles[index];
                article.base = match article.base {
                    "published" => "unpublished",
                    "scheduled" if article.was_seen => "unpublished",
                    "scheduled" => "draft",
                    other => other,
                };
                article.is_trashed = true;
                self.withdraw(index, now, |_| true);
                self.next_version(index);
                Ok(())
            }
            Op::Restore(slug) => self.restore(index, slug.as_deref()),
            Op::Purge => {
                self.articles[index].is_purged = true;
                Ok(())
            }
        }
    }

    /// What editors see of the working copy: articles in the trash are not related.
    pub(super) fn current(&self, index: usize) -> Content {
        self.without_gone(self.articles[index].content.clone())
    }

    pub(super) fn revision(&self, index: usize, number: i64) -> Content {
        let place = usize::try_from(number - 1).unwrap();
        self.without_gone(self.articles[index].history[place].clone())
    }

    fn without_gone(&self, mut content: Content) -> Content {
        let there = |id: &String| {
            let mut all = self.articles.iter();
            all.any(|one| one.id == *id && one.is_there())
        };
        content.related.retain(there);
        content
    }

    pub(super) fn next_version(&mut self, index: usize) {
        let content = self.current(index);
        let article = &mut self.articles[index];
        article.version += 1;
        article.history.push(content);
    }

    /// Writes the members of a body into a content; tells what is wrong with them.
    fn fill(&self, new: &mut Content, body: &Value, old: &Article) -> Refusal {
        let mut wrong = Vec::new();
        let text = |name: &str| body[name].as_str().map(str::to_owned);
        let list = |name: &str| {
            let items = body[name].as_array();
            let item = |item: &Value| {
                let text = item.get("author").unwrap_or(item).as_str();
                text.unwrap().to_owned()
            };
            items.map(|items| items.iter().map(item).collect::<Vec<_>>())
        };
        if let Some(title) = text("title") {
            new.title = title;
        }
        if let Some(source) = body["body"]["source"].as_str() {
            new.has_body = !source.is_empty();
        }
        if let Some(locale) = text("locale") {
            new.locale = locale;
        }
        if body.get("slug").is_some() {
            let made = || self.free_slug(&slug_of(&new.title), &new.locale, &old.id);
            new.slug = text("slug").unwrap_or_else(made);
        }
        if body.get("section").is_some() {
            new.section = text("section");
        }
        for (name, place) in [
            ("tags", &mut new.tags),
            ("authors", &mut new.authors),
            ("related", &mut new.related),
            ("aliases", &mut new.aliases),
        ] {
            if let Some(items) = list(name) {
                *place = items;
            }
        }
        for (name, place) in [
            ("published_at", &mut new.published_at),
            ("expires_at", &mut new.expires_at),
        ] {
            if body.get(name).is_some() {
                *place = text(name).map(|text| millis(&text));
            }
        }
        let of = |id: &str| {
            let mut all = self.articles.iter();
            all.find(|one| one.id == id && one.is_there())
        };
        if new
            .related
            .iter()
            .any(|id| *id == old.id || of(id).is_none())
        {
            wrong.push(422);
        }
        if let Some(original) = text("translation_of") {
            match of(&original) {
                Some(original) => new.group.clone_from(&original.content.group),
                None => wrong.push(422),
            }
        } else if body.get("translation_group").is_some() {
            new.group.clone_from(&old.id);
        }
        wrong
    }

    fn create(&mut self, body: &Value) -> Done {
        let mut content = Content {
            locale: "en".to_owned(),
            ..Content::default()
        };
        let blank = Article {
            id: String::new(),
            version: 0,
            content: Content::default(),
            history: Vec::new(),
            copies: Vec::new(),
            base: "draft",
            was_seen: false,
            is_trashed: false,
            is_purged: false,
        };
        let wrong = self.fill(&mut content, body, &blank);
        if body.get("slug").is_none() {
            content.slug = slug_of(&content.title);
        }
        self.articles.push(blank);
        let index = self.articles.len() - 1;
        let done = self.save(index, content, wrong);
        if done.is_err() {
            self.articles.pop();
        }
        done
    }

    /// Gives the article that was created last its id.
    pub fn name_last(&mut self, id: &str) {
        let article = self.articles.last_mut().unwrap();
        article.id = id.to_owned();
        for content in article
            .history
            .iter_mut()
            .chain(std::iter::once(&mut article.content))
        {
            if content.group.is_empty() {
                content.group = id.to_owned();
            }
        }
    }

    fn save(&mut self, index: usize, new: Content, wrong: Refusal) -> Done {
        let mut wrong = wrong;
        if self.articles[index].base == "archived" {
            wrong.push(409);
        }
        self.put_back(index, new, wrong)
    }

    /// Makes this the working copy, if nothing is wrong with it.
    pub(super) fn put_back(&mut self, index: usize, new: Content, mut wrong: Refusal) -> Done {
        let old = self.current(index);
        if let (Some(from), Some(until)) = (new.published_at, new.expires_at)
            && until <= from
        {
            wrong.push(422);
        }
        wrong.extend(self.clashes(index, &old, &new));
        if !wrong.is_empty() {
            return Err(wrong);
        }
        if new != old {
            self.articles[index].content = new;
            self.next_version(index);
        }
        Ok(())
    }

    /// What other working copies have that an article is to have.
    fn clashes(&self, index: usize, old: &Content, new: &Content) -> Refusal {
        let mut wrong = Vec::new();
        let place = |one: &Content| (one.group.clone(), one.locale.clone());
        let address = |one: &Content| (one.slug.clone(), one.locale.clone());
        for (other, article) in self.articles.iter().enumerate() {
            let has = &article.content;
            if other == index || !article.is_there() {
                continue;
            }
            if place(old) != place(new) && place(has) == place(new) {
                wrong.push(422);
            }
            if address(old) != address(new) && address(has) == address(new) {
                wrong.push(409);
            }
            if new.aliases.iter().any(|path| has.aliases.contains(path)) {
                wrong.push(409);
            }
        }
        wrong
    }

    fn restore(&mut self, index: usize, slug: Option<&str>) -> Done {
        let mut new = self.articles[index].content.clone();
        if let Some(slug) = slug {
            slug.clone_into(&mut new.slug);
        }
        // Others may have taken its aliases; then it comes back without them.
        let others = self.articles.iter().enumerate();
        let taken: Vec<String> = others
            .filter(|(other, one)| *other != index && one.is_there())
            .flat_map(|(_, one)| one.content.aliases.clone())
            .collect();
        new.aliases.retain(|path| !taken.contains(path));
        let wrong = self.clashes(index, &Content::default(), &new);
        if !wrong.is_empty() {
            return Err(wrong);
        }
        let article = &mut self.articles[index];
        article.content = new;
        article.is_trashed = false;
        self.next_version(index);
        Ok(())
    }
}

/// A copy of a working copy.
pub(super) fn copy(article: &Article, content: Content, from: i64) -> Copy {
    Copy {
        version: article.version,
        from,
        until: content.expires_at,
        claims: content.aliases.clone(),
        content,
        gave_way: false,
    }
}

/// The slug that is made of a headline.
pub fn slug_of(title: &str) -> String {
    title.to_lowercase().replace(' ', "-")
}

/// The milliseconds of a time.
pub fn millis(text: &str) -> i64 {
    let time = chrono::DateTime::parse_from_rfc3339(text);
    time.unwrap().timestamp_millis()
}
