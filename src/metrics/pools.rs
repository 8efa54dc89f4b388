//! Connection pools of the database.

use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Unit;

use super::histogram;
use crate::db::PoolFigures;

/// A collector of the pools at one moment.
#[derive(Debug)]
pub(super) struct PoolCollector(pub Vec<PoolFigures>);

#[derive(Debug, EncodeLabelSet)]
struct PoolLabels {
    pool: String,
}

type Figure = fn(&PoolFigures) -> Option<usize>;

/// The name, help text and value of each gauge.
const GAUGES: [(&str, &str, Figure); 4] = [
    (
        "db_connections_in_use",
        "Database connections in use",
        |pool| Some(pool.in_use),
    ),
    ("db_connections_idle", "Idle database connections", |pool| {
        Some(pool.idle)
    }),
    (
        "db_connections_max",
        "Maximum number of database connections",
        |pool| pool.max,
    ),
    (
        "db_connections_waiting",
        "Tasks waiting for a database connection",
        |pool| Some(pool.waiting),
    ),
];

impl PoolCollector {
    fn labels(pool: &PoolFigures) -> PoolLabels {
        let pool = pool.name.clone();
        PoolLabels { pool }
    }
}

impl Collector for PoolCollector {
    fn encode(&self, mut encoder: DescriptorEncoder) -> Result<(), fmt::Error> {
        for (name, help, figure) in GAUGES {
            let mut gauge = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
            for pool in &self.0 {
                if let Some(value) = figure(pool) {
                    let value = i64::try_from(value).unwrap_or(i64::MAX);
                    let labels = Self::labels(pool);
                    ConstGauge::new(value).encode(gauge.encode_family(&labels)?)?;
                }
            }
        }
        let mut waits = encoder.encode_descriptor(
            "db_connection_wait",
            "Time taken to get a database connection, or to time out",
            Some(&Unit::Seconds),
            MetricType::Histogram,
        )?;
        for pool in &self.0 {
            if let Some(durations) = &pool.waits {
                let labels = Self::labels(pool);
                histogram(waits.encode_family(&labels)?, durations)?;
            }
        }
        Ok(())
    }
}
