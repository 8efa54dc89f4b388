//! The description of a resource: constants alone. The layers that know no resource (invalidation, the
//! response cache, the API document, the check) go by the descriptions that they are handed.

use crate::db::invalidation::{KeyKind, SurrogateKey};
use crate::query::Named;

/// The description of a resource, for layers that know none.
#[derive(Debug, Clone, Copy)]
pub struct ResourceInfo {
    /// The name of one, such as `tag`: in messages, in surrogate keys, and in paths.
    pub name: &'static str,
    /// The name of all, such as `tags`: in paths and in surrogate keys.
    pub collection: &'static str,
    /// The sections of the API document, each with its description.
    pub sections: &'static [(&'static str, &'static str)],
    /// The kinds of surrogate keys besides those of the collection and of its members.
    pub other_keys: &'static [KeyKind],
    /// The order of a public list that names none.
    pub default_sort: &'static str,
    /// The `include` of a single one that names none, in order.
    pub default_include: Option<&'static str>,
    /// Parameters of public lists that are `false` unless they say otherwise.
    pub flags: &'static [&'static str],
    /// Parameters that name several values of which neither order nor repetition matters.
    pub sets: &'static [&'static str],
    /// The forms of parameters that have the same wherever they occur.
    pub forms: &'static [(&'static str, ParameterForm)],
    /// The members that a translation has, where names are translated.
    pub translated: &'static [&'static str],
    /// The beginnings of other paths that the public reads.
    pub other_paths: &'static [&'static str],
}

/// The form of a parameter that lists several values.
#[derive(Debug, Clone, Copy)]
pub enum ParameterForm {
    /// Ids and slugs.
    References,
    /// Slugs.
    Slugs,
    /// Ids, or one of these words.
    IdsOr(&'static [&'static str]),
    /// Words of a closed list.
    Names(&'static [&'static str]),
    /// `none`, or parts of a closed list.
    Parts(fn() -> Vec<&'static str>),
}

/// The names of a closed list.
#[must_use]
pub fn names<N: Named>() -> Vec<&'static str> {
    N::ALL.iter().map(|one| one.name()).collect()
}

impl ResourceInfo {
    /// A resource whose lists are ordered by name and that has nothing of its own.
    #[must_use]
    pub const fn new(
        name: &'static str,
        collection: &'static str,
        sections: &'static [(&'static str, &'static str)],
    ) -> Self {
        Self {
            name,
            collection,
            sections,
            other_keys: &[],
            default_sort: "name",
            default_include: None,
            flags: &[],
            sets: &[],
            forms: &[],
            translated: &[],
            other_paths: &[],
        }
    }

    /// The key of which of them there are.
    #[must_use]
    pub const fn every(&self) -> SurrogateKey<'static> {
        KeyKind::of_all(self.collection).whole()
    }

    /// The key of the one of this id.
    #[must_use]
    pub const fn one<'a>(&self, id: &'a str) -> SurrogateKey<'a> {
        KeyKind::of_each(self.name).of(id)
    }

    /// Whether a path is that of the collection, or leads on from there.
    #[must_use]
    pub fn has_path(&self, path: &str) -> bool {
        let rest = path.strip_prefix("/v1/");
        rest.is_some_and(|rest| rest.starts_with(self.collection))
    }
}

/// All resources, as the layers that know none are handed them.
#[derive(Debug, Clone, Copy)]
pub struct Resources(pub &'static [&'static ResourceInfo]);

impl Resources {
    /// The descriptions.
    pub fn iter(self) -> impl Iterator<Item = &'static ResourceInfo> {
        self.0.iter().copied()
    }

    /// The kinds of surrogate keys: of the collections, of their members, and the others.
    #[must_use]
    pub fn key_kinds(self) -> Vec<KeyKind> {
        let all = self.iter().map(|info| KeyKind::of_all(info.collection));
        let each = self.iter().map(|info| KeyKind::of_each(info.name));
        let others = self.iter().flat_map(|info| info.other_keys.iter().copied());
        all.chain(each).chain(others).collect()
    }

    /// The form of a parameter that has the same wherever it occurs.
    #[must_use]
    pub fn form(self, parameter: &str) -> Option<ParameterForm> {
        let mut forms = self.iter().flat_map(|info| info.forms);
        let found = forms.find(|(name, _)| *name == parameter);
        found.map(|(_, form)| *form)
    }

    /// Whether a path leads to what the public reads.
    #[must_use]
    pub fn has_public_path(self, path: &str) -> bool {
        let other = |start: &&str| path.starts_with(*start);
        self.iter()
            .any(|info| info.has_path(path) || info.other_paths.iter().any(other))
    }
}
