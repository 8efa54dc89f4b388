//! The circumstances of an operation on articles, handed on from the handler to the database.

use super::access::Scope;
use crate::auth::Caller;
use crate::auth::permission::Needs;
use crate::config::Settings;
use crate::db::Time;

/// What a change may refer to.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The rules of the publication.
    pub settings: &'a Settings,
    /// The articles that whoever makes the change may know of.
    pub scope: &'a Scope,
    /// When it happens.
    pub now: Time,
}

impl<'a> Context<'a> {
    /// Of a command, which may know of all articles.
    #[must_use]
    pub fn of_command(settings: &'a Settings, now: Time) -> Self {
        Self {
            settings,
            scope: &Scope::ALL,
            now,
        }
    }

    /// Of a request.
    #[must_use]
    pub fn of<P: Needs>(caller: &'a Caller<P>, scope: &'a Scope) -> Self {
        Self {
            settings: &caller.app().settings,
            scope,
            now: caller.app().clock.now(),
        }
    }
}
