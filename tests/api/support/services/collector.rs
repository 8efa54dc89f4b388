//! A collector of spans: it takes what is exported by OTLP over HTTP.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message as _;

/// Listens as long as the test runs.
pub struct Collector {
    address: SocketAddr,
    taken: Arc<Mutex<Vec<ExportTraceServiceRequest>>>,
}

impl Collector {
    /// Starts one on a free port.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let taken = Arc::<Mutex<Vec<_>>>::default();
        let to = Arc::clone(&taken);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let to = Arc::clone(&to);
                std::thread::spawn(move || while take(stream.as_ref().unwrap(), &to) {});
            }
        });
        Self { address, taken }
    }

    /// Where it takes spans.
    pub fn endpoint(&self) -> String {
        format!("http://{}/v1/traces", self.address)
    }

    /// Everything that came in, as text, to look for what must not be there.
    pub fn text(&self) -> String {
        format!("{:?}", self.taken.lock().unwrap())
    }

    /// An attribute of whoever sent the spans.
    pub fn resource(&self, name: &str) -> Option<String> {
        let taken = self.taken.lock().unwrap();
        let spans = &taken.first()?.resource_spans;
        value(&spans.first()?.resource.as_ref()?.attributes, name)
    }

    /// All spans so far.
    pub fn spans(&self) -> Vec<Span> {
        let taken = self.taken.lock().unwrap();
        let resources = taken.iter().flat_map(|one| &one.resource_spans);
        let scopes = resources.flat_map(|one| &one.scope_spans);
        scopes.flat_map(|one| one.spans.clone()).collect()
    }
}

/// The value of an attribute as text.
pub fn attribute(span: &Span, name: &str) -> Option<String> {
    value(&span.attributes, name)
}

fn value(attributes: &[KeyValue], name: &str) -> Option<String> {
    let found = attributes.iter().find(|one| one.key == name)?;
    match found.value.as_ref()?.value.as_ref()? {
        Value::StringValue(text) => Some(text.clone()),
        Value::IntValue(number) => Some(number.to_string()),
        other => panic!("{name}: {other:?}"),
    }
}

/// Takes one request; false when there are no more.
fn take(stream: &TcpStream, to: &Mutex<Vec<ExportTraceServiceRequest>>) -> bool {
    let mut reader = BufReader::new(stream);
    let (mut head, mut length) = (String::new(), 0);
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).unwrap_or(0) == 0 {
            return false;
        }
    }
    let head = head.to_ascii_lowercase();
    assert!(head.starts_with("post /v1/traces http/1.1\r\n"), "{head}");
    assert!(
        head.contains("content-type: application/x-protobuf"),
        "{head}"
    );
    for line in head.lines() {
        if let Some(text) = line.strip_prefix("content-length:") {
            length = text.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let request = ExportTraceServiceRequest::decode(body.as_slice()).unwrap();
    to.lock().unwrap().push(request);
    let answer =
        b"HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\n\r\n";
    (&*stream).write_all(answer).is_ok()
}
