//! Broker addresses.

use super::{kafka::SecurityProtocol, url::is_port};

/// Addresses as librdkafka takes them, and the protocol that stood in front of them.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Brokers {
    pub(super) addresses: Vec<String>,
    pub(super) protocol: Option<SecurityProtocol>,
}

/// Reads `host:port,host:port`. The error holds one sentence for each entry that is wrong; an
/// entry is named by its place in the list, because it may hold anything.
pub(super) fn parse(text: &str) -> Result<Brokers, Vec<String>> {
    let mut addresses = Vec::new();
    let mut protocols = Vec::new();
    let mut wrong = Vec::new();
    let entries: Vec<&str> = text.split(',').map(str::trim).collect();
    let count = entries.len();
    for (index, entry) in entries.iter().enumerate() {
        match broker(entry) {
            Ok((address, protocol)) => {
                addresses.push(address);
                protocols.push(protocol);
            }
            Err(what) if count == 1 => wrong.push(what.to_owned()),
            Err(what) => wrong.push(format!("entry {} of {count} {what}", index + 1)),
        }
    }
    let protocol = protocols.first().copied().flatten();
    if protocols.iter().any(|other| *other != protocol) {
        wrong.push("the brokers have different protocols in front of them".to_owned());
    }
    if wrong.is_empty() {
        Ok(Brokers {
            addresses,
            protocol,
        })
    } else {
        Err(wrong)
    }
}

fn broker(entry: &str) -> Result<(String, Option<SecurityProtocol>), &'static str> {
    if entry.is_empty() {
        return Err("is empty: there is a comma too many");
    }
    let (protocol, address) = match entry.split_once("://") {
        Some((name, address)) => {
            let protocol = SecurityProtocol::named(name)
                .ok_or("has something before `://` that is no Kafka protocol")?;
            (Some(protocol), address)
        }
        None => (None, entry),
    };
    let (host, port) = match address.rsplit_once(':') {
        Some((host, port)) if !(address.starts_with('[') && address.ends_with(']')) => (host, port),
        _ => return Err("has no port"),
    };
    if host.is_empty() {
        return Err("has no host");
    }
    let bracketed = host.starts_with('[') && host.ends_with(']');
    if host.contains(':') && !bracketed {
        return Err("has more than one colon: an IPv6 address goes in brackets");
    }
    if host.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err("holds a space");
    }
    if host.contains(['/', '@']) {
        return Err("is not host:port");
    }
    if port.is_empty() {
        return Err("has no port behind the colon");
    }
    if !port.bytes().all(|b| b.is_ascii_digit()) {
        return Err("has a port that is not a number");
    }
    if !is_port(port) {
        return Err("has a port that is not between 1 and 65535");
    }
    Ok((format!("{host}:{port}"), protocol))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_understood() {
        let cases: [(&str, &[&str], Option<SecurityProtocol>); 6] = [
            ("localhost:9092", &["localhost:9092"], None),
            (" a:1 , b:65535 ", &["a:1", "b:65535"], None),
            (
                "[::1]:9092,[fe80::1%eth0]:1",
                &["[::1]:9092", "[fe80::1%eth0]:1"],
                None,
            ),
            (
                "SASL_SSL://a:1,sasl_ssl://b:2",
                &["a:1", "b:2"],
                Some(SecurityProtocol::SaslSsl),
            ),
            (
                "PLAINTEXT://[::1]:9092",
                &["[::1]:9092"],
                Some(SecurityProtocol::Plaintext),
            ),
            (
                "pkc-1.eu.aws.confluent.cloud:9092",
                &["pkc-1.eu.aws.confluent.cloud:9092"],
                None,
            ),
        ];
        for (text, addresses, protocol) in cases {
            let brokers = parse(text).unwrap_or_else(|wrong| panic!("{text}: {wrong:?}"));
            assert_eq!(brokers.addresses, addresses, "{text}");
            assert_eq!(brokers.protocol, protocol, "{text}");
        }
    }

    #[test]
    fn what_is_refused_and_why() {
        let cases = [
            ("", "is empty: there is a comma too many"),
            ("a:1,", "entry 2 of 2 is empty: there is a comma too many"),
            (",a:1", "entry 1 of 2 is empty: there is a comma too many"),
            (
                "a:1,,b:2",
                "entry 2 of 3 is empty: there is a comma too many",
            ),
            ("localhost", "has no port"),
            ("[::1]", "has no port"),
            (":9092", "has no host"),
            ("a:", "has no port behind the colon"),
            (
                "::1:9092",
                "has more than one colon: an IPv6 address goes in brackets",
            ),
            (
                "a:b:1",
                "has more than one colon: an IPv6 address goes in brackets",
            ),
            ("a:x", "has a port that is not a number"),
            ("a:90 92", "has a port that is not a number"),
            ("a:-1", "has a port that is not a number"),
            ("a:0", "has a port that is not between 1 and 65535"),
            ("a:09092", "has a port that is not between 1 and 65535"),
            ("a:70000", "has a port that is not between 1 and 65535"),
            (
                "a:99999999999999999999",
                "has a port that is not between 1 and 65535",
            ),
            (
                "http://a:1",
                "has something before `://` that is no Kafka protocol",
            ),
            (
                "me:secret@a:1",
                "has more than one colon: an IPv6 address goes in brackets",
            ),
            (
                "SSL://a:1,b:2",
                "the brokers have different protocols in front of them",
            ),
            (
                "SSL://a:1,PLAINTEXT://b:2",
                "the brokers have different protocols in front of them",
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(parse(text), Err(vec![expected.to_owned()]), "{text}");
        }
    }
}
