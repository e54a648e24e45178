//! What ties the answer of the browser to the question (RFC 6749 §10.12 and RFC 7636).

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret as _, SecretString};

/// The secrets of one sign-in. They are worth nothing after it.
pub(super) struct Proof {
    /// Shown to the provider with the code.
    pub(super) verifier: SecretString,
    /// Comes back with the code; whoever does not know it did not ask.
    pub(super) state: String,
}

impl Proof {
    pub(super) fn new() -> Self {
        let random = rand::random::<u128>;
        Self {
            verifier: URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>()).into(),
            state: format!("{:032x}{:032x}", random(), random()),
        }
    }

    /// What the provider keeps until it is shown the verifier; of the kind `S256`.
    pub(super) fn challenge(&self) -> String {
        let digest = openssl::sha::sha256(self.verifier.expose_secret().as_bytes());
        URL_SAFE_NO_PAD.encode(digest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_challenge_is_that_of_the_standard() {
        // RFC 7636, appendix B.
        let proof = Proof {
            verifier: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".into(),
            state: String::new(),
        };
        assert_eq!(
            proof.challenge(),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        );
    }

    #[test]
    fn no_two_sign_ins_share_a_secret() {
        let (one, other) = (Proof::new(), Proof::new());
        assert_eq!(one.verifier.expose_secret().len(), 43);
        assert_eq!(one.state.len(), 64);
        assert_ne!(one.state, other.state);
        assert_ne!(one.challenge(), other.challenge());
    }
}
