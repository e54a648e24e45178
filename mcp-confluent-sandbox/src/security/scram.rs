//! The server's side of SCRAM (RFC 5802, RFC 7677).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest as _, Sha256, Sha512};

/// How often a password is hashed; the least that Kafka takes.
const ITERATIONS: u32 = 4096;

/// A mechanism, with the number that the protocol gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Mechanism {
    Sha256 = 1,
    Sha512 = 2,
}

impl Mechanism {
    pub(crate) fn from_wire(number: i8) -> Option<Self> {
        match number {
            1 => Some(Self::Sha256),
            2 => Some(Self::Sha512),
            _ => None,
        }
    }

    pub(super) fn from_name(name: &str) -> Option<Self> {
        [Self::Sha256, Self::Sha512]
            .into_iter()
            .find(|mechanism| mechanism.name() == name)
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "SCRAM-SHA-256",
            Self::Sha512 => "SCRAM-SHA-512",
        }
    }

    fn hash(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha256 => Sha256::digest(bytes).to_vec(),
            Self::Sha512 => Sha512::digest(bytes).to_vec(),
        }
    }

    /// HMAC with this hash. It takes keys of every length, so there always is a result.
    fn mac(self, key: &[u8], message: &[u8]) -> Option<Vec<u8>> {
        fn mac<M: KeyInit + Mac>(key: &[u8], message: &[u8]) -> Option<Vec<u8>> {
            let mac = M::new_from_slice(key).ok()?.chain_update(message);
            Some(mac.finalize().into_bytes().to_vec())
        }
        match self {
            Self::Sha256 => mac::<Hmac<Sha256>>(key, message),
            Self::Sha512 => mac::<Hmac<Sha512>>(key, message),
        }
    }

    /// `Hi` of RFC 5802: the password, hashed again and again.
    fn salted(self, password: &str, salt: &[u8], iterations: u32) -> Option<Vec<u8>> {
        fn salted<M: KeyInit + Mac + Clone>(
            password: &[u8],
            salt: &[u8],
            iterations: u32,
        ) -> Option<Vec<u8>> {
            let keyed = M::new_from_slice(password).ok()?;
            let first = keyed
                .clone()
                .chain_update(salt)
                .chain_update(1_u32.to_be_bytes());
            let mut block = first.finalize().into_bytes();
            let mut sum = block.to_vec();
            for _ in 1..iterations {
                block = keyed.clone().chain_update(&block).finalize().into_bytes();
                sum.iter_mut()
                    .zip(&block)
                    .for_each(|(sum, byte)| *sum ^= byte);
            }
            Some(sum)
        }
        match self {
            Self::Sha256 => salted::<Hmac<Sha256>>(password.as_bytes(), salt, iterations),
            Self::Sha512 => salted::<Hmac<Sha512>>(password.as_bytes(), salt, iterations),
        }
    }
}

/// What a server keeps of a password.
#[derive(Clone)]
pub(crate) struct Credential {
    mechanism: Mechanism,
    salt: Vec<u8>,
    pub(super) iterations: u32,
    secret: Secret,
}

/// What the keys come from. Hashing a password thousands of times takes a while, so it is not done
/// before somebody wants to authenticate with it.
#[derive(Clone)]
enum Secret {
    Password(String),
    Keys(Keys),
}

#[derive(Clone)]
struct Keys {
    stored: Vec<u8>,
    server: Vec<u8>,
}

impl Keys {
    fn from_salted(mechanism: Mechanism, salted: &[u8]) -> Option<Self> {
        Some(Self {
            stored: mechanism.hash(&mechanism.mac(salted, b"Client Key")?),
            server: mechanism.mac(salted, b"Server Key")?,
        })
    }
}

impl std::fmt::Debug for Credential {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Credential")
            .field("iterations", &self.iterations)
            .finish_non_exhaustive()
    }
}

impl Credential {
    pub(crate) fn from_password(mechanism: Mechanism, password: &str) -> Self {
        Self {
            mechanism,
            salt: rand::random::<[u8; 16]>().to_vec(),
            iterations: ITERATIONS,
            secret: Secret::Password(password.to_owned()),
        }
    }

    pub(crate) fn from_salted(
        mechanism: Mechanism,
        salt: Vec<u8>,
        iterations: u32,
        salted: &[u8],
    ) -> Option<Self> {
        let secret = Secret::Keys(Keys::from_salted(mechanism, salted)?);
        Some(Self {
            mechanism,
            salt,
            iterations,
            secret,
        })
    }

    /// The keys; a password is turned into them once.
    fn keys(&mut self) -> Option<Keys> {
        let keys = match &self.secret {
            Secret::Keys(keys) => keys.clone(),
            Secret::Password(password) => {
                let salted = self
                    .mechanism
                    .salted(password, &self.salt, self.iterations)?;
                Keys::from_salted(self.mechanism, &salted)?
            }
        };
        self.secret = Secret::Keys(keys.clone());
        Some(keys)
    }
}

/// An exchange after the client's first message.
pub(crate) struct Challenge {
    pub(super) mechanism: Mechanism,
    keys: Keys,
    nonce: String,
    /// Both first messages, as they are signed.
    signed: String,
    gs2_header: String,
}

impl std::fmt::Debug for Challenge {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Challenge")
            .field("mechanism", &self.mechanism)
            .finish_non_exhaustive()
    }
}

/// The name that a client's first message says, if it can be read.
pub(super) fn user_of(client_first: &str) -> Option<String> {
    let (_, bare) = split_header(client_first)?;
    let name = attribute(bare.split(',').next()?, 'n')?;
    Some(name.replace("=2C", ",").replace("=3D", "="))
}

