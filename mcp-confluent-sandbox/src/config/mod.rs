//! Configuration of topics and of the broker: what can be set, what it is when nothing is set, and
//! the requests that show and change it.

mod alter;
mod broker;
mod describe;
mod topic;

use std::collections::BTreeMap;

use crate::broker::State;

pub(crate) use broker::BROKER;
pub(crate) use topic::{TOPIC, TimestampType, TopicConfigs, check_topic};

/// The settings of one resource that somebody made, by key.
pub(crate) type Overrides = BTreeMap<String, String>;

/// A key that can be configured.
#[derive(Debug)]
pub(crate) struct Definition {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    /// The value if nobody sets one; the broker has none for some of its keys.
    pub(crate) default: Option<&'static str>,
    pub(crate) rule: Rule,
    /// For a topic's key: the broker's key that it falls back to. For a broker's: nothing.
    pub(crate) fallback: Option<&'static str>,
    /// Whether the key cannot be changed while the broker runs.
    pub(crate) read_only: bool,
}

/// The type of a value, with the number that the protocol gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Boolean = 1,
    Text = 2,
    Int = 3,
    Short = 4,
    Long = 5,
    Double = 6,
    List = 7,
    Password = 9,
}

/// What a value has to be beside being of its type.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Rule {
    Any,
    AtLeast(i64),
    /// From 0 to 1.
    Ratio,
    OneOf(&'static [&'static str]),
    /// From the first to the second, or the third.
    Level(i64, i64, i64),
}

/// Where a value comes from, with the number that the protocol gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    Topic = 1,
    Broker = 2,
    AllBrokers = 3,
    Static = 4,
    Default = 5,
}

/// The settings that the broker has beside those of topics.
#[derive(Debug)]
pub(crate) struct BrokerConfigs {
    /// What the broker was started with.
    pub(crate) fixed: Overrides,
    /// What was set for this broker since.
    pub(crate) this: Overrides,
    /// What was set for all brokers since.
    pub(crate) all: Overrides,
}

impl BrokerConfigs {
    pub(crate) fn new(fixed: Overrides) -> Self {
        // A cluster of Kafka 4 is formatted with this default, because eligible leader replicas
        // (KIP-966) depend on it.
        let all = Overrides::from([("min.insync.replicas".to_owned(), "1".to_owned())]);
        Self {
            fixed,
            this: Overrides::new(),
            all,
        }
    }

    /// Every value that a broker's key has, the one in effect first.
    pub(crate) fn values(&self, definition: &Definition) -> Vec<(String, Source)> {
        let sources = [
            (&self.this, Source::Broker),
            (&self.all, Source::AllBrokers),
            (&self.fixed, Source::Static),
        ];
        let mut values: Vec<_> = sources
            .into_iter()
            .filter_map(|(values, source)| {
                values
                    .get(definition.name)
                    .map(|value| (value.clone(), source))
            })
            .collect();
        values.extend(
            definition
                .default
                .map(|value| (value.to_owned(), Source::Default)),
        );
        values
    }
}

impl Definition {
    /// Checks a value and says what is wrong in the words of Kafka.
    pub(crate) fn check(&self, value: &str) -> Result<(), String> {
        self.violation(value.trim()).map_or(Ok(()), |problem| {
            Err(format!(
                "Invalid value {value} for configuration {}: {problem}",
                self.name
            ))
        })
    }

    fn violation(&self, value: &str) -> Option<String> {
        let integer = |fits: fn(i64) -> bool, name: &str| match value.parse::<i64>() {
            Ok(number) if fits(number) => self.outside(number),
            _ => Some(format!("Not a number of type {name}")),
        };
        match self.kind {
            Kind::Boolean => (!value.eq_ignore_ascii_case("true")
                && !value.eq_ignore_ascii_case("false"))
            .then(|| "Expected value to be either true or false".to_owned()),
            Kind::Int => integer(|number| i32::try_from(number).is_ok(), "INT"),
            Kind::Short => integer(|number| i16::try_from(number).is_ok(), "SHORT"),
            Kind::Long => integer(|_| true, "LONG"),
            Kind::Double => match value.parse::<f64>() {
                Err(_) => Some("Not a number of type DOUBLE".to_owned()),
                Ok(number) if number < 0.0 => Some("Value must be at least 0".to_owned()),
                Ok(number) if number > 1.0 => Some("Value must be no more than 1".to_owned()),
                Ok(_) => None,
            },
            Kind::Text | Kind::Password => self.not_one_of(&[value]),
            Kind::List => self.not_one_of(&list(value)),
        }
    }

