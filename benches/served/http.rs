//! Requests and their answers, plainly: what is measured is measured by wrk.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use crate::Outcome;

/// An answer.
pub struct Answer {
    pub status: u16,
    head: String,
    pub body: Vec<u8>,
}

impl Answer {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    /// The same, which must be there.
    pub fn told(&self, name: &str) -> Outcome<String> {
        let value = self.header(name).map(str::to_owned);
        value.ok_or_else(|| format!("the answer has no {name}: {}", self.head).into())
    }

    /// The body as JSON.
    pub fn json(&self) -> Outcome<serde_json::Value> {
        Ok(serde_json::from_slice(&self.body)?)
    }
}

/// A connection to a server on this machine that serves one request after another.
pub struct Client(BufReader<TcpStream>);

impl Client {
    /// Connects.
    pub fn new(port: u16) -> Outcome<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        stream.set_nodelay(true)?;
        Ok(Self(BufReader::new(stream)))
    }

    /// Asks, and waits for the answer, which is one whatever its status.
    pub fn send(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Outcome<Answer> {
        let mut request = format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\n");
        for (name, value) in headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        if !body.is_empty() {
            let length = body.len();
            request.push_str(&format!(
                "content-type: application/json\r\ncontent-length: {length}\r\n"
            ));
        }
        let stream = self.0.get_mut();
        stream.write_all(format!("{request}\r\n{body}").as_bytes())?;
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if self.0.read_line(&mut head)? == 0 {
                return Err("the connection ended before the answer".into());
            }
        }
        let status = head.split(' ').nth(1).ok_or("the answer has no status")?;
        let mut answer = Answer {
            status: status.parse()?,
            head,
            body: Vec::new(),
        };
        if answer.status != 304 {
            let length = answer.header("content-length").unwrap_or("0");
            answer.body = vec![0; length.parse()?];
            self.0.read_exact(&mut answer.body)?;
        }
        Ok(answer)
    }

    /// Asks for what must be there.
    pub fn get(&mut self, path: &str, headers: &[(&str, &str)]) -> Outcome<Answer> {
        let answer = self.send("GET", path, headers, "")?;
        if answer.status >= 400 {
            let told = String::from_utf8_lossy(&answer.body);
            return Err(format!("{path}: {} {told}", answer.status).into());
        }
        Ok(answer)
    }
}

/// Asks once for what must be there.
pub fn get(port: u16, path: &str, headers: &[(&str, &str)]) -> Outcome<Answer> {
    Client::new(port)?.get(path, headers)
}
