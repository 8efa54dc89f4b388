//! Requests in progress, in the queue, and rejected.

use std::fmt;

use actix_web::web;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Unit;

use super::histogram;
use crate::app::App;

/// A collector that reads the figures at each scrape.
pub(super) struct AdmissionCollector(pub web::Data<App>);

impl fmt::Debug for AdmissionCollector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AdmissionCollector")
            .field(&self.0.admission)
            .finish()
    }
}

#[derive(Debug, EncodeLabelSet)]
struct Reason {
    reason: &'static str,
}

impl Collector for AdmissionCollector {
    fn encode(&self, mut encoder: DescriptorEncoder) -> Result<(), fmt::Error> {
        let admission = &self.0.admission;
        let figures = admission.figures();
        for (name, help, value) in [
            (
                "admission_limit",
                "Maximum number of requests processed at the same time",
                figures.limit,
            ),
            (
                "admission_working",
                "Requests being processed",
                figures.in_progress,
            ),
            (
                "admission_waiting",
                "Requests waiting to be processed",
                figures.waiting,
            ),
        ] {
            let gauge = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
            let value = i64::try_from(value).unwrap_or(i64::MAX);
            ConstGauge::new(value).encode(gauge)?;
        }
        let waits = encoder.encode_descriptor(
            "admission_wait",
            "Waiting time of requests before they were processed",
            Some(&Unit::Seconds),
            MetricType::Histogram,
        )?;
        histogram(waits, &figures.waits)?;
        let mut shed = encoder.encode_descriptor(
            "requests_shed",
            "Requests rejected because of overload",
            None,
            MetricType::Counter,
        )?;
        for (reason, count) in admission.refusals() {
            let labels = Reason { reason };
            ConstCounter::new(count).encode(shed.encode_family(&labels)?)?;
        }
        Ok(())
    }
}
