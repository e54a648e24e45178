//! The `otlp` block and the variables of OpenTelemetry.

use std::time::Duration;

use secrecy::ExposeSecret as _;

use super::{bad, load, load_with};
use crate::config::{Config, ConfigFlags, Environment, OtlpConfig};

/// What a file with these lines under `otlp:` and these variables come to, and what is odd about it.
fn otlp(block: &str, variables: &[(&str, &str)]) -> (OtlpConfig, Vec<String>) {
    let text = format!("connections: {{}}\n{block}");
    let config = load_with(&text, variables).unwrap_or_else(|error| panic!("{error}"));
    let odd = config.warnings().iter().map(ToString::to_string).collect();
    (config.otlp, odd)
}

fn headers(config: &OtlpConfig) -> Vec<(&str, &str)> {
    let headers = config.headers.iter();
    headers
        .map(|(name, value)| (name.as_str(), value.expose_secret()))
        .collect()
}

#[test]
fn nothing_is_sent_unless_somebody_says_where() {
    let (config, odd) = otlp("", &[]);
    assert_eq!(config.endpoint, None);
    assert_eq!(odd, [""; 0]);
    let (config, odd) = otlp(
        "",
        &[
            ("OTEL_SERVICE_NAME", "x"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "a=b"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", " "),
        ],
    );
    assert_eq!(config.endpoint, None);
    assert_eq!(odd, [""; 0]);
    let (config, odd) = otlp("otlp: {sample_ratio: 0.5}", &[]);
    assert_eq!(config.endpoint, None);
    assert_eq!(
        odd,
        [
            "config.yaml:2:1: otlp: names no collector, so that nothing is sent\n    \
             Write `endpoint`, or set OTEL_EXPORTER_OTLP_ENDPOINT."
        ]
    );
}

#[test]
fn a_file_says_everything() {
    let (config, odd) = otlp(
        "otlp:
  endpoint: https://collector.example.com/otlp
  headers: {Authorization: 'Bearer ${TOKEN}', x-scope: a%2Fb}
  tls: {ca_file: ca.pem}
  traces: true
  metrics: false
  sample_ratio: .25
  service_name: kafka-tools
  interval_seconds: 5
",
        &[("TOKEN", "t")],
    );
    assert_eq!(odd, [""; 0]);
    let endpoint = config.endpoint.as_deref();
    assert_eq!(endpoint, Some("https://collector.example.com/otlp"));
    let expected = [("authorization", "Bearer t"), ("x-scope", "a%2Fb")];
    assert_eq!(headers(&config), expected);
    assert!(config.tls.is_some() && config.traces && !config.metrics);
    assert!((config.sample_ratio - 0.25).abs() < f64::EPSILON);
    assert_eq!(config.interval, Duration::from_secs(5));
    assert_eq!(config.resource["service.name"], "kafka-tools");
}

#[test]
fn variables_stand_in_for_what_the_file_does_not_say() {
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4318"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "X-Key=a%3Db, tenant=1"),
        ("OTEL_SERVICE_NAME", "from-variable"),
        (
            "OTEL_RESOURCE_ATTRIBUTES",
            "deployment.environment.name=test%20bed,service.name=x,,=y",
        ),
    ];
    let (config, odd) = otlp("", &variables);
    assert_eq!(odd, [""; 0]);
    assert_eq!(config.endpoint.as_deref(), Some("http://localhost:4318"));
    assert_eq!(headers(&config), [("tenant", "1"), ("x-key", "a=b")]);
    let resource: Vec<_> = config.resource.into_iter().collect();
    assert_eq!(
        resource,
        [
            ("deployment.environment.name", "test bed"),
            ("service.name", "from-variable")
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
    );

    let block = "otlp: {endpoint: 'http://other:1', headers: {a: b}, service_name: from-file}";
    let (config, odd) = otlp(block, &variables);
    assert_eq!(odd, [""; 0]);
    assert_eq!(config.endpoint.as_deref(), Some("http://other:1"));
    assert_eq!(headers(&config), [("a", "b")]);
    assert_eq!(config.resource["service.name"], "from-file");
}

#[test]
fn the_variables_count_without_a_file_and_for_the_sandbox() {
    let variables: Environment = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4318"),
        ("BOOTSTRAP_SERVERS", "localhost:9092"),
    ]
    .into_iter()
    .collect();
    let flags = ConfigFlags::default();
    let nowhere = std::path::Path::new("/there/is/no/such/folder");
    let alone = flags.load(nowhere, &mut variables.clone());
    let sandbox = flags.load_server(&variables);
    for config in [alone, sandbox].map(|config| config.expect("a configuration")) {
        let endpoint = config.otlp.endpoint.as_deref();
        assert_eq!(endpoint, Some("http://localhost:4318"));
    }
}

