//! People with accounts, and tokens that are not what they seem.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use masthead::app::Edit;
use masthead::auth::Role;
use masthead::auth::password::{Hasher, Password};
use masthead::clock::{Clock, Ids};
use masthead::config::Settings;
use masthead::db::Conn;
use masthead::error::Error;
use masthead::users::store;
use masthead::users::user::{UserInput, UserStatus};
use masthead::values::{Email, Line, Reference};
use serde_json::{Value, json};

use super::app::TestApp;
use super::call::Caller;
use super::reply::Reply;

/// The password of every account that a test makes.
pub const PASSWORD: &str = "seven slow barges";

/// Somebody who has an account and has signed in.
#[derive(Debug, Clone)]
pub struct User {
    /// The id of the account.
    pub id: String,
    /// Its e-mail address.
    pub email: String,
    /// The access token.
    pub access: String,
    /// The refresh token.
    pub refresh: String,
    /// The session.
    pub session: String,
}

impl User {
    /// The address of the account.
    pub fn path(&self) -> String {
        format!("/v1/users/{}", self.id)
    }

    /// Reads what a login answered.
    #[track_caller]
    pub fn of(reply: &Reply) -> Self {
        let tokens = reply.json();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        Self {
            id: text(&tokens["user"]["id"]),
            email: text(&tokens["user"]["email"]),
            access: text(&tokens["access_token"]),
            refresh: text(&tokens["refresh_token"]),
            session: text(&tokens["session"]),
        }
    }
}

impl TestApp {
    /// Makes an account straight in the database; gives its id.
    pub async fn account(&self, name: &str, role: Role, author: Option<&str>) -> String {
        let mut settings = Settings::defaults().unwrap().passwords;
        (settings.memory_kib, settings.iterations) = (8, 1);
        let hasher = Hasher::new(&settings).unwrap();
        let password = Password::parse(PASSWORD).unwrap();
        let hash = hasher.hash(&password).await.unwrap();
        self.account_with(name, role, author, Some(hash)).await
    }

    /// Makes an account without a password; gives its id.
    pub async fn invited(&self, name: &str, role: Role) -> String {
        self.account_with(name, role, None, None).await
    }

    async fn account_with(
        &self,
        name: &str,
        role: Role,
        author: Option<&str>,
        hash: Option<String>,
    ) -> String {
        let ids = Ids::new(Clock::System);
        let edit = Edit {
            ids: &ids,
            now: self.now(),
            by: "tests",
        };
        let input = UserInput {
            email: Email::parse(&format!("{name}@example.org")).unwrap(),
            name: Line::parse(name).unwrap(),
            role,
            status: UserStatus::Active,
            locale: None,
            author: author.map(|author| Reference::parse(author).unwrap()),
        };
        let mut conn = self.db.write().await.unwrap();
        let made = conn
            .transaction(async |conn: &mut Conn| {
                let row = store::create(conn, edit, &input, hash).await?;
                Ok::<_, Error>(row)
            })
            .await;
        made.unwrap().id
    }

    /// Makes an account of this role and signs in to it.
    pub async fn user(&self, role: Role) -> User {
        self.named_user(role.name(), role).await
    }

    /// Makes an account with this name and role and signs in to it.
    pub async fn named_user(&self, name: &str, role: Role) -> User {
        self.account(name, role, None).await;
        self.sign_in(&format!("{name}@example.org")).await
    }

    /// Signs in to an account that a test made.
    pub async fn sign_in(&self, email: &str) -> User {
        User::of(&self.login(email, PASSWORD).await.expect(200))
    }

    /// Tries to sign in.
    pub async fn login(&self, email: &str, password: &str) -> Reply {
        let body = json!({"email": email, "password": password});
        self.anonymous().post("/v1/auth/login", &body).await
    }

    /// Sends a refresh token.
    pub async fn refresh(&self, token: &str) -> Reply {
        let body = json!({"refresh_token": token});
        self.anonymous().post("/v1/auth/refresh", &body).await
    }

    /// Calls with an access token, or with any other bearer.
    pub fn bearer(&self, token: &str) -> Caller<'_> {
        self.anonymous().bearer(token)
    }

    /// Calls as somebody.
    pub fn as_user(&self, user: &User) -> Caller<'_> {
        self.bearer(&user.access)
    }

    /// Whether an access token is good.
    pub async fn is_good(&self, token: &str) -> bool {
        self.bearer(token).get("/v1/me").await.status == 200
    }
}

/// Base64url without padding.
pub fn base64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The header and the claims of a token.
pub fn parts(token: &str) -> (Value, Value) {
    let mut parts = token.split('.').map(|part| {
        let json = URL_SAFE_NO_PAD.decode(part).unwrap();
        serde_json::from_slice(&json).unwrap_or_default()
    });
    (parts.next().unwrap(), parts.next().unwrap())
}
