//! HTTP services: one small layer that every REST client of this program is built on.
//!
//! It encodes what goes into a URL, signs in, keeps deadlines, repeats what is safe to repeat, bounds
//! what it reads, and turns every failure into a [`ToolError`](crate::error::ToolError) that names the
//! route, the host, the status, the reason and the next step. Making an [`HttpClient`] reads no file
//! and opens no connection; the first request does.

mod auth;
mod body;
mod client;
#[cfg(feature = "otlp")]
mod collector;
mod failure;
mod pages;
mod request;
mod retry;
mod settings;
mod token;
mod transport;
mod url;

#[cfg(test)]
pub(crate) mod tests;

pub(crate) use self::client::BROKEN;
#[cfg(feature = "otlp")]
pub(crate) use self::collector::Collector;
#[cfg(any(feature = "kafka", feature = "login"))]
pub(in crate::client) use self::token::Token;
#[cfg(feature = "kafka")]
pub(in crate::client) use self::token::TokenSource;
// What the sign-in needs, which speaks HTTP before there is a service to be a client of.
pub use self::{
    body::Response,
    client::HttpClient,
    pages::{Listed, Wanted, page_token},
    request::Request,
    settings::HttpSettings,
};
#[cfg(feature = "login")]
pub(in crate::client) use self::{
    body::{Read, read},
    client::broken,
    failure::{Refusal, line},
    transport::{Transport, Trust},
    url::{BaseUrl, encode},
};
pub use super::call::Call;
