//! A provider of OpenID Connect of one's own, which can be told to misbehave.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ed25519_dalek::pkcs8::EncodePrivateKey as _;
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

/// The client that it knows.
pub const CLIENT: &str = "masthead at work";
/// That client's secret, with all that must be encoded.
pub const SECRET: &str = "se:cret/+%§";

/// An RSA key, known here only and to no real provider.
pub const RSA_PEM: &str = include_str!("provider_key.pem");
/// Its public key, for those who mistake it for a secret.
pub const RSA_PUBLIC_PEM: &str = include_str!("provider_key_public.pem");
const RSA_N: &str = "wbuFWhsnvxnh3pyyzWJfBLEtAmNMTvaHPC6bqPXKD_ySM6qCLiv1_Ab9WmEcC2yvqxp0dsuJJTjTTqn7Dog721rSSWDJdyG27G9V24CqA0OE6JueELEeFH9BFost2MKVObQ4OF1g9_MWvv5v3xzKfgPCKmB1wj5ViSEFiJ54hx2wC2uG6CGcXT_0fBFH_tEKByQBt_f9xWjWSdQQzq2tJS-pHnyt3o-F7MBfcC4ZadBulUqC35tKSCyWj81kJv-IWGdsGPSIK6s9FKkkccmq2g0zUKGOrvNSR_RAvPCVwqmDQpA5KDxc43CMmNR4dEe_THUP-bX1Ct6_UNymJdmEpQ";

/// What signs ID tokens.
#[derive(Clone)]
pub enum Signer {
    /// RS256, as key `rsa`.
    Rsa,
    /// EdDSA with the key of this seed, as key `ed-…`.
    Ed(u8),
    /// HS256 with this secret.
    Hmac(Vec<u8>),
    /// Nothing: `alg` is `none`.
    Nothing,
}

/// What the provider does. Stories change it as it runs.
pub struct Ways {
    /// The client's secret; none for a public client.
    pub secret: Option<String>,
    /// Whether the secret is taken from the body instead of from `Authorization`.
    pub secret_in_body: bool,
    /// Members of the discovery document that are other than they should be.
    pub metadata: Value,
    /// Claims that are other than by default; null leaves one out.
    pub claims: Value,
    /// What signs.
    pub signer: Signer,
    /// The keys that it publishes.
    pub keys: Vec<Value>,
    /// What its clock says, in seconds.
    pub now: i64,
    /// The error that people come back with.
    pub denies: Option<&'static str>,
    /// What the token endpoint answers instead of tokens: a status, and a body of JSON.
    pub answers: Option<(u16, String)>,
    /// Whether it hangs up on everybody.
    pub down: bool,
    /// The paths that were asked for.
    pub asked: Vec<String>,
    codes: HashMap<String, Map<String, Value>>,
    address: SocketAddr,
}

/// A provider on a free port; it ends when it is dropped.
pub struct Provider {
    ways: Arc<Mutex<Ways>>,
    address: SocketAddr,
    stopped: Arc<AtomicBool>,
}

impl Provider {
    /// Starts one whose clock says this.
    pub fn start(now: i64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let ways = Arc::new(Mutex::new(Ways {
            secret: Some(SECRET.to_owned()),
            secret_in_body: false,
            metadata: json!({}),
            claims: json!({}),
            signer: Signer::Rsa,
            keys: vec![jwk(&Signer::Rsa)],
            now,
            denies: None,
            answers: None,
            down: false,
            asked: Vec::new(),
            codes: HashMap::new(),
            address,
        }));
        let stopped = Arc::new(AtomicBool::new(false));
        let (shared, stop) = (Arc::clone(&ways), Arc::clone(&stopped));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stop.load(Ordering::SeqCst) {
                    break;
                }
                let shared = Arc::clone(&shared);
                // A client that hangs up is none of our business.
                std::thread::spawn(move || stream.and_then(|stream| serve(&stream, &shared)));
            }
        });
        Self {
            ways,
            address,
            stopped,
        }
    }

    /// Its address, as the setting `oidc.issuer` takes it.
    pub fn issuer(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What it does.
    pub fn ways(&self) -> MutexGuard<'_, Ways> {
        self.ways.lock().unwrap()
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::SeqCst);
        // Wakes it up to hear of it.
        drop(TcpStream::connect(self.address));
    }
}

