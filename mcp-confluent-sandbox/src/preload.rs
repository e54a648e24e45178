//! A little believable data for a first look.

use crate::broker::{Refusal, State};

/// Fills an empty broker.
pub(crate) fn fill(_state: &mut State) -> Result<(), Refusal> {
    Ok(())
}
