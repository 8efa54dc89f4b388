//! A server with single sign-on, its provider, and a browser that goes between the two.

use chrono::Duration;
use masthead::auth::Role;
use masthead::config::{Secret, Settings};
use serde_json::{Value, json};

use super::app::TestApp;
use super::create::Resource as _;
use super::database::Kind;
use super::reply::Reply;
use super::services::provider::{CLIENT, Provider, SECRET, Ways};

/// Where the server is for others.
pub const PUBLIC: &str = "https://cms.example.org";
/// A page that sign-ons may lead back to.
pub const DESK: &str = "https://desk.example.org/app";

/// A server with a provider.
pub struct SignOns {
    /// The server.
    pub app: TestApp,
    /// The provider.
    pub provider: Provider,
}

/// A sign-on that was begun.
pub struct Begun {
    /// The provider's address.
    pub address: String,
    /// The cookie, as a browser sends it.
    pub cookie: String,
}

impl SignOns {
    /// Starts both. The client has a secret, and nobody gets an account by signing on.
    pub async fn start(kind: Kind, change: impl FnOnce(&mut Settings)) -> Self {
        let provider = Provider::start(0);
        let app = TestApp::start_with(kind, |settings| {
            settings.server.public_url = format!("{PUBLIC}/");
            settings.oidc.issuer = provider.issuer();
            settings.oidc.client_id = CLIENT.to_owned();
            settings.oidc.client_secret = Secret::new(SECRET);
            settings.oidc.return_urls = vec![DESK.to_owned(), "http://localhost:3000/".to_owned()];
            change(settings);
        })
        .await;
        let sign_ons = Self { app, provider };
        sign_ons.advance(Duration::zero());
        sign_ons
    }

    /// Moves both clocks on.
    pub fn advance(&self, by: Duration) {
        self.app.advance(by);
        self.provider.ways().now = self.app.now().0 / 1_000;
    }

    /// Changes what the provider does.
    pub fn tell(&self, change: impl FnOnce(&mut Ways)) {
        change(&mut self.provider.ways());
    }

    /// Makes an account with this address; gives its id.
    pub async fn account(&self, email: &str, role: Role) -> String {
        let user = json!({"email": email, "name": "Somebody", "role": role.name()});
        let made = self.app.admin().post("/v1/users", &user).await.expect(201);
        made.json().id().to_owned()
    }

    /// What the admins see of an account.
    pub async fn user(&self, id: &str) -> Value {
        let reply = self.app.admin().get(&format!("/v1/users/{id}")).await;
        reply.expect(200).json()
    }

    /// Begins a sign-on that leads back to [`DESK`].
    pub async fn begin(&self) -> Begun {
        self.begin_for(Some(DESK)).await
    }

    /// Begins a sign-on.
    pub async fn begin_for(&self, return_to: Option<&str>) -> Begun {
        let parameters: Vec<_> = return_to.into_iter().map(|to| ("return_to", to)).collect();
        let call = self.app.anonymous();
        let reply = call.query("/v1/auth/oidc/start", &parameters).await;
        let reply = reply.expect(302);
        assert_eq!(reply.header("cache-control"), "private, no-store");
        Begun {
            address: reply.header("location").to_owned(),
            cookie: cookie(&reply, "__Secure-masthead_sign_on"),
        }
    }

    /// Goes to the provider, which leads back; gives the path with which it does.
    pub async fn at_provider(&self, begun: &Begun) -> String {
        let answer = self.app.client.get(&begun.address).send().await.unwrap();
        assert_eq!(answer.status(), 302, "{}", begun.address);
        let location = answer.headers()["location"].to_str().unwrap();
        location.strip_prefix(PUBLIC).unwrap().to_owned()
    }

    /// Comes back from the provider.
    pub async fn back(&self, path: &str, cookie: &str) -> Reply {
        self.app.anonymous().with("Cookie", cookie).get(path).await
    }

    /// The whole way: how it ends.
    pub async fn sign_on(&self) -> Reply {
        let begun = self.begin().await;
        let path = self.at_provider(&begun).await;
        let reply = self.back(&path, &begun.cookie).await;
        // Whatever came of it, nothing of the provider's is shown.
        let shown = format!(
            "{:?} {}",
            reply.headers,
            String::from_utf8_lossy(&reply.body)
        );
        // The last is where the claims of a JWT begin; without the dot a random token may hold it.
        for secret in [SECRET, "secret-access-token", "own words", "code-", ".eyJ"] {
            assert!(!shown.contains(secret), "{secret} is shown: {reply}");
        }
        reply
    }

    /// Signs on; gives what the refreshed session answers: an access token, and who it is.
    pub async fn signed_in(&self) -> Value {
        let reply = self.sign_on().await.expect(303);
        assert_eq!(reply.header("location"), DESK, "{reply}");
        self.refresh(&reply).await
    }

    /// Refreshes the session that an answer has set the cookie of, as a page of ours does.
    pub async fn refresh(&self, reply: &Reply) -> Value {
        let cookie = cookie(reply, "__Secure-masthead_refresh");
        let call = self.app.anonymous().with("Cookie", &cookie);
        let call = call.with("Origin", PUBLIC);
        let reply = call.post("/v1/auth/refresh", &json!({})).await;
        reply.expect(200).json()
    }

    /// Signs on and checks that it is refused for this reason, and leaves no session.
    pub async fn refused(&self, why: &str) {
        let reply = self.sign_on().await.expect(303);
        let location = format!("{DESK}?sign_on_error={why}");
        assert_eq!(reply.header("location"), location, "{reply}");
        let cookies = format!(
            "{:?}",
            reply
                .headers
                .get_all("set-cookie")
                .iter()
                .collect::<Vec<_>>()
        );
        assert!(!cookies.contains("masthead_refresh"), "{reply}");
    }
}

/// A cookie that an answer sets, as browsers send it.
pub fn cookie(reply: &Reply, name: &str) -> String {
    let lines = reply.headers.get_all("set-cookie").iter();
    let mut lines = lines.map(|line| line.to_str().unwrap());
    let line = lines.find(|line| line.starts_with(&format!("{name}=")));
    let line = line.unwrap_or_else(|| panic!("no cookie {name}: {reply}"));
    line.split(';').next().unwrap().to_owned()
}
