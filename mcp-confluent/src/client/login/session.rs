//! One sign-in: the refresh token, what it was exchanged for, and how long each is good.

use std::{
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use secrecy::{ExposeSecret as _, SecretString};
use tokio::time::Instant;

use super::store::Kept;
use crate::client::http::Token;

/// How long tokens of the control plane are used. The services do not say reliably.
pub(super) const CONTROL_LIFE: Duration = Duration::from_mins(5);
/// How long tokens of the data plane are used.
pub(super) const DATA_LIFE: Duration = Duration::from_mins(10);
/// How long after the sign-in a person has to sign in again.
const LIFE: Duration = Duration::from_hours(8);
/// How long after its last use the refresh token is good.
const IDLE: Duration = Duration::from_hours(4);

/// Which services take a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plane {
    /// Organizations, environments, clusters, connectors, costs, Tableflow.
    Control,
    /// Kafka, schema registries, the catalog, Flink, metrics, logs.
    Data,
}

/// A sign-in.
pub(super) struct Session {
    /// Taken once; each use brings the next one.
    pub(super) refresh_token: SecretString,
    ends: Instant,
    idle_ends: Instant,
    control: Option<Arc<Token>>,
    data: Option<Arc<Token>>,
    /// Whether the store has it.
    pub(super) kept: bool,
}

impl Session {
    /// A sign-in that was made at `since`.
    pub(super) fn new(refresh_token: SecretString, since: Instant) -> Self {
        Self {
            refresh_token,
            ends: since + LIFE,
            idle_ends: since + IDLE,
            control: None,
            data: None,
            kept: false,
        }
    }

    /// A sign-in of an earlier process.
    pub(super) fn of(kept: &Kept) -> Self {
        let now = Instant::now();
        Self {
            refresh_token: kept.refresh_token.clone(),
            ends: now + from_now(kept.ends).min(LIFE),
            idle_ends: now + from_now(kept.idle_ends).min(IDLE),
            control: None,
            data: None,
            kept: true,
        }
    }

    /// When it ends and, if it is not used, when before that; both in seconds since 1970.
    pub(super) fn ends(&self) -> (u64, u64) {
        (since_1970(self.ends), since_1970(self.idle_ends))
    }

    /// Whether a person has to sign in again.
    pub(super) fn is_over(&self, now: Instant) -> bool {
        self.idle_ends.min(self.ends) <= now
    }

    /// Takes the refresh token that came for the last one, asked for at `since`.
    pub(super) fn rotate(&mut self, next: SecretString, since: Instant) {
        self.refresh_token = next;
        self.idle_ends = (since + IDLE).min(self.ends);
    }

    /// Goes on with what another process made of it.
    pub(super) fn adopt(&mut self, kept: &Kept) {
        let Self {
            refresh_token,
            ends,
            idle_ends,
            ..
        } = Self::of(kept);
        self.refresh_token = refresh_token;
        self.ends = ends;
        self.idle_ends = idle_ends;
    }

    pub(super) fn is_known_as(&self, refresh_token: &SecretString) -> bool {
        self.refresh_token.expose_secret() == refresh_token.expose_secret()
    }

    pub(super) fn set(&mut self, plane: Plane, token: Token) -> &Arc<Token> {
        self.of_plane(plane).insert(Arc::new(token))
    }

    /// A token that is not to be renewed yet.
    pub(super) fn fresh(&self, plane: Plane, now: Instant) -> Option<&Arc<Token>> {
        self.token(plane).filter(|token| token.renew_at() > now)
    }

    /// A token that has not ended.
    pub(super) fn usable(&self, plane: Plane, now: Instant) -> Option<&Arc<Token>> {
        self.token(plane).filter(|token| token.ends_at() > now)
    }

    /// Lets go of a token that a service did not accept.
    pub(super) fn refuse(&mut self, refused: &Arc<Token>) {
        for token in [&mut self.control, &mut self.data] {
            token.take_if(|token| Arc::ptr_eq(token, refused));
        }
    }

    fn token(&self, plane: Plane) -> Option<&Arc<Token>> {
        match plane {
            Plane::Control => self.control.as_ref(),
            Plane::Data => self.data.as_ref(),
        }
    }

    fn of_plane(&mut self, plane: Plane) -> &mut Option<Arc<Token>> {
        match plane {
            Plane::Control => &mut self.control,
            Plane::Data => &mut self.data,
        }
    }
}

/// The time until a moment in seconds since 1970.
fn from_now(seconds: u64) -> Duration {
    let then = UNIX_EPOCH.checked_add(Duration::from_secs(seconds));
    then.and_then(|then| then.duration_since(SystemTime::now()).ok())
        .unwrap_or_default()
}

fn since_1970(moment: Instant) -> u64 {
    let left = moment.saturating_duration_since(Instant::now());
    let then = SystemTime::now() + left;
    then.duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_sign_in_that_is_not_used_ends_after_four_hours() {
        let began = Instant::now();
        let session = Session::new("r".into(), began);
        assert!(!session.is_over(began + IDLE - SECOND));
        assert!(session.is_over(began + IDLE));
    }

    #[test]
    fn use_prolongs_it_up_to_eight_hours() {
        let began = Instant::now();
        let mut session = Session::new("r".into(), began);
        for used in [Duration::from_hours(3), Duration::from_hours(6)] {
            assert!(!session.is_over(began + used));
            session.rotate("next".into(), began + used);
        }
        assert!(!session.is_over(began + LIFE - SECOND));
        assert!(session.is_over(began + LIFE));
    }

    #[test]
    fn tokens_are_renewed_before_they_end() {
        let began = Instant::now();
        let token = |life| Token::lasting("t".into(), began, life);
        let mut session = Session::new("r".into(), began);
        session.set(Plane::Control, token(CONTROL_LIFE));
        session.set(Plane::Data, token(DATA_LIFE));
        let late = began + CONTROL_LIFE - Duration::from_secs(30);
        assert!(session.fresh(Plane::Control, late - SECOND).is_some());
        assert!(session.fresh(Plane::Control, late).is_none());
        assert!(session.usable(Plane::Control, late).is_some());
        assert!(
            session
                .usable(Plane::Control, began + CONTROL_LIFE)
                .is_none()
        );
        let data = session.fresh(Plane::Data, late).cloned();
        session.refuse(&data.expect("it lives longer"));
        assert!(session.usable(Plane::Data, began).is_none());
    }

    #[test]
    fn what_was_kept_ends_when_it_would_have() {
        let began = Instant::now();
        let mut session = Session::new("r".into(), began);
        let (ends, idle_ends) = session.ends();
        let kept = Kept {
            refresh_token: "other".into(),
            ends,
            idle_ends,
        };
        session.adopt(&kept);
        assert!(session.is_known_as(&"other".into()));
        for session in [session, Session::of(&kept)] {
            // What is kept is cut to seconds.
            assert!(!session.is_over(began + IDLE - 2 * SECOND));
            assert!(session.is_over(began + IDLE + 2 * SECOND));
        }
        let old = Kept {
            ends: 1_000,
            idle_ends: u64::MAX,
            ..kept
        };
        assert!(Session::of(&old).is_over(Instant::now()));
    }
}
