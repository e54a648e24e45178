//! The way of one call, through an in-process client in both protocol eras, with tools made for it.

#![allow(clippy::unwrap_used, reason = "in a test, a panic is a failure")]

mod confirmation;
mod limits;
mod prompts;
mod resources;
mod routing;
mod support;