    fn outside(&self, number: i64) -> Option<String> {
        match self.rule {
            Rule::AtLeast(least) if number < least => {
                Some(format!("Value must be at least {least}"))
            }
            Rule::Level(from, to, or) if number != or && !(from..=to).contains(&number) => Some(
                format!("Value must be between {from} and {to} or equal to {or}"),
            ),
            _ => None,
        }
    }

    fn not_one_of(&self, values: &[&str]) -> Option<String> {
        match self.rule {
            Rule::OneOf(allowed) if values.iter().any(|value| !allowed.contains(value)) => {
                Some(format!("String must be one of: {}", allowed.join(", ")))
            }
            _ => None,
        }
    }
}

/// The items of a list value.
pub(crate) fn list(value: &str) -> Vec<&str> {
    value
        .split(',')
        .map(str::trim)
        .filter(|item| !item.is_empty())
        .collect()
}

/// Every value that a topic's key has, the one in effect first, and the key that gave it.
pub(crate) fn topic_values(
    state: &State,
    overrides: &Overrides,
    definition: &Definition,
) -> Vec<(String, String, Source)> {
    let own = overrides
        .get(definition.name)
        .map(|value| (definition.name.to_owned(), value.clone(), Source::Topic));
    let mut values: Vec<_> = own.into_iter().collect();
    let fallback = definition
        .fallback
        .and_then(|name| BROKER.iter().find(|it| it.name == name));
    if let Some(fallback) = fallback {
        let broker = state.configs.values(fallback).into_iter();
        values.extend(broker.map(|(value, source)| (fallback.name.to_owned(), value, source)));
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    fn topic(name: &str) -> &'static Definition {
        TOPIC
            .iter()
            .find(|definition| definition.name == name)
            .expect("a topic's key")
    }

    #[test]
    fn values_are_refused_in_kafkas_words() {
        let cases = [
            (
                "retention.ms",
                "abc",
                "Invalid value abc for configuration retention.ms: Not a number of type LONG",
            ),
            (
                "retention.ms",
                "-2",
                "Invalid value -2 for configuration retention.ms: Value must be at least -1",
            ),
            (
                "cleanup.policy",
                "foo",
                "Invalid value foo for configuration cleanup.policy: String must be one of: compact, delete",
            ),
            (
                "preallocate",
                "maybe",
                "Invalid value maybe for configuration preallocate: Expected value to be either true or false",
            ),
            (
                "max.message.bytes",
                "99999999999",
                "Invalid value 99999999999 for configuration max.message.bytes: Not a number of type INT",
            ),
            (
                "compression.gzip.level",
                "12",
                "Invalid value 12 for configuration compression.gzip.level: Value must be between 1 and 9 or equal to -1",
            ),
            (
                "min.cleanable.dirty.ratio",
                "2",
                "Invalid value 2 for configuration min.cleanable.dirty.ratio: Value must be no more than 1",
            ),
        ];
        for (name, value, message) in cases {
            assert_eq!(topic(name).check(value), Err(message.to_owned()));
        }
    }

    #[test]
    fn good_values_pass() {
        let cases = [
            ("retention.ms", "-1"),
            ("cleanup.policy", "compact, delete"),
            ("cleanup.policy", ""),
            ("preallocate", "TRUE"),
            ("min.cleanable.dirty.ratio", "0.25"),
            ("compression.gzip.level", "-1"),
        ];
        for (name, value) in cases {
            assert_eq!(topic(name).check(value), Ok(()), "{name} = {value}");
        }
    }

    #[test]
    fn every_default_satisfies_its_own_rule() {
        for definition in TOPIC.iter().chain(BROKER) {
            if let Some(default) = definition.default {
                assert_eq!(definition.check(default), Ok(()));
            }
        }
    }

    #[test]
    fn every_fallback_is_a_key_of_the_broker() {
        for definition in TOPIC {
            if let Some(fallback) = definition.fallback {
                assert!(BROKER.iter().any(|it| it.name == fallback), "{fallback}");
            }
        }
    }
}
