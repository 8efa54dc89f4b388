//! `masthead key`: the keys that let programs write, and read what is not public.

mod table;

use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use clap::{Args, Subcommand};

use super::failure::Failure;
use super::{database, output};
use crate::app::Edit;
use crate::auth::credentials::key::NewKey;
use crate::auth::credentials::{random, signing};
use crate::auth::{Permission, Role};
use crate::clock::{Clock, Ids};
use crate::config::Settings;
use crate::db::{Conn, Database, Time};
use crate::error::Error;
use crate::keys::key::KeyInput;
use crate::keys::store::{self, KeyRow};
use crate::values::{Line, Locale, Slug, in_rfc3339};

const MINUTE_MS: i64 = 60 * 1_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;

/// The subcommands for keys.
#[derive(Debug, Subcommand)]
pub enum Action {
    /// Create a key and print it (shown only once)
    Create(Box<Create>),
    /// List all keys, including expired and revoked ones
    List,
    /// Revoke a key
    Revoke {
        /// Name or id of the key
        #[arg(value_name = "NAME|ID")]
        key: String,
    },
    /// Generate a new secret for a key and print it (shown only once)
    Rotate {
        /// Name or id of the key
        #[arg(value_name = "NAME|ID")]
        key: String,
        /// How long earlier secrets stay valid; 0 invalidates them immediately
        #[arg(long, value_name = "HOURS", default_value_t = 24, value_parser = clap::value_parser!(i64).range(0..=720))]
        overlap_hours: i64,
    },
    /// Generate a new key for signing access tokens
    RotateSigning {
        /// Use it immediately and reject tokens signed with earlier keys, e.g. after a theft
        #[arg(long)]
        at_once: bool,
    },
}

/// Options of a new key.
#[derive(Debug, Args)]
pub struct Create {
    /// Name of the key; unique among the keys that are not revoked
    #[arg(long, value_name = "NAME", value_parser = name)]
    name: Line<100>,
    /// Role that defines the key's permissions
    #[arg(
        long,
        value_parser = PossibleValuesParser::new(Role::NAMES).try_map(|name| role(&name)),
        required_unless_present = "permission",
        conflicts_with = "permission",
    )]
    role: Option<Role>,
    /// Permission, instead of a role; repeat for several
    #[arg(long, value_parser = PossibleValuesParser::new(Permission::NAMES).try_map(|name| permission(&name)))]
    permission: Option<Vec<Permission>>,
    /// Limit the key to this section; repeat for several
    #[arg(long, value_name = "SLUG", value_parser = section)]
    section: Option<Vec<Slug>>,
    /// Limit the key to this locale; repeat for several
    #[arg(long, value_name = "LOCALE", value_parser = locale)]
    locale: Option<Vec<Locale>>,
    /// Time of expiry, such as 2027-11-23T06:30:00Z
    #[arg(long, value_name = "DATE-TIME", value_parser = instant)]
    expires: Option<Time>,
}

fn name(text: &str) -> Result<Line<100>, String> {
    Line::parse(text).map_err(|refusal| refusal.detail)
}

fn role(name: &str) -> Result<Role, String> {
    Role::named(name).ok_or_else(|| format!("unknown role {name}"))
}

fn permission(name: &str) -> Result<Permission, String> {
    Permission::named(name).ok_or_else(|| format!("unknown permission {name}"))
}

fn section(text: &str) -> Result<Slug, String> {
    Slug::parse(text).map_err(|refusal| refusal.detail)
}

fn locale(text: &str) -> Result<Locale, String> {
    Locale::parse(text).map_err(|refusal| refusal.detail)
}

fn instant(text: &str) -> Result<Time, String> {
    in_rfc3339(text).map_err(|refusal| refusal.detail)
}

/// Makes, lists, revokes or rotates keys.
///
/// # Errors
/// When the database cannot be used, the name is taken, or there is no such key.
pub async fn run(settings: &Settings, action: &Action) -> Result<(), Failure> {
    let signing_file = &settings.auth.signing_key_file;
    if matches!(action, Action::RotateSigning { .. }) && !signing_file.as_os_str().is_empty() {
        return Err(Failure::new(format!(
            "the signing key is read from the file {} (auth.signing_key_file): replace the key \
             there and restart the servers",
            signing_file.display()
        )));
    }
    let db = match action {
        Action::Create(_) => database::open(settings).await?,
        _ => database::open_existing(settings).await?,
    };
    let done = act(settings, &db, action).await;
    db.close().await;
    done
}