impl Challenge {
    /// Answers the client's first message with salt and nonce.
    pub(super) fn new(client_first: &str, credential: &mut Credential) -> Option<(Self, String)> {
        let (header, bare) = split_header(client_first)?;
        let client_nonce = bare.split(',').find_map(|part| attribute(part, 'r'))?;
        let nonce = format!(
            "{client_nonce}{}",
            STANDARD.encode(rand::random::<[u8; 18]>())
        );
        let salt = STANDARD.encode(&credential.salt);
        let server_first = format!("r={nonce},s={salt},i={}", credential.iterations);
        let signed = format!("{bare},{server_first}");
        Some((
            Self {
                mechanism: credential.mechanism,
                keys: credential.keys()?,
                nonce,
                signed,
                gs2_header: header.to_owned(),
            },
            server_first,
        ))
    }

    /// Checks the client's proof and gives the server's.
    pub(super) fn finish(self, client_final: &str) -> Option<String> {
        let (without_proof, proof) = client_final.rsplit_once(",p=")?;
        let mut parts = without_proof.split(',');
        let header = STANDARD.decode(attribute(parts.next()?, 'c')?).ok()?;
        let nonce = attribute(parts.next()?, 'r')?;
        if header != self.gs2_header.as_bytes() || nonce != self.nonce {
            return None;
        }
        let signed = format!("{},{without_proof}", self.signed);
        let signature = self.mechanism.mac(&self.keys.stored, signed.as_bytes())?;
        let proof = STANDARD.decode(proof).ok()?;
        if proof.len() != signature.len() {
            return None;
        }
        let client_key = xor(&proof, &signature);
        if self.mechanism.hash(&client_key) != self.keys.stored {
            return None;
        }
        let server_signature = self.mechanism.mac(&self.keys.server, signed.as_bytes())?;
        Some(format!("v={}", STANDARD.encode(server_signature)))
    }
}

/// The GS2 header and the rest of a client's first message. Channel binding is not offered.
fn split_header(client_first: &str) -> Option<(&str, &str)> {
    let binding_end = client_first.find(',')?;
    let header_end = client_first[binding_end + 1..].find(',')? + binding_end + 2;
    let (header, bare) = client_first.split_at(header_end);
    (header.starts_with("n,") || header.starts_with("y,")).then_some((header, bare))
}

fn attribute(part: &str, name: char) -> Option<&str> {
    part.strip_prefix(name)?.strip_prefix('=')
}

fn xor(left: &[u8], right: &[u8]) -> Vec<u8> {
    left.iter()
        .zip(right)
        .map(|(left, right)| left ^ right)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a client that knows `password` answers to a challenge.
    fn client_final(
        mechanism: Mechanism,
        password: &str,
        first_bare: &str,
        server_first: &str,
    ) -> String {
        let field = |name| {
            server_first
                .split(',')
                .find_map(|part| attribute(part, name))
                .expect("a field")
        };
        let salt = STANDARD.decode(field('s')).expect("base64");
        let iterations = field('i').parse().expect("a number");
        let salted = mechanism
            .salted(password, &salt, iterations)
            .expect("keyed");
        let client_key = mechanism.mac(&salted, b"Client Key").expect("keyed");
        let without_proof = format!("c=biws,r={}", field('r'));
        let signed = format!("{first_bare},{server_first},{without_proof}");
        let signature = mechanism
            .mac(&mechanism.hash(&client_key), signed.as_bytes())
            .expect("keyed");
        format!(
            "{without_proof},p={}",
            STANDARD.encode(xor(&client_key, &signature))
        )
    }

    #[test]
    fn only_the_right_password_gets_through() {
        for mechanism in [Mechanism::Sha256, Mechanism::Sha512] {
            let mut credential = Credential::from_password(mechanism, "secret");
            for (password, accepted) in [("secret", true), ("Secret", false)] {
                let (challenge, server_first) =
                    Challenge::new("n,,n=alice,r=abc", &mut credential).expect("readable");
                let answer = client_final(mechanism, password, "n=alice,r=abc", &server_first);
                assert_eq!(challenge.finish(&answer).is_some(), accepted);
            }
        }
    }

    #[test]
    fn the_example_of_rfc_7677_is_right() {
        let salt = STANDARD.decode("W22ZaJ0SNY7soEsUEjb6gQ==").expect("base64");
        let mechanism = Mechanism::Sha256;
        let salted = mechanism.salted("pencil", &salt, 4096).expect("keyed");
        let nonce = "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
        let challenge = Challenge {
            mechanism,
            keys: Keys::from_salted(mechanism, &salted).expect("keyed"),
            nonce: nonce.to_owned(),
            signed: format!(
                "n=user,r=rOprNGfwEbeRWgbNEkqO,r={nonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
            ),
            gs2_header: "n,,".to_owned(),
        };
        let answer = format!("c=biws,r={nonce},p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=");
        assert_eq!(
            challenge.finish(&answer).as_deref(),
            Some("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")
        );
    }

    #[test]
    fn names_are_unescaped_and_nonsense_is_refused() {
        assert_eq!(user_of("n,,n=a=2Cb=3D,r=x").as_deref(), Some("a,b="));
        for nonsense in ["", "n", "n,", "n,,", "p=tls-unique,,n=a,r=x", "n,,x=a"] {
            assert_eq!(user_of(nonsense), None, "{nonsense}");
        }
    }
}
