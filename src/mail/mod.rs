//! Mail: plain texts to single people, by an SMTP server.
//!
//! [`Mailer::send`] waits for the server. [`Mailer::send_later`] does not: it puts the mail into a
//! bounded queue that a task on the server's runtime empties, so that the time of an answer does
//! not tell whether a mail was sent. What waits is in memory only; [`Mailer::close`] sends it
//! before the program ends. A mail that is lost costs its reader a second request, no more: none
//! is the only record of anything.

mod letter;
pub mod texts;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::poll_fn;
use lettre::message::Mailbox;
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};
use secrecy::ExposeSecret as _;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use self::letter::Letter;
use crate::config::{Encryption, MailRoute, MailSettings, SmtpUrl};

type Transport = AsyncSmtpTransport<Tokio1Executor>;

/// Longest wait for the server to take a mail.
const MAX_WAIT: Duration = Duration::from_secs(10);

/// How many mails may wait to be sent.
const QUEUE: usize = 100;

/// How many mails are sent at once, so that one which has to wait does not hold up the others.
const AT_ONCE: usize = 4;

/// How long to wait before a mail from the queue is tried again.
const PAUSES: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(10)];

/// Longest wait for the queue to be emptied when the program ends.
const LAST_WAIT: Duration = Duration::from_secs(10);

/// Why a mail was not sent.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// The settings name no server, or one that cannot be used.
    #[error("mail is not configured: {0}")]
    NotConfigured(String),
    /// The address or the subject is not one. Nothing was sent.
    #[error("invalid mail: {0}")]
    Unusable(&'static str),
    /// The server will not take it, now or later.
    #[error("rejected by the mail server: {0}")]
    Refused(String),
    /// The server was not reached, or could not take it at the moment.
    #[error("mail server error: {0}")]
    Failed(String),
}

/// Sends mail; cloning it is cheap. One without a server sends nothing.
#[derive(Clone)]
pub struct Mailer(Option<Arc<Office>>);

struct Office {
    transport: Transport,
    from: Mailbox,
    queue: Mutex<Option<mpsc::Sender<Letter>>>,
    task: Mutex<Option<JoinHandle<()>>>,
}

impl Mailer {
    /// One that sends nothing.
    #[must_use]
    pub fn disabled() -> Self {
        Self(None)
    }

    /// Sends by these settings. The task that empties the queue runs on the runtime that calls
    /// this, which must be one that lasts as long as the server: not that of a single worker.
    ///
    /// # Errors
    /// When the settings cannot be used, or no runtime calls.
    pub fn start(settings: &MailSettings) -> Result<Self, MailError> {
        let unusable = |error: &dyn std::fmt::Display| MailError::NotConfigured(error.to_string());
        let Some(MailRoute { server, from }) = settings.route().map_err(|e| unusable(&e))? else {
            return Ok(Self::disabled());
        };
        let transport = transport(server).map_err(|e| unusable(&describe(&e)))?;
        let runtime = Handle::try_current().map_err(|e| unusable(&e))?;
        let (queue, mut letters) = mpsc::channel(QUEUE);
        let carrier = transport.clone();
        let task = runtime.spawn(async move {
            poll_fn(|context| letters.poll_recv(context))
                .for_each_concurrent(AT_ONCE, |letter| deliver(&carrier, letter))
                .await;
        });
        Ok(Self(Some(Arc::new(Office {
            transport,
            from,
            queue: Mutex::new(Some(queue)),
            task: Mutex::new(Some(task)),
        }))))
    }

    /// Whether there is a server to send by.
    #[must_use]
    pub fn is_configured(&self) -> bool {
        self.0.is_some()
    }

    /// Sends a mail to one address and waits until the server has taken it, ten seconds at most.
    /// Control characters in the text are left out, but for line breaks and tabs.
    ///
    /// # Errors
    /// When it was not taken; it is not tried again.
    pub async fn send(&self, to: &str, subject: &str, text: &str) -> Result<(), MailError> {
        let office = self.office()?;
        let letter = Letter::new(&office.from, to, subject, text)?;
        hand_over(&office.transport, &letter).await
    }

    /// Sends a mail later, and tries it twice more if the server fails: it returns at once. What
    /// goes wrong is logged, without subject and text, since the text holds links that log in. A
    /// mail is dropped, and that logged, when a hundred wait already.
    pub fn send_later(&self, to: &str, subject: &str, text: &str) {
        let queued = self.office().and_then(|office| {
            let letter = Letter::new(&office.from, to, subject, text)?;
            let queue = office.queue.lock().unwrap_or_else(PoisonError::into_inner);
            let queue = queue
                .as_ref()
                .ok_or_else(|| MailError::Failed("the server is shutting down".to_owned()))?;
            queue
                .try_send(letter)
                .map_err(|_full| MailError::Failed("the mail queue is full".to_owned()))
        });
        if let Err(error) = queued {
            tracing::warn!(%error, "mail dropped");
        }
    }