/// The public key of a signer.
pub fn jwk(signer: &Signer) -> Value {
    match signer {
        Signer::Rsa => {
            json!({"kty": "RSA", "use": "sig", "alg": "RS256", "kid": "rsa", "n": RSA_N, "e": "AQAB"})
        }
        Signer::Ed(seed) => {
            let key = ed25519_dalek::SigningKey::from_bytes(&[*seed; 32]).verifying_key();
            let x = URL_SAFE_NO_PAD.encode(key.to_bytes());
            json!({"kty": "OKP", "crv": "Ed25519", "kid": format!("ed-{seed}"), "x": x})
        }
        Signer::Hmac(_) | Signer::Nothing => panic!("it has no public key"),
    }
}

/// A request as far as it matters here.
struct Asked {
    method: String,
    path: String,
    authorization: Option<String>,
    parameters: HashMap<String, String>,
}

fn read(stream: &TcpStream) -> std::io::Result<Asked> {
    let mut lines = BufReader::new(stream);
    let mut line = String::new();
    lines.read_line(&mut line)?;
    let mut words = line.split(' ').map(str::to_owned);
    let (method, target) = (
        words.next().unwrap_or_default(),
        words.next().unwrap_or_default(),
    );
    let (mut authorization, mut length) = (None, 0);
    loop {
        let mut line = String::new();
        lines.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            break;
        };
        match name.to_ascii_lowercase().as_str() {
            "authorization" => authorization = Some(value.to_owned()),
            "content-length" => length = value.parse().unwrap_or_default(),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    lines.read_exact(&mut body)?;
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let text = if method == "POST" {
        body.as_slice()
    } else {
        query.as_bytes()
    };
    Ok(Asked {
        method,
        path: path.to_owned(),
        authorization,
        parameters: url::form_urlencoded::parse(text).into_owned().collect(),
    })
}

fn serve(stream: &TcpStream, ways: &Mutex<Ways>) -> std::io::Result<()> {
    let asked = read(stream)?;
    let mut ways = ways.lock().unwrap();
    ways.asked.push(asked.path.clone());
    if ways.down {
        return Ok(());
    }
    let answer = match (asked.method.as_str(), asked.path.as_str()) {
        ("GET", "/.well-known/openid-configuration") => ways.discovery(),
        ("GET", "/jwks") => json_answer(200, &json!({"keys": ways.keys}).to_string()),
        ("GET", "/authorize") => ways.authorize(&asked.parameters),
        ("POST", "/token") => ways.token(&asked),
        _ => json_answer(404, "{}"),
    };
    drop(ways);
    let mut out = stream;
    out.write_all(answer.as_bytes())
}

fn json_answer(status: u16, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status} As told\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
}

impl Ways {
    fn issuer(&self) -> String {
        format!("http://{}", self.address)
    }

    fn discovery(&self) -> String {
        let issuer = self.issuer();
        let mut document = json!({
            "issuer": issuer,
            "authorization_endpoint": format!("{issuer}/authorize"),
            "token_endpoint": format!("{issuer}/token"),
            "jwks_uri": format!("{issuer}/jwks"),
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256", "EdDSA"],
        });
        merge(&mut document, &self.metadata);
        json_answer(200, &document.to_string())
    }

