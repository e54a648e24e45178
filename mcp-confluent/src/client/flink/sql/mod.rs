//! What a SQL statement does, found out without running it, and names and texts put into SQL.
//!
//! Statements that are not known count as destructive: what they do is not known either.

mod effect;
mod lexer;
mod quote;
mod secrets;

pub use self::{
    effect::{SqlEffect, effect_of, targets_of},
    quote::{Literal, Name},
    secrets::without_secrets,
};
