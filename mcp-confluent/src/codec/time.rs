//! What the codecs know of times that chrono does not tell.

/// Whether a second of the time in `text` has more digits after its point than chrono reads: it leaves out
/// those after the ninth without a word.
pub(super) fn has_more_than_nanoseconds(text: &str) -> bool {
    let fraction = text.split_once('.').map_or("", |(_, fraction)| fraction);
    fraction.bytes().take_while(u8::is_ascii_digit).count() > 9
}
