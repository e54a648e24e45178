//! [`TraceContext`]: the place of some work in a trace, as clients send it and records carry it.

use std::fmt;

/// Name of the field and header that says which trace, and which part of it.
const TRACEPARENT: &str = "traceparent";
/// Name of the field and header that holds what vendors add.
const TRACESTATE: &str = "tracestate";
/// Longer states are dropped, as the specification allows.
const MAX_STATE: usize = 512;
/// Length of a `traceparent` of version 0: `00-<32 digits>-<16 digits>-<2 digits>`.
const LENGTH: usize = 55;

/// The place of some work in a trace ([W3C Trace Context](https://www.w3.org/TR/trace-context/)).
#[derive(Clone, PartialEq, Eq)]
pub struct TraceContext {
    parent: String,
    state: Option<String>,
}

impl TraceContext {
    /// Reads the values of `traceparent` and `tracestate`. `None` if there is no such place; a state
    /// that cannot be one is left out.
    pub fn parse(traceparent: &str, tracestate: Option<&str>) -> Option<Self> {
        let parent = traceparent.trim();
        let fields = parent.get(..LENGTH)?;
        let rest = &parent[LENGTH..];
        let mut parts = fields.split('-');
        let (version, trace, span, flags) =
            (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let whole = [(version, 2), (trace, 32), (span, 16), (flags, 2)]
            .into_iter()
            .all(|(part, length)| part.len() == length && part.bytes().all(is_digit));
        let nothing = |id: &str| id.bytes().all(|digit| digit == b'0');
        // Later versions may add fields; version 255 is none.
        let ends = rest.is_empty() || (version != "00" && rest.starts_with('-'));
        if !whole || !ends || version == "ff" || nothing(trace) || nothing(span) {
            return None;
        }
        let state = tracestate.map(str::trim).filter(|state| {
            let printable = state.bytes().all(|c| (b' '..=b'~').contains(&c));
            !state.is_empty() && state.len() <= MAX_STATE && printable
        });
        Some(Self {
            // What a later version adds is not ours to pass on.
            parent: format!("00-{trace}-{span}-{flags}"),
            state: state.map(str::to_owned),
        })
    }

    /// The value of `traceparent`.
    pub fn traceparent(&self) -> &str {
        &self.parent
    }

    /// The value of `tracestate`, if there is one.
    pub fn tracestate(&self) -> Option<&str> {
        self.state.as_deref()
    }

    /// The headers that carry it, by name.
    pub fn headers(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let state = self.tracestate().map(|state| (TRACESTATE, state));
        [(TRACEPARENT, self.traceparent())].into_iter().chain(state)
    }

    /// Whether a header of this name belongs to a trace.
    pub fn is_header(name: &str) -> bool {
        [TRACEPARENT, TRACESTATE]
            .iter()
            .any(|known| name.eq_ignore_ascii_case(known))
    }
}

#[cfg(feature = "otlp")]
mod native {
    use std::str::FromStr as _;

    use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceId, TraceState};

    use super::{MAX_STATE, TraceContext};

    impl TraceContext {
        /// The same as OpenTelemetry has it: somebody else's span.
        pub(in crate::observe) fn as_span_context(&self) -> Option<SpanContext> {
            let mut parts = self.parent.split('-').skip(1);
            let trace = TraceId::from_hex(parts.next()?).ok()?;
            let span = SpanId::from_hex(parts.next()?).ok()?;
            let flags = u8::from_str_radix(parts.next()?, 16).ok()?;
            let state = self.state.as_deref().unwrap_or_default();
            Some(SpanContext::new(
                trace,
                span,
                TraceFlags::new(flags) & TraceFlags::SAMPLED,
                true,
                TraceState::from_str(state).unwrap_or_default(),
            ))
        }

        /// The place of a span of ours; `None` if it has none.
        pub(in crate::observe) fn of_span_context(span: &SpanContext) -> Option<Self> {
            if !span.is_valid() {
                return None;
            }
            let state = span.trace_state().header();
            Some(Self {
                parent: format!(
                    "00-{}-{}-{:02x}",
                    span.trace_id(),
                    span.span_id(),
                    span.trace_flags() & TraceFlags::SAMPLED
                ),
                state: Some(state).filter(|it| !it.is_empty() && it.len() <= MAX_STATE),
            })
        }
    }
}

fn is_digit(c: u8) -> bool {
    c.is_ascii_digit() || (b'a'..=b'f').contains(&c)
}

impl fmt::Debug for TraceContext {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.parent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn what_is_no_place_in_a_trace_is_not_taken() {
        let long = format!("{PARENT}0");
        let later = format!("cc{}-what-else", &PARENT[2..]);
        for (text, valid) in [
            (PARENT, true),
            (
                " 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00 ",
                true,
            ),
            (later.as_str(), true),
            (long.as_str(), false),
            ("", false),
            (
                "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                false,
            ),
            (
                "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
                false,
            ),
            (
                "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
                false,
            ),
            (
                "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
                false,
            ),
            (
                "00-4bf92f3577b34da6a3ce929d0e0e473600f067aa0ba902b7-01-aa",
                false,
            ),
            (
                "äääääääääääääääääääääääääääääääääääääääääääääääääääääääää",
                false,
            ),
        ] {
            assert_eq!(TraceContext::parse(text, None).is_some(), valid, "{text}");
        }
    }

    #[test]
    fn headers_are_what_came() {
        let context = TraceContext::parse(PARENT, Some("rojo=00f067aa0ba902b7,congo=t61"));
        let headers: Vec<_> = context.iter().flat_map(TraceContext::headers).collect();
        let state = (TRACESTATE, "rojo=00f067aa0ba902b7,congo=t61");
        assert_eq!(headers, [(TRACEPARENT, PARENT), state]);
        let endless = "a=".repeat(300);
        for state in ["", " ", "a=\u{1}b", endless.as_str()] {
            let context = TraceContext::parse(PARENT, Some(state)).expect("a place");
            assert_eq!(context.tracestate(), None, "{state:?}");
        }
    }

    #[cfg(feature = "otlp")]
    #[test]
    fn opentelemetry_reads_and_writes_it_alike() {
        let context = TraceContext::parse(PARENT, Some("rojo=1,congo=t61")).expect("a place");
        let native = context.as_span_context().expect("a span");
        assert!(native.is_remote() && native.is_sampled());
        assert_eq!(TraceContext::of_span_context(&native), Some(context));
    }
}
