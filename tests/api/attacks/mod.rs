//! Attacks that succeeded against other services, each tried against this one.
//!
//! | attack | where it is tried |
//! |---|---|
//! | 1 to 4, 6, 7: filters, relations, aliases, operators, aggregates | `queries::filters` |
//! | 5: sorts and cursors | `queries::filters`, `queries::lists` |
//! | 8, 9: search, people | `queries::hidden` |
//! | 10: what is hidden, counted or referred to | `queries::hidden`, `queries::drafts` |
//! | 11, 12: empty lists, formats | `queries::lists` |
//! | 13 to 15: SQL, operators that run something | `inputs::injection` |
//! | 16 to 19: objects for texts, templates, line breaks, odd bytes | `inputs::texts` |
//! | 20, 21: ids, mass assignment | `rights::members` |
//! | 22: actions, previews, locks, history, corrections | `rights::members`, `rights::articles` |
//! | 23: what belongs to an article | `rights::articles` |
//! | 25: changes of many at once | `rights::articles`, `crate::workflow::batch` |
//! | 26 to 29, 31, 32: roles, ids, keys, pages, refusals | `rights::roles` |
//! | 33: secrets in answers and logs | `rights::members`, `crate::operations::secrets` |
//! | 34: actions without a caller | `crate::keys::credentials`, `crate::auth::permission_table` |
//! | 35, 36: tokens | `accounts::tokens`, `accounts::signing_keys` |
//! | 37 to 40: sessions, links, enumeration | `accounts::sessions`, `crate::auth::sessions`, `crate::accounts::password_links` |
//! | 41, 42, 47: limits, long passwords, comparisons | `accounts::limits` |
//! | 43: accounts taken by single sign-on | `accounts::sign_on`, `crate::auth::oidc`, `crate::auth::oidc_tokens` |
//! | 44: redirects | `accounts::browsers`, `accounts::sign_on`, `crate::auth::oidc_returns` |
//! | 45: other sites' pages | `accounts::browsers`, `crate::auth::session_cookie`, `crate::auth::oidc` |
//! | 46: caches | `accounts::browsers` |
//!
//! These wait for what they attack:
//!
//! | attack | waits for |
//! |---|---|
//! | 7, 12, 18: aggregates, exports, files with a name of the caller's | these; their parameters and formats are refused |
//! | 23: comments, copies | these |
//! | 24: media of hidden articles | media |
//! | 30: WebSocket and events | these |
//! | 34: shares | these |
//! | 39: second factors | these |

mod accounts;
mod inputs;
mod queries;
mod rights;
