//! What lets an article go to the public, and what takes it back.

use super::rules::{Refusal, copy};
use super::simple::{Article, World};

type Done = Result<(), Refusal>;

impl World {
    pub(super) fn publish(&mut self, index: usize, now: i64) -> Done {
        let old = self.articles[index].clone();
        if old.base == "archived" {
            return Err(vec![409]);
        }
        let next = old.next(now);
        let of_schedule = next.map(|next| next.from);
        let dated = old.content.published_at;
        let dated = dated.filter(|at| Some(*at) != of_schedule);
        if let Some(later) = dated.filter(|at| *at > now) {
            if next.is_some_and(|next| next.version == old.version) {
                return Ok(());
            }
            return self.schedule(index, now, later, old.content.expires_at);
        }
        let is_seen = old
            .seen(now)
            .is_some_and(|copy| copy.version == old.version);
        if is_seen && next.is_none() {
            return Ok(());
        }
        if !old.content.has_body || old.content.expires_at.is_some_and(|until| until <= now) {
            return Err(vec![422]);
        }
        let from = dated.unwrap_or(now);
        let (locale, slug) = address(&old);
        self.withdraw(index, now, |_| true);
        self.articles[index].content.published_at = Some(from);
        self.articles[index].was_seen = true;
        self.next_version(index);
        self.make_way(index, &locale, &slug, now);
        let article = &mut self.articles[index];
        let content = article.history.last().unwrap().clone();
        let new = copy(article, content, from);
        article.copies.push(new);
        Ok(())
    }

    /// The other copies at an address get another; the others' claims to its aliases go.
    fn make_way(&mut self, index: usize, locale: &str, slug: &str, now: i64) {
        let aliases = self.articles[index].content.aliases.clone();
        for other in 0..self.articles.len() {
            if other == index {
                continue;
            }
            for place in 0..self.articles[other].copies.len() {
                let copy = &mut self.articles[other].copies[place];
                copy.claims.retain(|path| !aliases.contains(path));
                if copy.holds(locale, slug, now) {
                    let had = copy.clone();
                    copy.gave_way = true;
                    self.note(other, &had, now);
                }
            }
        }
    }

    pub(super) fn schedule(
        &mut self,
        index: usize,
        now: i64,
        from: i64,
        until: Option<i64>,
    ) -> Done {
        let old = self.articles[index].clone();
        let kept = old.content.published_at.filter(|_| old.was_seen);
        let published_at = kept.unwrap_or(from);
        let mut wrong = Vec::new();
        if published_at > from || !old.content.has_body {
            wrong.push(422);
        }
        let (locale, slug) = address(&old);
        if self.is_held(index, &locale, &slug, from) {
            wrong.push(409);
        }
        if !wrong.is_empty() {
            return Err(wrong);
        }
        self.withdraw(index, now, |copy| copy.from > now);
        let article = &mut self.articles[index];
        article.content.published_at = Some(published_at);
        article.content.expires_at = until;
        for copy in &mut article.copies {
            let end = copy.content.expires_at;
            copy.until = Some(end.map_or(from, |end| end.min(from)));
        }
        self.give_way(index, now);
        self.next_version(index);
        let article = &mut self.articles[index];
        let content = article.history.last().unwrap().clone();
        let new = copy(article, content, from);
        article.copies.push(new);
        Ok(())
    }

    /// Whether another has, or is to have, an address at a moment or later.
    fn is_held(&self, index: usize, locale: &str, slug: &str, from: i64) -> bool {
        let others = self.articles.iter().enumerate();
        let mut copies = others
            .filter(|(other, _)| *other != index)
            .flat_map(|(_, one)| one.copies.iter());
        copies.any(|copy| copy.holds(locale, slug, from))
    }

    /// What is seen longer than it was to be gives way to what is to be at its address then.
    fn give_way(&mut self, index: usize, now: i64) {
        let held = |copy: &super::simple::Copy| {
            let (locale, slug) = (&copy.content.locale, &copy.content.slug);
            let others = self.articles.iter().enumerate();
            let mut others = others
                .filter(|(other, _)| *other != index)
                .flat_map(|(_, one)| one.copies.iter())
                .filter(|other| other.holds(locale, slug, now));
            !copy.gave_way && others.any(|other| copy.until.is_none_or(|until| until > other.from))
        };
        let copies = &self.articles[index].copies;
        let all: Vec<bool> = copies.iter().map(held).collect();
        for (place, gives_way) in all.into_iter().enumerate() {
            if gives_way {
                let copy = &mut self.articles[index].copies[place];
                let had = copy.clone();
                copy.gave_way = true;
                self.note(index, &had, now);
            }
        }
    }

    pub(super) fn act(&mut self, index: usize, action: &str, now: i64) -> Done {
        let state = self.articles[index].base;
        let has_next = self.articles[index].next(now).is_some();
        let to = match (action, state) {
            ("submit", "draft" | "unpublished") => "in_review",
            ("send-back", "in_review") | ("reopen", "archived") => "draft",
            ("archive", "draft" | "in_review" | "unpublished") => "archived",
            ("unpublish", "published") => "unpublished",
            ("unschedule", "scheduled") if has_next => "draft",
            ("unschedule", "published") if has_next => "published",
            _ => return Err(vec![409]),
        };
        match action {
            "unpublish" => {
                self.drop_date_of_schedule(index, now);
                self.withdraw(index, now, |_| true);
            }
            "unschedule" => {
                self.drop_date_of_schedule(index, now);
                self.withdraw(index, now, |copy| copy.from > now);
                for copy in &mut self.articles[index].copies {
                    copy.until = copy.content.expires_at;
                }
                self.give_way(index, now);
            }
            _ => {}
        }
        self.articles[index].base = to;
        self.next_version(index);
        Ok(())
    }

    /// The date of what is scheduled goes with the schedule.
    pub(super) fn drop_date_of_schedule(&mut self, index: usize, now: i64) {
        let article = &mut self.articles[index];
        let from = article.next(now).map(|next| next.from);
        if from.is_some() && article.content.published_at == from {
            article.content.published_at = None;
        }
    }

    pub(super) fn discard(&mut self, index: usize, now: i64) -> Done {
        let old = self.articles[index].clone();
        let Some(released) = old.released(now) else {
            return Err(vec![409]);
        };
        if released == old.version {
            return Ok(());
        }
        let new = self.revision(index, released);
        self.put_back(index, new, Vec::new())?;
        let article = &mut self.articles[index];
        let version = article.version;
        for copy in &mut article.copies {
            if copy.version == released {
                copy.version = version;
            }
        }
        Ok(())
    }
}

fn address(article: &Article) -> (String, String) {
    let content = &article.content;
    (content.locale.clone(), content.slug.clone())
}