#[test]
fn one_variable_switches_it_off() {
    for value in ["true", "TRUE"] {
        let variables = [
            ("OTEL_SDK_DISABLED", value),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4318"),
        ];
        let (config, odd) = otlp("otlp: {endpoint: 'http://other:1'}", &variables);
        assert_eq!((config.endpoint, odd), (None, Vec::new()));
    }
    let (config, _) = otlp(
        "otlp: {endpoint: 'http://other:1'}",
        &[("OTEL_SDK_DISABLED", "no")],
    );
    assert!(config.endpoint.is_some());
}

#[test]
fn odd_variables_are_named_and_not_used() {
    let endpoint = |value| ("OTEL_EXPORTER_OTLP_ENDPOINT", value);
    for (variables, begins) in [
        (
            vec![endpoint("localhost:4318")],
            "OTEL_EXPORTER_OTLP_ENDPOINT: is not an http or https URL, and is not used",
        ),
        (
            vec![endpoint("http://me:SECRET@localhost:4318")],
            "OTEL_EXPORTER_OTLP_ENDPOINT: holds a user or password, and is not used",
        ),
        (
            vec![
                endpoint("http://localhost:4317"),
                ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
            ],
            "OTEL_EXPORTER_OTLP_PROTOCOL: is `grpc`, which is not spoken here",
        ),
    ] {
        let (config, odd) = otlp("", &variables);
        assert_eq!(config.endpoint, None, "{variables:?}");
        assert!(odd.len() == 1 && odd[0].starts_with(begins), "{odd:?}");
        assert!(!odd[0].contains("SECRET"), "{odd:?}");
    }
    let (config, odd) = otlp(
        "",
        &[("OTEL_EXPORTER_OTLP_HEADERS", "SECRET,a b=SECRET,c=d")],
    );
    assert_eq!(headers(&config), [("c", "d")]);
    assert_eq!(odd.len(), 2);
    assert!(!odd.concat().contains("SECRET"), "{odd:?}");
}

#[test]
fn what_does_not_fit_is_reported_with_its_line() {
    let report = bad("connections: {}
otlp:
  endpoint: collector:4318
  sample_ratio: 2
  interval_seconds: 0
  headers:
    a b: x
    c: \"d\\te\"
");
    assert_eq!(
        report,
        "config.yaml:3:13: otlp.endpoint: is not an http or https URL\n\
         config.yaml:4:17: otlp.sample_ratio: must be a number from 0 to 1\n\
         config.yaml:5:21: otlp.interval_seconds: must be a whole number from 1 to 86400\n\
         config.yaml:7:10: otlp.headers.\"a b\": is no name of a header\n\
         config.yaml:8:8: otlp.headers.c: has a value that no header can have"
    );
    for ratio in ["NaN", "-0.1", "[1]", "half"] {
        let report = bad(&format!(
            "connections: {{}}\notlp: {{sample_ratio: {ratio}}}"
        ));
        assert!(report.ends_with("must be a number from 0 to 1"), "{report}");
    }
    let report = bad("connections: {}\notlp: {endpoint: 'http://c:1', tls: {ca_file: ca.pem}}");
    assert!(report.contains("otlp.tls: has no effect"), "{report}");
}

#[test]
fn headers_are_secrets() {
    let text = "connections: {}\notlp: {endpoint: 'http://c:1', headers: {authorization: SECRET}}";
    let config: Config = load(text).expect("a configuration");
    assert!(!format!("{config:?}").contains("SECRET"));
}
