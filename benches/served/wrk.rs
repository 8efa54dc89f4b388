//! The load: wrk, in a process of its own.

use std::path::Path;
use std::process::Command;

use crate::Outcome;
use crate::process::Process;

/// How many connections ask at once.
const CONNECTIONS: &str = "32";

/// Prints what wrk counted in a form that is read here.
const SCRIPT: &str = r#"
done = function(summary, latency)
    local errors = summary.errors
    io.write(string.format("counted %d %d %d %d %d\n", summary.requests, summary.duration,
        latency:percentile(50), latency:percentile(99),
        errors.status + errors.connect + errors.read + errors.write + errors.timeout))
end
"#;

/// What is asked, and of whom.
pub struct Target<'a> {
    /// The server.
    pub process: &'a Process,
    /// The path and query.
    pub path: String,
    /// Headers, as `name: value`.
    pub headers: Vec<String>,
}

impl<'a> Target<'a> {
    /// A target without headers.
    pub fn new(process: &'a Process, path: &str) -> Self {
        Self {
            process,
            path: path.to_owned(),
            headers: Vec::new(),
        }
    }

    /// The same with a header.
    pub fn with(mut self, header: &str) -> Self {
        self.headers.push(header.to_owned());
        self
    }
}

/// How a target did.
#[derive(Debug, Clone, Copy)]
pub struct Measured {
    /// Requests in a second.
    pub rate: f64,
    /// The latency that half of them and that 99 of 100 stayed within, in milliseconds.
    pub p50: f64,
    pub p99: f64,
    /// How long the server's threads worked on one, in microseconds.
    pub cpu: f64,
}

/// Makes sure that wrk is there.
pub fn find() -> Outcome<()> {
    match Command::new("wrk").arg("--version").output() {
        Ok(_) => Ok(()),
        Err(error) => Err(format!("wrk, which makes the load, cannot be started: {error}").into()),
    }
}

/// Asks for so many seconds. An answer of 400 or more, or none, is a failure of the whole.
pub fn measure(target: &Target<'_>, seconds: u32, folder: &Path) -> Outcome<Measured> {
    let script = folder.join("wrk.lua");
    std::fs::write(&script, SCRIPT)?;
    let mut command = Command::new("wrk");
    command
        .args(["--threads", "1", "--connections", CONNECTIONS])
        .args(["--duration", &format!("{seconds}s"), "--timeout", "8s"])
        .arg("--script")
        .arg(script);
    for header in &target.headers {
        command.args(["--header", header]);
    }
    let before = target.process.cpu()?;
    let output = command
        .arg(format!(
            "http://127.0.0.1:{}{}",
            target.process.port(),
            target.path
        ))
        .output()?;
    let worked = target.process.cpu()? - before;
    let text = String::from_utf8_lossy(&output.stdout);
    let counted = text
        .lines()
        .find_map(|line| line.strip_prefix("counted "))
        .ok_or_else(|| {
            format!(
                "wrk failed: {text}{}",
                String::from_utf8_lossy(&output.stderr)
            )
        })?;
    let numbers: Vec<f64> = counted
        .split(' ')
        .map(str::parse)
        .collect::<Result<_, _>>()?;
    let &[requests, micros, p50, p99, failed] = numbers.as_slice() else {
        return Err(format!("wrk counted: {counted}").into());
    };
    if failed > 0.0 || requests < 1.0 {
        return Err(format!("{} of {requests} answers failed: {}", failed, target.path).into());
    }
    Ok(Measured {
        rate: requests / micros * 1e6,
        p50: p50 / 1e3,
        p99: p99 / 1e3,
        cpu: worked.as_secs_f64() * 1e6 / requests,
    })
}

/// Measures two targets in turns, so that whatever else the machine does meets both, and gives
/// the median of each. The first round warms up and is not counted.
pub fn compare(
    ours: &Target<'_>,
    other: &Target<'_>,
    effort: &crate::Effort,
) -> Outcome<(Measured, Measured)> {
    let mut all = (Vec::new(), Vec::new());
    for round in 0..=effort.rounds {
        let seconds = if round == 0 { 1 } else { effort.seconds };
        let measured = (
            measure(ours, seconds, &effort.folder)?,
            measure(other, seconds, &effort.folder)?,
        );
        if round > 0 {
            all.0.push(measured.0);
            all.1.push(measured.1);
        }
    }
    Ok((median(&all.0), median(&all.1)))
}

fn median(all: &[Measured]) -> Measured {
    let of = |value: fn(&Measured) -> f64| {
        let mut values: Vec<f64> = all.iter().map(value).collect();
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
    };
    Measured {
        rate: of(|one| one.rate),
        p50: of(|one| one.p50),
        p99: of(|one| one.p99),
        cpu: of(|one| one.cpu),
    }
}
