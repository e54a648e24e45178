//! A collector of OpenTelemetry that keeps what it gets.

use std::{
    collections::HashMap,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::mpsc::{Receiver, Sender, channel},
    thread,
};

use opentelemetry_proto::tonic::{
    collector::{metrics::v1::ExportMetricsServiceRequest, trace::v1::ExportTraceServiceRequest},
    common::v1::{KeyValue, any_value::Value},
    metrics::v1::{Metric, metric::Data},
    trace::v1::Span,
};
use prost_reflect::prost::Message as _;

pub(super) struct Collector {
    pub(super) url: String,
    received: Receiver<Delivery>,
}

/// One request.
pub(super) struct Delivery {
    pub(super) path: String,
    pub(super) headers: HashMap<String, String>,
    pub(super) body: Vec<u8>,
}

/// Everything that came, after the process that sent it has ended.
pub(super) struct Everything {
    pub(super) deliveries: Vec<Delivery>,
    pub(super) spans: Vec<Span>,
    pub(super) metrics: Vec<Metric>,
    /// What is said about the process, the same in all deliveries.
    pub(super) resource: HashMap<String, String>,
}

impl Collector {
    /// A collector that takes everything, or answers each request with `status`.
    pub(super) fn start(status: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (sender, received) = channel();
        thread::spawn(move || {
            for connection in listener.incoming() {
                let sender = sender.clone();
                thread::spawn(move || serve(connection.unwrap(), status, &sender));
            }
        });
        Self { url, received }
    }

    pub(super) fn everything(self) -> Everything {
        let mut all = Everything {
            deliveries: self.received.try_iter().collect(),
            spans: Vec::new(),
            metrics: Vec::new(),
            resource: HashMap::new(),
        };
        for Delivery { path, body, .. } in &all.deliveries {
            let (_, signal) = path.rsplit_once("/v1/").unwrap();
            let resource = match signal {
                "traces" => {
                    let request = ExportTraceServiceRequest::decode(body.as_slice()).unwrap();
                    let [of_process] = <[_; 1]>::try_from(request.resource_spans).unwrap();
                    let scopes = of_process.scope_spans.into_iter();
                    all.spans.extend(scopes.flat_map(|scope| scope.spans));
                    of_process.resource
                }
                "metrics" => {
                    let request = ExportMetricsServiceRequest::decode(body.as_slice()).unwrap();
                    let [of_process] = <[_; 1]>::try_from(request.resource_metrics).unwrap();
                    let scopes = of_process.scope_metrics.into_iter();
                    all.metrics.extend(scopes.flat_map(|scope| scope.metrics));
                    of_process.resource
                }
                _ => panic!("nothing is sent to {path}"),
            };
            all.resource = attributes(&resource.unwrap().attributes);
        }
        all
    }
}

impl Everything {
    /// The only span of this name.
    #[track_caller]
    pub(super) fn span(&self, name: &str) -> &Span {
        let names: Vec<_> = self.spans.iter().map(|span| span.name.as_str()).collect();
        let mut found = self.spans.iter().filter(|span| span.name == name);
        let span = found
            .next()
            .unwrap_or_else(|| panic!("{name} in {names:?}"));
        assert!(found.next().is_none(), "one {name} in {names:?}");
        span
    }

    /// How many values the histogram of this name has for each set of attributes.
    pub(super) fn counts(&self, name: &str) -> Vec<(HashMap<String, String>, u64)> {
        let found = self.metrics.iter().filter(|metric| metric.name == name);
        let mut counts = Vec::new();
        for metric in found {
            assert_eq!(metric.unit, "s");
            let Some(Data::Histogram(histogram)) = &metric.data else {
                panic!("{name} is no histogram");
            };
            let points = histogram.data_points.iter();
            counts.extend(points.map(|point| (attributes(&point.attributes), point.count)));
        }
        counts
    }
}

/// Attributes as texts.
pub(super) fn attributes(pairs: &[KeyValue]) -> HashMap<String, String> {
    let text = |pair: &KeyValue| match pair.value.as_ref()?.value.as_ref()? {
        Value::StringValue(text) => Some(text.clone()),
        Value::IntValue(number) => Some(number.to_string()),
        other => panic!("{other:?}"),
    };
    pairs
        .iter()
        .map(|pair| (pair.key.clone(), text(pair).unwrap_or_default()))
        .collect()
}

pub(super) fn hex(bytes: &[u8]) -> String {
    let digits: Vec<_> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    digits.concat()
}

fn serve(connection: TcpStream, status: &str, received: &Sender<Delivery>) {
    let mut answers = connection.try_clone().unwrap();
    let mut requests = BufReader::new(connection);
    while let Some(delivery) = read(&mut requests) {
        // Before the answer, so that it is here once the sender has ended.
        received.send(delivery).ok();
        let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n");
        if answers.write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

fn read(requests: &mut BufReader<TcpStream>) -> Option<Delivery> {
    let mut line = String::new();
    requests
        .read_line(&mut line)
        .ok()
        .filter(|read| *read > 0)?;
    let path = line.split(' ').nth(1)?.to_owned();
    let mut headers = HashMap::new();
    loop {
        let mut line = String::new();
        requests.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim().split_once(": ") else {
            break;
        };
        headers.insert(name.to_ascii_lowercase(), value.to_owned());
    }
    let mut body = vec![0; headers.get("content-length")?.parse().ok()?];
    requests.read_exact(&mut body).ok()?;
    Some(Delivery {
        path,
        headers,
        body,
    })
}
