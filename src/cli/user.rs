//! `masthead user`: the accounts of people.

use std::io::BufRead as _;

use clap::Subcommand;
use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use secrecy::ExposeSecret as _;

use super::failure::Failure;
use super::{database, output};
use crate::app::Edit;
use crate::auth::Role;
use crate::auth::password::{Hasher, Password};
use crate::clock::{Clock, Ids};
use crate::config::Settings;
use crate::db::{Conn, Database};
use crate::error::{Error, Result as Outcome};
use crate::http::precondition::IfMatch;
use crate::sessions::links::make;
use crate::sessions::one_time::link;
use crate::users::credentials;
use crate::users::store::{self, UserRow};
use crate::users::user::{UserInput, UserStatus};
use crate::values::{Email, Line, Reference};

/// How these changes are marked.
const BY: &str = "command line";

/// The subcommands for accounts.
#[derive(Debug, Subcommand)]
pub enum Action {
    /// Create an account; without a password, print a link for its owner to choose one
    Create {
        /// E-mail address for signing in
        #[arg(long, value_name = "EMAIL", value_parser = email)]
        email: Email,
        /// Name of the person
        #[arg(long, value_name = "NAME", value_parser = name)]
        name: Line<200>,
        /// Role of the account
        #[arg(long, value_parser = PossibleValuesParser::new(Role::NAMES).try_map(|name| role(&name)))]
        role: Role,
        /// Read the password from the first line of standard input
        #[arg(long)]
        password_stdin: bool,
        /// Author linked to the account, by slug or id
        #[arg(long, value_name = "SLUG", value_parser = reference)]
        author: Option<Reference>,
    },
    /// List the accounts
    List,
    /// Change the role of an account; ends all its sessions
    SetRole {
        /// E-mail address of the account
        #[arg(value_parser = email)]
        email: Email,
        /// Role of the account
        #[arg(value_parser = PossibleValuesParser::new(Role::NAMES).try_map(|name| role(&name)))]
        role: Role,
    },
    /// Set a new password, read from the first line of standard input; ends all sessions of the
    /// account
    SetPassword {
        /// E-mail address of the account
        #[arg(value_parser = email)]
        email: Email,
    },
    /// Suspend an account; ends all its sessions
    Suspend {
        /// E-mail address of the account
        #[arg(value_parser = email)]
        email: Email,
    },
    /// Reactivate a suspended account
    Reactivate {
        /// E-mail address of the account
        #[arg(value_parser = email)]
        email: Email,
    },
    /// Print a link for the owner of an account to choose a password
    ResetLink {
        /// E-mail address of the account
        #[arg(value_parser = email)]
        email: Email,
    },
}

fn email(text: &str) -> Result<Email, String> {
    Email::parse(text).map_err(|refusal| refusal.detail)
}

fn name(text: &str) -> Result<Line<200>, String> {
    Line::parse(text).map_err(|refusal| refusal.detail)
}

fn reference(text: &str) -> Result<Reference, String> {
    Reference::parse(text).map_err(|refusal| refusal.detail)
}

fn role(name: &str) -> Result<Role, String> {
    Role::named(name).ok_or_else(|| format!("unknown role {name}"))
}

/// Makes, lists or changes accounts.
///
/// # Errors
/// When the database cannot be used, an address is taken or unknown, or a password may not be
/// chosen.
pub async fn run(settings: &Settings, action: &Action) -> Result<(), Failure> {
    let db = match action {
        Action::Create { .. } => database::open(settings).await?,
        _ => database::open_existing(settings).await?,
    };
    let ids = Ids::new(Clock::System);
    let edit = Edit {
        ids: &ids,
        now: Clock::System.now(),
        by: BY,
    };
    let done = act(settings, &db, edit, action).await;
    db.close().await;
    done
}

