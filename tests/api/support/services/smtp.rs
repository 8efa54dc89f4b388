//! A mail server of one's own, which keeps what it is sent.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::sync::Mutex;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::timeout;

/// A mail as it arrived.
#[derive(Debug, Clone)]
pub struct Mail {
    /// The sender as the server was told.
    pub from: String,
    /// The recipients as the server was told.
    pub to: Vec<String>,
    /// The subject, decoded.
    pub subject: String,
    /// The text, decoded, with `\n` as line breaks.
    pub body: String,
    /// The whole of it, as it came.
    pub raw: String,
}

impl Mail {
    /// The values of a header, as they came but unfolded.
    pub fn headers(&self, name: &str) -> Vec<String> {
        headers(&self.raw, name)
    }
}

/// A server on a free port. It speaks neither TLS nor passwords, and ends when it is dropped.
pub struct SmtpServer {
    address: SocketAddr,
    mails: Mutex<UnboundedReceiver<Mail>>,
    refusals: Arc<AtomicU32>,
    stopped: Arc<AtomicBool>,
}

impl SmtpServer {
    /// Starts one.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (tell, mails) = unbounded_channel();
        let refusals = Arc::new(AtomicU32::new(0));
        let stopped = Arc::new(AtomicBool::new(false));
        let (refuse, stop) = (Arc::clone(&refusals), Arc::clone(&stopped));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stop.load(Ordering::SeqCst) {
                    break;
                }
                let (tell, refuse) = (tell.clone(), Arc::clone(&refuse));
                // A client that hangs up is none of our business.
                std::thread::spawn(move || stream.and_then(|s| serve(&s, &tell, &refuse)));
            }
        });
        Self {
            address,
            mails: Mutex::new(mails),
            refusals,
            stopped,
        }
    }

    /// Its URL, as the setting `mail.smtp_url` takes it.
    pub fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    /// Refuses the next mails for the moment (451).
    pub fn refuse_next(&self, mails: u32) {
        self.refusals.store(mails, Ordering::SeqCst);
    }

    /// The next mail, or the first that was not asked for yet.
    pub async fn next_mail(&self) -> Mail {
        let mut mails = self.mails.lock().await;
        let mail = timeout(Duration::from_secs(15), mails.recv()).await;
        mail.expect("no mail arrived in time").unwrap()
    }

    /// Checks that no mail arrives, as far as waiting a moment can tell.
    pub async fn expect_none(&self) {
        let mut mails = self.mails.lock().await;
        let mail = timeout(Duration::from_millis(300), mails.recv()).await;
        assert!(mail.is_err(), "a mail arrived: {mail:?}");
    }
}

impl Drop for SmtpServer {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::SeqCst);
        // Wakes it up to hear of it.
        drop(TcpStream::connect(self.address));
    }
}

/// Speaks with one client (RFC 5321) until it hangs up.
fn serve(
    stream: &TcpStream,
    tell: &UnboundedSender<Mail>,
    refusals: &AtomicU32,
) -> std::io::Result<()> {
    let mut out = stream;
    let mut lines = BufReader::new(stream);
    let (mut from, mut to) = (String::new(), Vec::new());
    out.write_all(b"220 test ESMTP\r\n")?;
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let line = line.trim_end();
        let upper = line.to_ascii_uppercase();
        let answer = if upper.starts_with("EHLO") {
            "250-test\r\n250-SMTPUTF8\r\n250 8BITMIME"
        } else if upper.starts_with("MAIL FROM:") {
            from = in_angles(line);
            let left = |left: u32| left.checked_sub(1);
            match refusals.fetch_update(Ordering::SeqCst, Ordering::SeqCst, left) {
                Ok(_) => "451 not now",
                Err(_) => "250 yes",
            }
        } else if upper.starts_with("RCPT TO:") {
            to.push(in_angles(line));
            "250 yes"
        } else if upper == "DATA" {
            out.write_all(b"354 go on\r\n")?;
            let raw = data(&mut lines)?;
            let mail = arrived(std::mem::take(&mut from), std::mem::take(&mut to), raw);
            drop(tell.send(mail));
            "250 taken"
        } else if upper == "QUIT" {
            out.write_all(b"221 bye\r\n")?;
            return Ok(());
        } else {
            "502 what?"
        };
        out.write_all(format!("{answer}\r\n").as_bytes())?;
    }
}

fn in_angles(line: &str) -> String {
    let (_, rest) = line.split_once('<').unwrap();
    rest.rsplit_once('>').unwrap().0.to_owned()
}

/// Reads up to the line with a single dot; takes away the dots that were put before others.
fn data(lines: &mut BufReader<&TcpStream>) -> std::io::Result<String> {
    let mut raw = String::new();
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line)? == 0 || line == ".\r\n" {
            return Ok(raw);
        }
        raw.push_str(line.strip_prefix('.').unwrap_or(&line));
    }
}

fn arrived(from: String, to: Vec<String>, raw: String) -> Mail {
    let one = |name: &str| headers(&raw, name).into_iter().next().unwrap_or_default();
    let (_, body) = raw.split_once("\r\n\r\n").unwrap();
    let body = match one("Content-Transfer-Encoding").as_str() {
        "base64" => STANDARD.decode(body.replace("\r\n", "")).unwrap(),
        "quoted-printable" => from_quoted(body),
        _ => body.as_bytes().to_vec(),
    };
    let body = String::from_utf8(body).unwrap().replace("\r\n", "\n");
    let subject = decoded(&one("Subject"));
    Mail {
        from,
        to,
        subject,
        body,
        raw,
    }
}

fn headers(raw: &str, name: &str) -> Vec<String> {
    let (head, _) = raw.split_once("\r\n\r\n").unwrap();
    let unfolded = head.replace("\r\n ", " ");
    let lines = unfolded
        .split("\r\n")
        .filter_map(|line| line.split_once(": "));
    lines
        .filter(|(found, _)| found.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.to_owned())
        .collect()
}

/// A header with its encoded words decoded (RFC 2047, in base64); the space between two of them
/// is none.
fn decoded(value: &str) -> String {
    let (mut text, mut after_encoded) = (String::new(), true);
    for word in value.split(' ') {
        let encoded = word
            .strip_prefix("=?utf-8?b?")
            .and_then(|word| word.strip_suffix("?="));
        if !(text.is_empty() || after_encoded && encoded.is_some()) {
            text.push(' ');
        }
        after_encoded = encoded.is_some();
        match encoded {
            Some(encoded) => {
                text.push_str(&String::from_utf8(STANDARD.decode(encoded).unwrap()).unwrap());
            }
            None => text.push_str(word),
        }
    }
    text
}

/// Quoted-printable (RFC 2045).
fn from_quoted(body: &str) -> Vec<u8> {
    let joined = body.replace("=\r\n", "");
    let mut parts = joined.split('=');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let (hex, rest) = part.split_at(2);
        bytes.push(u8::from_str_radix(hex, 16).unwrap());
        bytes.extend_from_slice(rest.as_bytes());
    }
    bytes
}
