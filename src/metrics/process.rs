//! The process itself, by the standard names of Prometheus' client libraries. On Linux only.

use prometheus_client::registry::Registry;

/// Adds the metrics of this process.
#[cfg(target_os = "linux")]
pub(super) fn add(all: &mut Registry) {
    if let Err(error) = linux::add(all) {
        tracing::debug!(%error, "/proc has no information about the process");
    }
}

/// Adds nothing.
#[cfg(not(target_os = "linux"))]
pub(super) fn add(_all: &mut Registry) {}

#[cfg(target_os = "linux")]
mod linux {
    use procfs::process::{LimitValue, Process};
    use procfs::{ProcResult, WithCurrentSystemInfo as _, boot_time_secs, ticks_per_second};
    use prometheus_client::metrics::counter::ConstCounter;
    use prometheus_client::metrics::gauge::ConstGauge;
    use prometheus_client::registry::{Registry, Unit};

    pub(super) fn add(all: &mut Registry) -> ProcResult<()> {
        let process = Process::myself()?;
        let stat = process.stat()?;
        let resident = stat.rss_bytes().get();
        let open = process.fd_count()?;
        let most = process.limits()?.max_open_files.soft_limit;
        #[expect(clippy::cast_precision_loss, reason = "OpenMetrics has floats alone")]
        let seconds = |ticks: u64| ticks as f64 / ticks_per_second() as f64;
        let gauge = |value: u64| ConstGauge::new(i64::try_from(value).unwrap_or(i64::MAX));
        #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 fit")]
        let boot = boot_time_secs()? as f64;
        let all = all.sub_registry_with_prefix("process");
        all.register_with_unit(
            "start_time",
            "Start time of the process since the Unix epoch",
            Unit::Seconds,
            ConstGauge::new(boot + seconds(stat.starttime)),
        );
        all.register_with_unit(
            "cpu",
            "User and system CPU time of the process",
            Unit::Seconds,
            ConstCounter::new(seconds(stat.utime + stat.stime)),
        );
        all.register_with_unit(
            "resident_memory",
            "Resident memory of the process",
            Unit::Bytes,
            gauge(resident),
        );
        all.register_with_unit(
            "virtual_memory",
            "Virtual memory of the process",
            Unit::Bytes,
            gauge(stat.vsize),
        );
        let open = u64::try_from(open).unwrap_or(u64::MAX);
        all.register("open_fds", "Open file descriptors", gauge(open));
        if let LimitValue::Value(most) = most {
            all.register(
                "max_fds",
                "Maximum number of open file descriptors",
                gauge(most),
            );
        }
        let threads = ConstGauge::new(stat.num_threads);
        all.register("threads", "Threads of the process", threads);
        Ok(())
    }
}
