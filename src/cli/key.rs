//! `masthead key`: the keys that let programs write, and read what is not public.

use clap::Subcommand;
use clap::builder::{PossibleValuesParser, TypedValueParser as _};

use super::failure::Failure;
use super::{database, output};
use crate::app::{Clock, Edit, Ids};
use crate::auth::Role;
use crate::auth::key::NewKey;
use crate::config::Settings;
use crate::db::Conn;
use crate::keys::store::{self, KeyRow};
use crate::values::Line;

/// What is to be done about keys.
#[derive(Debug, Subcommand)]
pub enum Action {
    /// Make a key and print it, this once
    Create {
        /// What it is for; unique among the keys in force
        #[arg(long, value_name = "NAME", value_parser = name)]
        name: Line<100>,
        /// What it may do
        #[arg(long, value_parser = PossibleValuesParser::new(Role::NAMES).try_map(|name| role(&name)))]
        role: Role,
    },
    /// List the keys, revoked ones too
    List,
    /// Make a key void
    Revoke {
        /// Its name or id
        #[arg(value_name = "NAME|ID")]
        key: String,
    },
}

fn name(text: &str) -> Result<Line<100>, String> {
    Line::parse(text).map_err(|refusal| refusal.detail)
}

fn role(name: &str) -> Result<Role, String> {
    Role::named(name).ok_or_else(|| format!("there is no role {name}"))
}

/// Makes, lists or revokes keys.
///
/// # Errors
/// When the database cannot be used, the name is taken, or there is no such key.
pub async fn run(settings: &Settings, action: &Action) -> Result<(), Failure> {
    let now = Clock::System.now();
    let db = match action {
        Action::Create { .. } => database::open(settings).await?,
        Action::List | Action::Revoke { .. } => database::open_existing(settings).await?,
    };
    let done = match action {
        Action::Create { name, role } => {
            let mut random = [0; 40];
            getrandom::fill(&mut random).map_err(Failure::new)?;
            let key = NewKey::from_random(&random);
            let ids = Ids::new(Clock::System);
            let edit = Edit {
                ids: &ids,
                now,
                by: "command line",
            };
            let row = KeyRow::new(edit, name.as_str(), *role);
            let mut conn = db.write().await?;
            conn.transaction(async |conn: &mut Conn| store::create(conn, &row, &key).await)
                .await?;
            drop(conn);
            output::note("The key is shown this once; only a hash of it is kept.");
            output::print(&key.text)
        }
        Action::List => {
            let keys = store::list(&mut db.read().await?).await?;
            if keys.is_empty() {
                output::note("There are no keys.");
                Ok(())
            } else {
                output::print(&table(&keys))
            }
        }
        Action::Revoke { key } => {
            if store::revoke(&mut db.write().await?, key, now).await? {
                output::print(&format!("revoked: {key}"))
            } else {
                Err(Failure::new(format!(
                    "there is no key in force with the name or id {key}"
                )))
            }
        }
    };
    db.close().await;
    done
}

fn table(keys: &[KeyRow]) -> String {
    let widest = keys.iter().map(|key| key.name.chars().count()).max();
    let width = widest.unwrap_or(0).max("NAME".len());
    let mut text = format!(
        "{:width$}  {:11}  {:36}  {:24}  REVOKED",
        "NAME", "ROLE", "ID", "CREATED"
    );
    for key in keys {
        let revoked = key.revoked_at.map(|at| at.to_string());
        text.push_str(&format!(
            "\n{:width$}  {:11}  {}  {:24}  {}",
            key.name,
            key.role.map_or("-", Role::name),
            key.id,
            key.created_at.to_string(),
            revoked.as_deref().unwrap_or("-"),
        ));
    }
    text
}
