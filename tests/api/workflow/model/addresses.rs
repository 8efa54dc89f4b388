//! Who is found at a slug or at a path of an earlier site, compared with the model.

use std::collections::{BTreeMap, BTreeSet};

use super::looks::Seen;
use super::steps::{ALIASES, LOCALES, SLUGS};
use super::story::Story;

impl Story<'_> {
    pub async fn address(&mut self) {
        let (slug, locale) = (self.random.of(&SLUGS), self.random.of(&LOCALES));
        self.address_of(slug, locale).await;
    }

    /// Who is found by a slug in a locale, or was.
    pub async fn address_of(&mut self, slug: &str, locale: &str) {
        let path = format!("/v1/articles/{slug}?locale={locale}&fields=id");
        let reply = self.public(&path).await;
        let now = self.now();
        let all = self.world.seen(now);
        let mut here = all
            .iter()
            .filter(|(_, copy)| copy.holds(locale, slug, now))
            .map(|(one, _)| one.id.clone());
        if let Some(id) = here.next() {
            assert_eq!(here.next(), None, "one at an address");
            assert_eq!(reply.expect(200).json()["id"], id.as_str());
            return;
        }
        let former = self.world.former(locale, slug, now);
        let places: BTreeMap<usize, String> = former
            .iter()
            .filter_map(|(index, _)| {
                let copy = self.world.articles[*index].seen(now)?;
                let (slug, locale) = (&copy.content.slug, &copy.content.locale);
                Some((
                    *index,
                    format!("/v1/articles/{slug}?fields=id&locale={locale}"),
                ))
            })
            .collect();
        let last = former.first().map(|(index, _)| *index);
        let is_alone = former
            .iter()
            .filter(|(_, until)| Some(*until) == former.first().map(|(_, until)| *until))
            .all(|(index, _)| Some(*index) == last);
        match last.and_then(|last| places.get(&last)) {
            Some(to) if is_alone => {
                assert!(same_place(reply.header("location"), to), "to {to}: {reply}");
                reply.expect(308);
            }
            _ if reply.status == 308 => {
                let to = reply.header("location");
                assert!(
                    places.values().any(|place| same_place(place, to)),
                    "{reply}"
                );
            }
            _ => drop(reply.problem(404, "not_found")),
        }
    }

    /// Who is found by a slug alone: in the site's locale, else where it is the only one.
    pub async fn address_anywhere(&mut self, slug: &str) {
        let reply = self.public(&format!("/v1/articles/{slug}?fields=id")).await;
        let now = self.now();
        let all = self.world.seen(now);
        let here: Vec<&Seen<'_>> = all
            .iter()
            .filter(|(_, copy)| copy.holds(&copy.content.locale, slug, now))
            .collect();
        let in_default = here.iter().find(|(_, copy)| copy.content.locale == "en");
        match (in_default, here.as_slice()) {
            (Some((one, _)), _) | (None, [(one, _)]) => {
                assert_eq!(reply.expect(200).json()["id"], one.id.as_str());
            }
            (None, []) => assert_ne!(reply.status, 200, "{reply}"),
            _ => drop(reply.problem(404, "not_found")),
        }
    }

    pub async fn alias(&mut self) {
        let path = self.random.of(&ALIASES);
        self.alias_of(path).await;
    }

    pub async fn alias_of(&mut self, path: &str) {
        let reply = self.public(&format!("/v1/redirects?path={path}")).await;
        let all = self.world.seen(self.now());
        let mut claims: Vec<&Seen<'_>> = all
            .iter()
            .filter(|(_, copy)| copy.claims.iter().any(|claim| claim == path))
            .collect();
        claims.sort_by_key(|(one, copy)| (std::cmp::Reverse(copy.from), one.id.clone()));
        match claims.first() {
            Some((one, copy)) => {
                let redirect = reply.expect(200).json();
                assert_eq!(redirect["article"]["id"], one.id.as_str());
                assert_eq!(redirect["article"]["slug"], copy.content.slug.as_str());
                assert_eq!(redirect["article"]["title"], copy.content.title.as_str());
            }
            None => drop(reply.problem(404, "not_found")),
        }
    }
}

/// Whether two addresses are the same but for the order of their parameters.
fn same_place(one: &str, other: &str) -> bool {
    let parts = |address: &str| -> BTreeSet<String> {
        address.split(['?', '&']).map(str::to_owned).collect()
    };
    parts(one) == parts(other)
}
