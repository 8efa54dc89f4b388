//! Requests by route, method and status, and how long they took.

use std::fmt;
use std::sync::Arc;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Unit;

use super::histogram;
use crate::telemetry::http_metrics::Traffic;

/// Tells them as they are when they are asked for.
#[derive(Debug)]
pub(super) struct Requests(pub Arc<Traffic>);

#[derive(Debug, EncodeLabelSet)]
struct OfAnswers {
    route: &'static str,
    method: &'static str,
    status: String,
}

#[derive(Debug, EncodeLabelSet)]
struct OfRoute {
    route: &'static str,
}

impl Collector for Requests {
    fn encode(&self, mut encoder: DescriptorEncoder) -> Result<(), fmt::Error> {
        let mut answers = encoder.encode_descriptor(
            "http_requests",
            "Requests answered, by route template, method and status",
            None,
            MetricType::Counter,
        )?;
        for (labels, count) in self.0.answers() {
            let labels = OfAnswers {
                route: labels.route,
                method: labels.method,
                status: labels.status,
            };
            let family = answers.encode_family(&labels)?;
            ConstCounter::new(count).encode(family)?;
        }
        let mut took = encoder.encode_descriptor(
            "http_request_duration",
            "Time from reading the head of a request to completing the response",
            Some(&Unit::Seconds),
            MetricType::Histogram,
        )?;
        for (route, counted) in self.0.took() {
            let labels = OfRoute { route };
            histogram(took.encode_family(&labels)?, &counted)?;
        }
        let under_way = encoder.encode_descriptor(
            "http_requests_in_flight",
            "Requests in progress",
            None,
            MetricType::Gauge,
        )?;
        ConstGauge::new(self.0.under_way()).encode(under_way)?;
        let abandoned = encoder.encode_descriptor(
            "http_requests_abandoned",
            "Requests abandoned by the client before the response",
            None,
            MetricType::Counter,
        )?;
        ConstCounter::new(self.0.abandoned()).encode(abandoned)
    }
}
