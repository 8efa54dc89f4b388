//! Traces.

use serde::{Deserialize, Serialize};
use url::Url;

/// Section `[traces]`: spans of requests and statements, for OpenTelemetry.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TracesSettings {
    /// Where they are sent by OTLP; empty for nowhere.
    pub otlp_endpoint: String,
    /// Which part of the traces that begin here is recorded, 0 to 1.
    pub sample_ratio: f64,
}

impl TracesSettings {
    /// The first fault of the settings, if any.
    pub(super) fn fault(&self) -> Option<&'static str> {
        let endpoint = self.otlp_endpoint.as_str();
        let is_url =
            || Url::parse(endpoint).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
        if !endpoint.is_empty() && !is_url() {
            Some(
                "traces.otlp_endpoint must be an http or https URL, such as \
                 http://127.0.0.1:4318/v1/traces",
            )
        } else if !(0.0..=1.0).contains(&self.sample_ratio) {
            Some("traces.sample_ratio must be between 0 and 1")
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_are_addresses_and_ratios_are_parts() {
        for (endpoint, ratio, sound) in [
            ("", 1.0, true),
            ("http://127.0.0.1:4318/v1/traces", 0.0, true),
            ("https://otlp.example.org", 0.25, true),
            ("127.0.0.1:4318", 1.0, false),
            ("ftp://otlp.example.org", 1.0, false),
            ("", 1.1, false),
            ("", -0.1, false),
            ("", f64::NAN, false),
        ] {
            let settings = TracesSettings {
                otlp_endpoint: endpoint.to_owned(),
                sample_ratio: ratio,
            };
            assert_eq!(settings.fault().is_none(), sound, "{endpoint} {ratio}");
        }
    }
}
