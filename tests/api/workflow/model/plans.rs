//! Steps in a row by which articles meet.

use serde_json::json;

use super::rules::Op;
use super::story::Story;

impl Story<'_> {
    /// What is seldom done by chance: steps by which articles meet.
    pub fn plan(&mut self) -> Vec<(usize, Op)> {
        let own = self.bystanders..self.world.articles.len();
        let mut there: Vec<usize> = own
            .filter(|one| self.world.articles[*one].is_there())
            .collect();
        if there.len() < 2 {
            return Vec::new();
        }
        let one = there.remove(self.random.below(there.len()));
        let other = self.random.of(&there);
        let [first, second] = [one, other].map(|index| self.world.articles[index].content.clone());
        let slug = |slug: &str| Op::Patch(json!({"slug": slug}));
        let same_locale = (other, Op::Patch(json!({"locale": first.locale})));
        let publish = Op::Action("publish");
        let now = self.now();
        let at = |moment: i64| Op::Schedule(now + moment * 1_000, None);
        match self.random.below(4) {
            // They swap their slugs.
            0 => vec![
                (one, publish.clone()),
                (other, publish.clone()),
                (one, slug("between")),
                (other, slug(&first.slug)),
                (one, slug(&second.slug)),
                (other, publish.clone()),
                (one, publish),
            ],
            // One is to have the slug of another, which was to have a new one, and keeps it.
            1 => {
                let last = match self.random.below(3) {
                    0 => at(30),
                    1 => Op::Discard,
                    _ => Op::Action("unschedule"),
                };
                vec![
                    same_locale,
                    (one, publish),
                    (one, slug("between")),
                    (one, at(10)),
                    (other, slug(&first.slug)),
                    (other, at(10 + i64::from(self.random.one_in(2)))),
                    (one, last),
                ]
            }
            // One becomes a translation of another, which moves to its locale.
            2 => vec![
                (
                    other,
                    Op::Patch(json!({"translation_of": self.world.articles[one].id})),
                ),
                (one, Op::Patch(json!({"locale": second.locale}))),
                (one, publish.clone()),
                (other, publish),
            ],
            // One is found under a slug for a while, then another.
            _ => vec![
                same_locale,
                (one, Op::Schedule(now + 1_000, Some(now + 2_000))),
                (one, slug("between")),
                (other, slug(&first.slug)),
                (other, at(3)),
                (other, slug("after")),
                (one, at(6)),
                (other, at(5)),
            ],
        }
    }
}
