//! People with accounts, signed in.

use masthead::app::{Clock, Edit, Ids};
use masthead::auth::Role;
use masthead::auth::password::{Hasher, Password};
use masthead::config::PasswordSettings;
use masthead::db::Conn;
use masthead::users::store;
use serde_json::json;

use super::app::TestApp;

/// Everybody's password.
pub const PASSWORD: &str = "nine quiet ferries";

/// Somebody who signed in.
pub struct Person {
    /// The id of the account.
    pub id: String,
    /// The e-mail address.
    pub email: String,
    /// An access token.
    pub token: String,
}

impl TestApp {
    /// Makes an account of this role, linked to an author if one is named, and signs in.
    pub async fn person(&self, role: Role, author: Option<&str>) -> Person {
        let cheap = PasswordSettings {
            memory_kib: 8,
            iterations: 1,
            parallelism: 1,
        };
        let password = Password::parse(PASSWORD).unwrap();
        let hash = Hasher::new(&cheap).unwrap().hash(&password).await.unwrap();
        let ids = Ids::new(Clock::System);
        let edit = Edit {
            ids: &ids,
            now: self.now(),
            by: "tests",
        };
        let email = format!("{}-{}@example.org", role.name(), ids.next());
        let input = json!({
            "email": email, "name": "Somebody", "role": role.name(), "author": author,
        });
        let input = masthead::values::read(input).unwrap();
        let mut conn = self.db.write().await.unwrap();
        let user = conn
            .transaction(async |conn: &mut Conn| {
                store::create(conn, edit, &input, Some(hash)).await
            })
            .await
            .unwrap();
        drop(conn);
        let token = self.sign_in(&email).await;
        Person {
            id: user.id,
            email,
            token,
        }
    }

    /// Signs in again; returns an access token.
    pub async fn sign_in(&self, email: &str) -> String {
        let login = json!({"email": email, "password": PASSWORD});
        let reply = self.anonymous().post("/v1/auth/login", &login).await;
        let tokens = reply.expect(200).json();
        tokens["access_token"].as_str().unwrap().to_owned()
    }
}