    /// Takes no more mail for later, and waits until what waits is sent, ten seconds at most.
    pub async fn close(&self) {
        let Some(office) = &self.0 else { return };
        drop(take(&office.queue));
        let Some(task) = take(&office.task) else {
            return;
        };
        if tokio::time::timeout(LAST_WAIT, task).await.is_err() {
            tracing::warn!("shut down before all queued mails were sent");
        }
    }

    fn office(&self) -> Result<&Office, MailError> {
        let none = || MailError::NotConfigured("mail.smtp_url is empty".to_owned());
        self.0.as_deref().ok_or_else(none)
    }
}

fn take<T>(slot: &Mutex<Option<T>>) -> Option<T> {
    slot.lock().unwrap_or_else(PoisonError::into_inner).take()
}

fn transport(server: SmtpUrl) -> Result<Transport, SmtpError> {
    // It brings its own cryptography and authorities: no provider has to be installed.
    let parameters = || TlsParameters::new(server.host.clone());
    let tls = match server.encryption {
        Encryption::Implicit => Tls::Wrapper(parameters()?),
        Encryption::StartTls => Tls::Required(parameters()?),
        Encryption::None => Tls::None,
    };
    let mut builder = Transport::builder_dangerous(server.host)
        .port(server.port)
        .tls(tls)
        .timeout(Some(MAX_WAIT));
    if let Some(password) = &server.password {
        let password = password.expose_secret().to_owned();
        builder = builder.credentials(Credentials::new(server.user, password));
    }
    Ok(builder.build())
}

/// Gives a mail to the server, once.
async fn hand_over(transport: &Transport, letter: &Letter) -> Result<(), MailError> {
    let sending = transport.send_raw(&letter.envelope, &letter.bytes);
    match tokio::time::timeout(MAX_WAIT, sending).await {
        Ok(Ok(_taken)) => Ok(()),
        Ok(Err(error)) if error.is_permanent() || error.is_client() => {
            Err(MailError::Refused(describe(&error)))
        }
        Ok(Err(error)) => Err(MailError::Failed(describe(&error))),
        Err(_elapsed) => Err(MailError::Failed(
            "timed out waiting for a response".to_owned(),
        )),
    }
}

/// Gives a mail from the queue to the server, and again if the server fails.
async fn deliver(transport: &Transport, letter: Letter) {
    for pause in PAUSES {
        match hand_over(transport, &letter).await {
            Err(error @ MailError::Failed(_)) => {
                tracing::warn!(to = letter.to, %error, "sending of mail failed, will be retried");
                tokio::time::sleep(pause).await;
            }
            done => return conclude(&letter, done),
        }
    }
    conclude(&letter, hand_over(transport, &letter).await);
}

fn conclude(letter: &Letter, done: Result<(), MailError>) {
    match done {
        Ok(()) => tracing::debug!(to = letter.to, "mail sent"),
        Err(error) => tracing::error!(to = letter.to, %error, "mail not sent"),
    }
}

/// The error with its causes, in one line.
fn describe(error: &SmtpError) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        let inner_text = inner.to_string();
        if !text.contains(&inner_text) {
            text = format!("{text}: {inner_text}");
        }
        cause = inner.source();
    }
    text.replace(|c: char| c.is_control(), " ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Settings;

    #[test]
    fn without_a_runtime_or_a_sender_there_is_no_mailer() {
        let mut settings = Settings::defaults().unwrap().mail;
        assert!(!Mailer::start(&settings).unwrap().is_configured());
        settings.set_smtp_url("smtp://me:hunter2@mail.example.org");
        let error = Mailer::start(&settings).err().unwrap().to_string();
        assert!(
            error.contains("mail.from") && !error.contains("hunter2"),
            "{error}"
        );
        settings.from = "desk@example.org".to_owned();
        assert!(Mailer::start(&settings).is_err());
    }

    /// No cryptography is installed for the whole process: that of the library must do.
    #[tokio::test]
    async fn tls_needs_nothing_installed() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            use std::io::Write as _;
            let (mut stream, _) = listener.accept().unwrap();
            stream.write_all(b"220 no TLS here\r\n").unwrap();
        });
        let mut settings = Settings::defaults().unwrap().mail;
        settings.from = "desk@example.org".to_owned();
        settings.set_smtp_url(&format!("smtps://me:hunter2@{address}"));
        let mailer = Mailer::start(&settings).unwrap();
        let sent = mailer.send("jane@example.org", "Hello", "text").await;
        assert!(matches!(sent, Err(MailError::Failed(_))), "{sent:?}");
    }
}
