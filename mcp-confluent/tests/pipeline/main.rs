//! The way of one call, through an in-process client in both protocol eras, with tools made for it.

mod confirmation;
mod limits;
mod routing;
mod support;
