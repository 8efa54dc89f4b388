//! The circumstances of an operation on articles, handed on from the handler to the database.

use super::access::Scope;
use crate::auth::Caller;
use crate::auth::permission::Needs;
use crate::config::Settings;
use crate::db::Time;

/// The circumstances of an operation on articles.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The settings of the publication.
    pub settings: &'a Settings,
    /// The articles that the caller may know of.
    pub scope: &'a Scope,
    /// The present.
    pub now: Time,
}

impl<'a> Context<'a> {
    /// The context of a command, which has all articles in scope.
    #[must_use]
    pub fn of_command(settings: &'a Settings, now: Time) -> Self {
        Self {
            settings,
            scope: &Scope::ALL,
            now,
        }
    }

    /// The context of a request.
    #[must_use]
    pub fn of<P: Needs>(caller: &'a Caller<P>, scope: &'a Scope) -> Self {
        Self {
            settings: &caller.app().settings,
            scope,
            now: caller.app().clock.now(),
        }
    }
}
