//! Authentication of a connection: the state between `SaslHandshake` and the last
//! `SaslAuthenticate`.

use super::scram::{Challenge, Mechanism, user_of};
use super::{MECHANISMS, Security, bearer};

/// Where a connection is in its authentication.
#[derive(Debug, Default)]
pub(crate) enum Exchange {
    /// No mechanism is chosen yet.
    #[default]
    Unstarted,
    /// The client's first message comes next.
    Plain,
    Scram(Mechanism),
    Bearer,
    /// The client was told why it is refused, and says next that it understood.
    Refused(String),
    /// The client's proof comes next.
    Proof {
        user: String,
        challenge: Challenge,
    },
}

/// What a message of the client leads to.
#[derive(Debug)]
pub(crate) enum Progress {
    /// An answer, and further messages.
    Continue(Exchange, Vec<u8>),
    /// The user is who they say; the last answer.
    Done(String, Vec<u8>),
    /// They are not; what they are told.
    Failed(String),
}

impl Exchange {
    /// Chooses a mechanism.
    pub(crate) fn start(mechanism: &str) -> Option<Self> {
        if mechanism == MECHANISMS[0] {
            return Some(Self::Plain);
        }
        if mechanism == MECHANISMS[3] {
            return Some(Self::Bearer);
        }
        Mechanism::from_name(mechanism).map(Self::Scram)
    }

    /// Takes the client's next message. `None` if none was expected.
    pub(crate) fn step(self, security: &mut Security, message: &[u8]) -> Option<Progress> {
        match self {
            Self::Unstarted => None,
            Self::Plain => Some(plain(security, message).map_or_else(
                || {
                    Progress::Failed(
                        "Authentication failed: Invalid username or password".to_owned(),
                    )
                },
                |user| Progress::Done(user, Vec::new()),
            )),
            Self::Scram(mechanism) => {
                let answer = scram_first(security, mechanism, message);
                Some(answer.unwrap_or_else(|| invalid(mechanism)))
            }
            Self::Bearer => Some(match bearer::user(security, message) {
                Ok(user) => Progress::Done(user, Vec::new()),
                Err(reason) => Progress::Continue(Self::Refused(reason.clone()), reason.into()),
            }),
            Self::Refused(reason) => {
                (message == bearer::ACKNOWLEDGED).then_some(Progress::Failed(reason))
            }
            Self::Proof { user, challenge } => {
                let mechanism = challenge.mechanism;
                let last = std::str::from_utf8(message)
                    .ok()
                    .and_then(|it| challenge.finish(it));
                Some(match last {
                    Some(last) => Progress::Done(user, last.into_bytes()),
                    None => invalid(mechanism),
                })
            }
        }
    }
}

fn invalid(mechanism: Mechanism) -> Progress {
    Progress::Failed(format!(
        "Authentication failed during authentication due to invalid credentials with SASL \
         mechanism {}",
        mechanism.name()
    ))
}

/// RFC 4616: the identity to act as, the name and the password, with zeros between them.
fn plain(security: &Security, message: &[u8]) -> Option<String> {
    let parts: Vec<&str> = std::str::from_utf8(message).ok()?.split('\0').collect();
    let [act_as, name, password] = parts[..] else {
        return None;
    };
    let known = security.plain.get(name)?;
    ((act_as.is_empty() || act_as == name) && known.0 == password).then(|| name.to_owned())
}

fn scram_first(security: &mut Security, mechanism: Mechanism, message: &[u8]) -> Option<Progress> {
    let message = std::str::from_utf8(message).ok()?;
    let user = user_of(message)?;
    let credential = security.scram.get_mut(&(user.clone(), mechanism))?;
    let (challenge, answer) = Challenge::new(message, credential)?;
    Some(Progress::Continue(
        Exchange::Proof { user, challenge },
        answer.into_bytes(),
    ))
}
