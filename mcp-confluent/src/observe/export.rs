//! [`Export`]: traces and metrics on their way to a collector.
//!
//! The SDK collects on threads of its own and hands over what it has every few seconds. Nothing is
//! read, opened or connected before that, so that starting takes no longer, and a collector that is
//! away costs a warning now and then.

use std::{sync::Arc, time::Duration};

use opentelemetry::{
    InstrumentationScope, KeyValue, metrics::MeterProvider as _, trace::TracerProvider as _,
};
use opentelemetry_http::HttpClient;
use opentelemetry_otlp::{
    MetricExporter, Protocol, SpanExporter, WithExportConfig as _, WithHttpConfig as _,
};
use opentelemetry_sdk::{
    Resource,
    metrics::{PeriodicReader, SdkMeterProvider, Temporality},
    resource::TelemetryResourceDetector,
    trace::{Sampler, SdkTracerProvider},
};
use tokio::{runtime::Handle, task::spawn_blocking, time::timeout};
use tracing::{Subscriber, level_filters::LevelFilter};
use tracing_subscriber::{Layer, filter::Targets, registry::LookupSpan};

use super::{TARGET, instruments};
use crate::{
    client::http::Collector,
    config::OtlpConfig,
    error::{Result, ToolError},
};

/// How long the end of the process waits for the last of it.
const LAST: Duration = Duration::from_secs(2);
/// How long one delivery may take, with its repetitions.
const DELIVERY: Duration = Duration::from_secs(10);
/// The name of what is measured here, among everything that a collector gets.
const SCOPE: &str = env!("CARGO_PKG_NAME");

/// An export that runs until it is [finished](Self::finish).
pub(crate) struct Export {
    traces: Option<SdkTracerProvider>,
    metrics: Option<SdkMeterProvider>,
}

impl Export {
    /// Begins the export that `config` asks for; `None` if it asks for none. The runtime of the caller
    /// does the sending.
    ///
    /// # Errors
    /// The endpoint is no URL that routes can be put behind.
    pub(crate) fn begin(config: &OtlpConfig) -> Result<Option<Self>> {
        let Some(endpoint) = config.endpoint.as_deref() else {
            return Ok(None);
        };
        if !config.traces && !config.metrics {
            return Ok(None);
        }
        let collector = Collector::new(
            endpoint,
            &config.headers,
            config.tls.clone(),
            Handle::current(),
        )?;
        let url = |route| collector.url(route);
        let (traces_url, metrics_url) = (url("/v1/traces")?, url("/v1/metrics")?);
        let client: Arc<dyn HttpClient> = Arc::new(collector);
        let resource = resource(config);
        let traces = config
            .traces
            .then(|| traces(&client, traces_url, config.sample_ratio, resource.clone()))
            .transpose()?;
        let metrics = config
            .metrics
            .then(|| metrics(&client, metrics_url, config.interval, resource))
            .transpose()?;
        if let Some(metrics) = &metrics {
            instruments::begin(metrics.meter_with_scope(scope()));
        }
        Ok(Some(Self { traces, metrics }))
    }

    /// What takes the spans out of the log's hands.
    pub(crate) fn layer<S>(&self) -> Option<impl Layer<S> + use<S>>
    where
        S: Subscriber + for<'span> LookupSpan<'span> + Send + Sync,
    {
        let tracer = self.traces.as_ref()?.tracer_with_scope(scope());
        let layer = tracing_opentelemetry::layer()
            .with_tracer(tracer)
            .with_location(false)
            .with_threads(false)
            .with_target(false)
            .with_tracked_inactivity(false);
        Some(layer.with_filter(Targets::new().with_target(TARGET, LevelFilter::INFO)))
    }

    /// Sends what is left, and gives up soon if that cannot be.
    pub(crate) async fn finish(self) {
        let Self { traces, metrics } = self;
        let traces = spawn_blocking(move || traces.map(|it| it.shutdown_with_timeout(LAST)));
        let metrics = spawn_blocking(move || metrics.map(|it| it.shutdown_with_timeout(LAST)));
        // What could not be sent was complained about where it failed.
        drop(timeout(LAST, async { tokio::join!(traces, metrics) }).await);
    }
}

fn traces(
    client: &Arc<dyn HttpClient>,
    url: String,
    ratio: f64,
    resource: Resource,
) -> Result<SdkTracerProvider> {
    let exporter = SpanExporter::builder()
        .with_http()
        .with_shared_http_client(client.clone())
        .with_endpoint(url)
        .with_protocol(Protocol::HttpBinary)
        .with_timeout(DELIVERY)
        .build()
        .map_err(|error| refused(&error))?;
    let sampler = Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(ratio)));
    Ok(SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        .with_sampler(sampler)
        .with_resource(resource)
        .build())
}

fn metrics(
    client: &Arc<dyn HttpClient>,
    url: String,
    interval: Duration,
    resource: Resource,
) -> Result<SdkMeterProvider> {
    let exporter = MetricExporter::builder()
        .with_http()
        .with_shared_http_client(client.clone())
        .with_endpoint(url)
        .with_protocol(Protocol::HttpBinary)
        .with_timeout(DELIVERY)
        .with_temporality(Temporality::Cumulative)
        .build()
        .map_err(|error| refused(&error))?;
    let reader = PeriodicReader::builder(exporter)
        .with_interval(interval)
        .build();
    Ok(SdkMeterProvider::builder()
        .with_reader(reader)
        .with_resource(resource)
        .build())
}

fn refused(error: &opentelemetry_otlp::ExporterBuildError) -> ToolError {
    ToolError::internal(format!("traces and metrics cannot be exported: {error}"))
}

fn scope() -> InstrumentationScope {
    InstrumentationScope::builder(SCOPE)
        .with_version(env!("CARGO_PKG_VERSION"))
        .build()
}

/// What is said about this process: its name and version, and what the operator says of it. Nothing
/// about the machine or the person.
fn resource(config: &OtlpConfig) -> Resource {
    let instance = uuid::Builder::from_random_bytes(rand::random()).into_uuid();
    let named = config.resource.iter();
    Resource::builder_empty()
        .with_detector(Box::new(TelemetryResourceDetector))
        .with_attributes([
            KeyValue::new("service.name", SCOPE),
            KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
            // Else two processes would write one series.
            KeyValue::new("service.instance.id", instance.to_string()),
        ])
        .with_attributes(named.map(|(name, value)| KeyValue::new(name.clone(), value.clone())))
        .build()
}
