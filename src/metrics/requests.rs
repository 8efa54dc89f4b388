//! Requests by route, method and status, and their durations.

use std::fmt;
use std::sync::Arc;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Unit;

use super::histogram;
use crate::telemetry::http_metrics::HttpMetrics;

/// A collector that reads the counts at each scrape.
#[derive(Debug)]
pub(super) struct RequestCollector(pub Arc<HttpMetrics>);

#[derive(Debug, EncodeLabelSet)]
struct RequestLabels {
    route: &'static str,
    method: &'static str,
    status: String,
}

#[derive(Debug, EncodeLabelSet)]
struct RouteLabels {
    route: &'static str,
}

impl Collector for RequestCollector {
    fn encode(&self, mut encoder: DescriptorEncoder) -> Result<(), fmt::Error> {
        let mut answers = encoder.encode_descriptor(
            "http_requests",
            "Requests answered, by route template, method and status",
            None,
            MetricType::Counter,
        )?;
        for (labels, count) in self.0.requests() {
            let labels = RequestLabels {
                route: labels.route,
                method: labels.method,
                status: labels.status,
            };
            let family = answers.encode_family(&labels)?;
            ConstCounter::new(count).encode(family)?;
        }
        let mut durations_family = encoder.encode_descriptor(
            "http_request_duration",
            "Time from reading the head of a request to completing the response",
            Some(&Unit::Seconds),
            MetricType::Histogram,
        )?;
        for (route, durations) in self.0.durations() {
            let labels = RouteLabels { route };
            histogram(durations_family.encode_family(&labels)?, &durations)?;
        }
        let in_flight = encoder.encode_descriptor(
            "http_requests_in_flight",
            "Requests in progress",
            None,
            MetricType::Gauge,
        )?;
        ConstGauge::new(self.0.in_flight()).encode(in_flight)?;
        let abandoned = encoder.encode_descriptor(
            "http_requests_abandoned",
            "Requests abandoned by the client before the response",
            None,
            MetricType::Counter,
        )?;
        ConstCounter::new(self.0.abandoned()).encode(abandoned)
    }
}
