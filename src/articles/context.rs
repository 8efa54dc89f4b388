//! The context of an operation on articles, passed from the handler to the database.

use std::ops::Deref;

use super::draft_access::Scope;
use crate::app::Edit;
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

/// The context of a change: that of a read (settings, scope, moment), and the [`Edit`] that proves
/// the permission and says who makes the change. The connection is handed on apart, so that a
/// transaction is seen where it is used.
#[derive(Clone, Copy)]
pub struct WriteContext<'a> {
    /// The stamp of the change.
    pub edit: Edit<'a>,
    read: Context<'a>,
}

impl<'a> WriteContext<'a> {
    /// The context of a change that `edit` permits. It takes place at the moment of the stamp.
    #[must_use]
    pub fn new(edit: Edit<'a>, read: Context<'a>) -> Self {
        let now = edit.now;
        Self {
            edit,
            read: Context { now, ..read },
        }
    }

    /// The context of a command, whose scope is all articles.
    #[must_use]
    pub fn of_command(settings: &'a Settings, edit: Edit<'a>) -> Self {
        Self::new(edit, Context::of_command(settings, edit.now))
    }

    /// The id of the account, key or command that makes the change, for a row.
    #[must_use]
    pub fn by(&self) -> Option<String> {
        Some(self.edit.by.to_owned())
    }
}

impl<'a> Deref for WriteContext<'a> {
    type Target = Context<'a>;

    fn deref(&self) -> &Context<'a> {
        &self.read
    }
}
