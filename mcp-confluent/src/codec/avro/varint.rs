//! The encoding of `int`, `long` and all lengths: zig-zag varints.

use super::super::problem::Problem;

pub(super) fn write(value: i64, bytes: &mut Vec<u8>) {
    let mut rest = ((value << 1) ^ (value >> 63)).cast_unsigned();
    while rest >= 0x80 {
        bytes.push((rest & 0x7f) as u8 | 0x80);
        rest >>= 7;
    }
    bytes.push(rest as u8);
}

/// Reads a number off the front of `bytes`.
pub(super) fn read(bytes: &mut &[u8]) -> Result<i64, Problem> {
    let mut value = 0u64;
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
            return Ok((value >> 1).cast_signed() ^ -((value & 1).cast_signed()));
        }
    }
    Err(Problem::new("a number takes more than 64 bits"))
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
            write(value, &mut written);
            assert_eq!(written, bytes);
            let mut rest = bytes;
            assert_eq!(read(&mut rest), Ok(value));
            assert!(rest.is_empty());
        }
    }

    #[test]
    fn numbers_that_end_early_or_late_are_refused() {
        assert!(read(&mut &[][..]).is_err());
        assert!(read(&mut &[0x80][..]).is_err());
        assert!(read(&mut &[0xff; 11][..]).is_err());
        assert!(read(&mut &[255, 255, 255, 255, 255, 255, 255, 255, 255, 2][..]).is_err());
    }
}
