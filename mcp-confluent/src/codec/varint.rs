//! Variable-length integers: seven bits a byte, the lowest first. Avro, Protobuf and the message
//! indexes of the framing are made of them; those that may be negative are zig-zag coded.

use super::problem::Problem;

pub(super) fn write(value: u64, bytes: &mut Vec<u8>) {
    let mut rest = value;
    loop {
        let [low, ..] = rest.to_le_bytes();
        rest >>= 7;
        if rest == 0 {
            bytes.push(low);
            return;
        }
        bytes.push(low | 0x80);
    }
}

pub(super) fn write_signed(value: i64, bytes: &mut Vec<u8>) {
    write(((value << 1) ^ (value >> 63)).cast_unsigned(), bytes);
}

/// Writes a length, or a position: a signed number in all of the formats where it occurs.
pub(super) fn write_length(length: usize, bytes: &mut Vec<u8>) {
    write((length as u64) << 1, bytes);
}

/// Reads a number off the front of `bytes`.
pub(super) fn read(bytes: &mut &[u8]) -> Result<u64, Problem> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes
            .split_first()
            .ok_or_else(|| Problem::new("the payload ends too early, within a number"))?;
        *bytes = rest;
        let bits = u64::from(byte & 0x7f);
        // Nine groups of seven bits leave room for one more.
        if shift == 63 && bits > 1 {
            break;
        }
        value |= bits << shift;
        if byte & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err(Problem::new("a number takes more than 64 bits"))
}

pub(super) fn read_signed(bytes: &mut &[u8]) -> Result<i64, Problem> {
    let value = read(bytes)?;
    Ok((value >> 1).cast_signed() ^ -((value & 1).cast_signed()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back_at_every_length() {
        for (value, bytes) in [
            (0, &[0][..]),
            (-1, &[1]),
            (1, &[2]),
            (63, &[0x7e]),
            (64, &[0x80, 1]),
            (123, &[0xf6, 1]),
            (i64::MAX, &[0xfe, 255, 255, 255, 255, 255, 255, 255, 255, 1]),
            (i64::MIN, &[255, 255, 255, 255, 255, 255, 255, 255, 255, 1]),
        ] {
            let mut written = Vec::new();
            write_signed(value, &mut written);
            assert_eq!(written, bytes);
            let mut rest = bytes;
            assert_eq!(read_signed(&mut rest), Ok(value));
            assert!(rest.is_empty());
        }
    }

    #[test]
    fn numbers_that_end_early_or_late_are_refused() {
        for (bytes, why) in [
            (&[][..], "too early"),
            (&[0x80], "too early"),
            (&[0xff; 11], "more than 64 bits"),
            (
                &[255, 255, 255, 255, 255, 255, 255, 255, 255, 2],
                "more than 64 bits",
            ),
        ] {
            let problem = read(&mut &*bytes).unwrap_err().to_string();
            assert!(problem.contains(why), "{bytes:?}: {problem}");
        }
    }
}