async fn act(settings: &Settings, db: &Database, action: &Action) -> Result<(), Failure> {
    let now = Clock::System.now();
    let ids = Ids::new(Clock::System);
    let by = "command line";
    let edit = Edit { ids: &ids, now, by };
    match action {
        Action::Create(wanted) => create(db, edit, wanted).await,
        Action::List => {
            let keys = store::list(&mut db.read().await?).await?;
            if keys.is_empty() {
                output::note("There are no keys.");
                Ok(())
            } else {
                output::print(&table::of(&keys))
            }
        }
        Action::Revoke { key } => {
            let revoke = async |conn: &mut Conn| match store::by_id_or_name(conn, key).await? {
                Some(old) if old.revoked_at.is_none() => {
                    store::revoke(conn, edit, &old).await.map(Some)
                }
                _ => Ok::<_, Error>(None),
            };
            let revoked = db.write().await?.transaction(revoke).await?;
            revoked.ok_or_else(|| no_such_key(key))?;
            output::print(&format!("revoked: {key}"))
        }
        Action::Rotate { key, overlap_hours } => rotate(db, edit, key, *overlap_hours).await,
        Action::RotateSigning { at_once } => {
            let token_ms = i64::from(settings.auth.access_minutes) * MINUTE_MS;
            rotate_signing(db, now, *at_once, token_ms).await
        }
    }
}

async fn create(db: &Database, edit: Edit<'_>, wanted: &Create) -> Result<(), Failure> {
    let input = KeyInput {
        name: wanted.name.clone(),
        role: wanted.role,
        permissions: wanted.permission.clone(),
        sections: wanted.section.clone(),
        locales: wanted.locale.clone(),
        expires_at: wanted.expires,
    };
    if let Some(error) = input.contradictions(edit.now, None).first() {
        let flag = match error.place().split('/').nth(1) {
            Some("permissions") => "--permission",
            Some("sections") => "--section",
            Some("locales") => "--locale",
            Some("expires_at") => "--expires",
            _ => "--role",
        };
        return Err(Failure::new(format!("{flag} {}", error.detail())));
    }
    let key = NewKey::from_random(&random::bytes()?);
    let row = KeyRow::of(edit, &input);
    let store = async |conn: &mut Conn| store::create(conn, &row, &key).await;
    db.write().await?.transaction(store).await?;
    show(&key)
}

async fn rotate(db: &Database, edit: Edit<'_>, name: &str, hours: i64) -> Result<(), Failure> {
    let key = NewKey::from_random(&random::bytes()?);
    let rotate = async |conn: &mut Conn| match store::by_id_or_name(conn, name).await? {
        Some(old) => store::rotate(conn, edit, &old, &key, hours * HOUR_MS)
            .await
            .map(Some),
        None => Ok::<_, Error>(None),
    };
    let rotated = db.write().await?.transaction(rotate).await?;
    rotated.ok_or_else(|| no_such_key(name))?;
    if hours == 0 {
        output::note("Earlier secrets are no longer valid.");
    } else {
        let until = Time(edit.now.0 + hours * HOUR_MS);
        output::note(&format!("Earlier secrets are valid until {until}."));
    }
    show(&key)
}

fn show(key: &NewKey) -> Result<(), Failure> {
    output::note("The key is shown only once; only a hash of it is stored.");
    output::print(&key.text)
}

fn no_such_key(name: &str) -> Failure {
    Failure::new(format!("there is no active key with the name or id {name}"))
}

async fn rotate_signing(
    db: &Database,
    now: Time,
    at_once: bool,
    token_ms: i64,
) -> Result<(), Failure> {
    let rotate = async |conn: &mut Conn| signing::rotate(conn, now, at_once, token_ms).await;
    let rotation = db.write().await?.transaction(rotate).await?;
    output::note("Running servers pick this up within a minute.");
    output::print(&format!(
        "new key         {}\nsigns from      {}\nothers until    {}",
        rotation.kid, rotation.active_from, rotation.retires_at
    ))
}