    /// Signs in whoever comes, without asking.
    fn authorize(&mut self, given: &HashMap<String, String>) -> String {
        let get = |name: &str| given.get(name).cloned().unwrap_or_default();
        let is_good = get("client_id") == CLIENT
            && get("response_type") == "code"
            && get("scope").split(' ').any(|scope| scope == "openid")
            && get("code_challenge_method") == "S256"
            && [get("state"), get("nonce"), get("code_challenge")]
                .iter()
                .all(|text| text.len() >= 43);
        if !is_good {
            return json_answer(400, "\"not what it takes\"");
        }
        let mut back = url::Url::parse(&get("redirect_uri")).unwrap();
        let mut query = back.query_pairs_mut();
        query.append_pair("state", &get("state"));
        // What other providers add of their own.
        query.append_pair("session_state", "x.y");
        query.append_pair("iss", &self.issuer());
        if let Some(error) = self.denies {
            query.append_pair("error", error);
            query.append_pair("error_description", "<b>the provider's own words</b>");
        } else {
            let code = format!("code-{}", self.codes.len());
            query.append_pair("code", &code);
            let grant = json!(given).as_object().unwrap().clone();
            self.codes.insert(code, grant);
        }
        drop(query);
        format!(
            "HTTP/1.1 302 Found\r\nLocation: {back}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        )
    }

    fn token(&mut self, asked: &Asked) -> String {
        let get = |name: &str| asked.parameters.get(name).cloned().unwrap_or_default();
        if !self.knows(asked) {
            return json_answer(401, r#"{"error": "invalid_client"}"#);
        }
        if let Some((status, body)) = &self.answers {
            return json_answer(*status, body);
        }
        let refused = || json_answer(400, r#"{"error": "invalid_grant"}"#);
        // A code is good once.
        let Some(grant) = self.codes.remove(&get("code")) else {
            return refused();
        };
        self.codes
            .insert(format!("used {}", get("code")), Map::new());
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(get("code_verifier")));
        let is_good = get("grant_type") == "authorization_code"
            && grant["redirect_uri"] == get("redirect_uri")
            && grant["code_challenge"] == challenge;
        if !is_good {
            return refused();
        }
        let access_token = "secret-access-token";
        let token = self.id_token(&grant, access_token);
        let tokens = json!({
            "access_token": access_token, "token_type": "Bearer", "expires_in": 300, "id_token": token,
        });
        json_answer(200, &tokens.to_string())
    }

    fn knows(&self, asked: &Asked) -> bool {
        let encode =
            |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        let by_header = self.secret.as_ref().map(|secret| {
            let pair = format!("{}:{}", encode(CLIENT), encode(secret));
            format!("Basic {}", STANDARD.encode(pair))
        });
        let id = asked.parameters.get("client_id");
        let id = id.is_some_and(|id| id == CLIENT);
        let secret = asked.parameters.get("client_secret");
        match (&self.secret, self.secret_in_body) {
            (None, _) => id && secret.is_none() && asked.authorization.is_none(),
            (Some(_), true) => {
                id && secret == self.secret.as_ref() && asked.authorization.is_none()
            }
            (Some(_), false) => secret.is_none() && asked.authorization == by_header,
        }
    }

    fn id_token(&self, grant: &Map<String, Value>, access_token: &str) -> String {
        let mut claims = json!({
            "iss": self.issuer(), "sub": "jane", "aud": CLIENT,
            "iat": self.now, "exp": self.now + 300, "nonce": grant["nonce"],
            "email": "jane.doe@example.org", "email_verified": true, "name": "Jane Doe",
        });
        if matches!(self.signer, Signer::Rsa | Signer::Hmac(_)) {
            let hash = Sha256::digest(access_token);
            claims["at_hash"] = json!(URL_SAFE_NO_PAD.encode(&hash[..16]));
        }
        merge(&mut claims, &self.claims);
        sign(&self.signer, &claims)
    }
}

fn merge(into: &mut Value, changes: &Value) {
    let into = into.as_object_mut().unwrap();
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            into.remove(name);
        } else {
            into.insert(name.clone(), value.clone());
        }
    }
}

fn sign(signer: &Signer, claims: &Value) -> String {
    let (header, key, algorithm) = match signer {
        Signer::Rsa => (
            json!({"alg": "RS256", "kid": "rsa", "typ": "JWT"}),
            EncodingKey::from_rsa_der(&der(RSA_PEM)),
            Algorithm::RS256,
        ),
        Signer::Ed(seed) => {
            let key = ed25519_dalek::SigningKey::from_bytes(&[*seed; 32]);
            (
                json!({"alg": "EdDSA", "kid": format!("ed-{seed}")}),
                EncodingKey::from_ed_der(key.to_pkcs8_der().unwrap().as_bytes()),
                Algorithm::EdDSA,
            )
        }
        Signer::Hmac(secret) => (
            json!({"alg": "HS256", "kid": "rsa"}),
            EncodingKey::from_secret(secret),
            Algorithm::HS256,
        ),
        Signer::Nothing => {
            let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
            return format!("{}.{}.", part(&json!({"alg": "none"})), part(claims));
        }
    };
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let message = format!("{}.{}", part(&header), part(claims));
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &key, algorithm).unwrap();
    format!("{message}.{signature}")
}

/// The bytes of a PEM file.
fn der(pem: &str) -> Vec<u8> {
    let lines = pem.lines().filter(|line| !line.starts_with("-----"));
    STANDARD.decode(lines.collect::<String>()).unwrap()
}