async fn act(
    settings: &Settings,
    db: &Database,
    edit: Edit<'_>,
    action: &Action,
) -> Result<(), Failure> {
    match action {
        Action::Create {
            email,
            name,
            role,
            password_stdin,
            author,
        } => {
            let hash = match password_stdin {
                true => Some(read_password(settings, email.as_str(), name.as_str()).await?),
                false => None,
            };
            let invite = hash.is_none();
            let input = UserInput {
                email: email.clone(),
                name: name.clone(),
                role: *role,
                status: UserStatus::Active,
                locale: None,
                author: author.clone(),
            };
            let mut conn = db.write().await?;
            let user = conn
                .transaction(async |conn: &mut Conn| store::create(conn, edit, &input, hash).await)
                .await?;
            drop(conn);
            output::print(&format!("created: {} ({})", user.email, user.role.name()))?;
            if invite {
                print_link(settings, db, edit, &user).await?;
            }
            Ok(())
        }
        Action::List => {
            let query = async |conn: &mut Conn| store::all(conn).await;
            let users = db.read_heavy::<Vec<UserRow>, Error>(query).await?;
            if users.is_empty() {
                output::note("There are no accounts.");
                return Ok(());
            }
            output::print(&table(&users))
        }
        Action::SetRole { email, role } => {
            change(db, edit, email, |input| input.role = *role).await?;
            output::print(&format!("{} is now {}", email.as_str(), role.name()))
        }
        Action::Suspend { email } => {
            change(db, edit, email, |input| {
                input.status = UserStatus::Suspended
            })
            .await?;
            output::print(&format!("suspended: {}", email.as_str()))
        }
        Action::Reactivate { email } => {
            change(db, edit, email, |input| input.status = UserStatus::Active).await?;
            output::print(&format!("reactivated: {}", email.as_str()))
        }
        Action::SetPassword { email } => {
            let user = find(db, email).await?;
            let hash = read_password(settings, &user.email, &user.name).await?;
            let mut conn = db.write().await?;
            conn.transaction(async |conn: &mut Conn| {
                credentials::set_password(conn, edit.now, &user.id, BY, &hash).await
            })
            .await?;
            output::print(&format!("{} has a new password", user.email))
        }
        Action::ResetLink { email } => {
            let user = find(db, email).await?;
            print_link(settings, db, edit, &user).await
        }
    }
}

async fn find(db: &Database, email: &Email) -> Result<UserRow, Failure> {
    let found = store::by_email(&mut db.read().await?, email.as_str()).await?;
    let found = found.map(|(user, _)| user);
    found.ok_or_else(|| Failure::new(format!("there is no account {}", email.as_str())))
}

async fn change(
    db: &Database,
    edit: Edit<'_>,
    email: &Email,
    change: impl Fn(&mut UserInput),
) -> Result<(), Failure> {
    let old = find(db, email).await?;
    let mut input: UserInput = crate::http::body::check(old.as_input())?;
    change(&mut input);
    let mut conn = db.write().await?;
    let work = async |conn: &mut Conn| -> Outcome<UserRow> {
        store::update(conn, edit, &old, &IfMatch::Any, &input).await
    };
    conn.transaction(work).await?;
    Ok(())
}

/// Reads a password from the first line of standard input; returns what is stored of it.
async fn read_password(settings: &Settings, email: &str, name: &str) -> Result<String, Failure> {
    let mut line = String::new();
    std::io::stdin()
        .lock()
        .read_line(&mut line)
        .map_err(|error| Failure::new(format!("standard input: {error}")))?;
    let line = secrecy::SecretString::from(line);
    let text = line.expose_secret().trim_end_matches(['\n', '\r']);
    let refuse =
        |refusal: crate::values::Refusal| Failure::new(format!("the password {}", refusal.detail));
    let password = Password::parse(text).map_err(refuse)?;
    password.check_for(email, name).map_err(refuse)?;
    let hasher = Hasher::new(&settings.passwords).map_err(Failure::new)?;
    Ok(hasher.hash(&password).await?)
}

async fn print_link(
    settings: &Settings,
    db: &Database,
    edit: Edit<'_>,
    user: &UserRow,
) -> Result<(), Failure> {
    let mut conn = db.write().await?;
    let (purpose, issued) = conn
        .transaction(async |conn: &mut Conn| make(conn, settings, edit.now, user).await)
        .await?;
    let token = &issued.secret.text;
    let address = link(settings, purpose, token).unwrap_or_else(|| {
        output::note("server.public_url is not set: prefix the link with the server's address.");
        format!("/account#{}={token}", purpose.name())
    });
    output::note(&format!(
        "For {}, valid once, until {}:",
        user.email, issued.expires_at
    ));
    output::print(&address)
}

fn table(users: &[UserRow]) -> String {
    let width = |head: &str, text: fn(&UserRow) -> &str| {
        let widest = users.iter().map(|user| text(user).chars().count()).max();
        widest.unwrap_or(0).max(head.len())
    };
    let (emails, names) = (
        width("EMAIL", |user| &user.email),
        width("NAME", |user| &user.name),
    );
    let mut text = format!(
        "{:emails$}  {:names$}  {:11}  {:9}  LAST LOGIN",
        "EMAIL", "NAME", "ROLE", "STATUS"
    );
    for user in users {
        let last = user.last_login_at.map(|at| at.to_string());
        text.push_str(&format!(
            "\n{:emails$}  {:names$}  {:11}  {:9}  {}",
            user.email,
            user.name,
            user.role.name(),
            user.status.name(),
            last.as_deref().unwrap_or("-"),
        ));
    }
    text
}
