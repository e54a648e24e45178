//! Where a sign-in is kept when the process ends: the refresh token and how long it is good.
//!
//! Everything here blocks, so it is called where that is allowed.

use std::{
    env, fs,
    fs::{File, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use keyring_core::{CredentialStore, Entry, Error as KeyringError};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};

use crate::config::TokenStore;

/// What the keyring calls this program.
const SERVICE: &str = "mcp-confluent";
/// How long one process waits for another that is using the refresh token.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often it looks.
const TURN: Duration = Duration::from_millis(20);

/// What is kept of a sign-in.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    pub(super) refresh_token: SecretString,
    /// When it ends, in seconds since 1970.
    pub(super) ends: u64,
    /// When it ends if it is not used, in seconds since 1970.
    pub(super) idle_ends: u64,
}

/// The same as it is written.
#[derive(Serialize, Deserialize)]
struct Record {
    /// Whose token it is: another host, or another client, has no use for it.
    login: String,
    client_id: String,
    refresh_token: String,
    ends: u64,
    idle_ends: u64,
}

/// Where a sign-in is kept.
pub(super) struct Store {
    place: Place,
    login: String,
    client_id: String,
}

enum Place {
    Keyring {
        /// The keyring, or why there is none.
        keyring: Result<Arc<CredentialStore>, String>,
        account: String,
    },
    File(PathBuf),
    Memory,
}

/// As long as this lives, no other process uses the refresh token.
pub(super) struct Lock {
    _file: Option<File>,
}

impl Store {
    /// The store of the connection called `account`, for sign-ins of `client_id` at `login`.
    pub(super) fn new(store: &TokenStore, account: &str, login: &str, client_id: &str) -> Self {
        let place = match store {
            TokenStore::Keyring => Place::Keyring {
                keyring: system_keyring(),
                account: account.to_owned(),
            },
            TokenStore::File(path) => Place::File(path.clone()),
            TokenStore::Memory => Place::Memory,
        };
        Self {
            place,
            login: login.to_owned(),
            client_id: client_id.to_owned(),
        }
    }

    /// What people call it.
    pub(super) fn name(&self) -> String {
        match &self.place {
            Place::Keyring { .. } => "the system's keyring".to_owned(),
            Place::File(path) => path.display().to_string(),
            Place::Memory => "memory".to_owned(),
        }
    }

    /// Whether it is made to outlive the process.
    pub(super) fn outlives(&self) -> bool {
        !matches!(self.place, Place::Memory)
    }

    /// What is kept; what belongs to another host or client, or cannot be read, counts as nothing.
    ///
    /// # Errors
    /// The keyring or the file cannot be used.
    pub(super) fn load(&self) -> Result<Option<Kept>, String> {
        let text = match &self.place {
            Place::Memory => None,
            Place::Keyring { keyring, account } => match entry(keyring, account)?.get_password() {
                Ok(text) => Some(text),
                Err(KeyringError::NoEntry) => None,
                Err(error) => return Err(spoken(&error)),
            },
            Place::File(path) => match fs::read_to_string(path) {
                Ok(text) => {
                    close_to_others(path);
                    Some(text)
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => None,
                Err(error) => return Err(format!("it cannot be read: {error}")),
            },
        };
        let Some(record) = text.and_then(|text| serde_json::from_str::<Record>(&text).ok()) else {
            return Ok(None);
        };
        if record.login != self.login || record.client_id != self.client_id {
            return Ok(None);
        }
        Ok(Some(Kept {
            refresh_token: record.refresh_token.into(),
            ends: record.ends,
            idle_ends: record.idle_ends,
        }))
    }

    /// Keeps a sign-in in place of the last one.
    ///
    /// # Errors
    /// The keyring or the file cannot be used.
    pub(super) fn save(&self, kept: &Kept) -> Result<(), String> {
        let record = Record {
            login: self.login.clone(),
            client_id: self.client_id.clone(),
            refresh_token: kept.refresh_token.expose_secret().to_owned(),
            ends: kept.ends,
            idle_ends: kept.idle_ends,
        };
        let text = serde_json::to_string(&record).map_err(|error| error.to_string())?;
        match &self.place {
            Place::Memory => Ok(()),
            Place::Keyring { keyring, account } => entry(keyring, account)?
                .set_password(&text)
                .map_err(|error| spoken(&error)),
            Place::File(path) => {
                write(path, &text).map_err(|error| format!("it cannot be written: {error}"))
            }
        }
    }

    /// Forgets what is kept, whosever it is.
    ///
    /// # Errors
    /// The keyring or the file cannot be used.
    pub(super) fn clear(&self) -> Result<(), String> {
        match &self.place {
            Place::Memory => Ok(()),
            Place::Keyring { keyring, account } => {
                match entry(keyring, account)?.delete_credential() {
                    Ok(()) | Err(KeyringError::NoEntry) => Ok(()),
                    Err(error) => Err(spoken(&error)),
                }
            }
            Place::File(path) => match fs::remove_file(path) {
                Ok(()) => Ok(()),
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
                Err(error) => Err(format!("it cannot be removed: {error}")),
            },
        }
    }

    /// Waits until no other process uses the refresh token: the provider takes each one once, and
    /// takes one that comes twice for a theft. Where there is no place for a lock, none is held.
    pub(super) fn lock(&self) -> Lock {
        let path = match &self.place {
            Place::Memory => None,
            Place::File(path) => Some(beside(path, ".lock")),
            Place::Keyring { account, .. } => {
                let digest = openssl::sha::sha256(account.as_bytes());
                let mut start = [0; 8];
                start.copy_from_slice(&digest[..8]);
                let name = format!("{:016x}", u64::from_be_bytes(start));
                own_folder().map(|folder| folder.join(format!("sign-in-{name}.lock")))
            }
        };
        Lock {
            _file: path.and_then(|path| locked(&path)),
        }
    }
}

fn locked(path: &Path) -> Option<File> {
    make_folder(path).ok()?;
    let file = private().create(true).truncate(false).open(path).ok()?;
    let began = std::time::Instant::now();
    while let Err(fs::TryLockError::WouldBlock) = file.try_lock() {
        if began.elapsed() > PATIENCE {
            return None;
        }
        std::thread::sleep(TURN);
    }
    Some(file)
}

/// A folder for what concerns one user of this machine.
fn own_folder() -> Option<PathBuf> {
    let of = |name: &str| env::var_os(name).filter(|value| !value.is_empty());
    let folder = of("XDG_RUNTIME_DIR")
        .or_else(|| of("XDG_STATE_HOME"))
        .or_else(|| of("LOCALAPPDATA"))
        .map(PathBuf::from)
        .or_else(|| of("HOME").map(|home| Path::new(&home).join(".local/state")))?;
    Some(folder.join("mcp-confluent"))
}

/// Replaces the file at once or not at all; nobody but its owner can read it at any time.
fn write(path: &Path, text: &str) -> io::Result<()> {
    make_folder(path)?;
    let draft = beside(path, &format!(".{:016x}", rand::random::<u64>()));
    let written = private()
        .create_new(true)
        .open(&draft)
        .and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.sync_all()
        })
        .and_then(|()| fs::rename(&draft, path));
    if written.is_err() {
        // What is left of it is of no use to anybody.
        let _ = fs::remove_file(&draft);
    }
    written
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

fn make_folder(of: &Path) -> io::Result<()> {
    let Some(folder) = of.parent().filter(|it| !it.as_os_str().is_empty()) else {
        return Ok(());
    };
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// How a file is opened that nobody else may read.
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Takes back the access that others were given to a file of tokens.
#[cfg(unix)]
fn close_to_others(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;

    let open = fs::metadata(path).is_ok_and(|it| it.permissions().mode() & 0o077 != 0);
    if open {
        tracing::warn!(
            file = %path.display(),
            "others could read the kept sign-in; their access is taken back"
        );
        if let Err(error) = fs::set_permissions(path, fs::Permissions::from_mode(0o600)) {
            tracing::warn!(%error, "the access could not be taken back");
        }
    }
}

#[cfg(not(unix))]
fn close_to_others(_: &Path) {}

fn entry(keyring: &Result<Arc<CredentialStore>, String>, account: &str) -> Result<Entry, String> {
    let keyring = keyring.as_ref().map_err(Clone::clone)?;
    keyring
        .build(SERVICE, account, None)
        .map_err(|error| spoken(&error))
}

/// Why the keyring did not work; some of its errors hold what was stored, so only their kind is told.
fn spoken(error: &KeyringError) -> String {
    match error {
        KeyringError::PlatformFailure(reason) => format!("the keyring failed: {reason}"),
        KeyringError::NoStorageAccess(reason) => {
            format!("the keyring cannot be reached: {reason}")
        }
        KeyringError::NoEntry => "the keyring lost it".to_owned(),
        _ => "the keyring does not take it".to_owned(),
    }
}

#[cfg(target_os = "linux")]
fn system_keyring() -> Result<Arc<CredentialStore>, String> {
    match linux_keyutils_keyring_store::Store::new() {
        Ok(store) => Ok(store),
        Err(error) => Err(spoken(&error)),
    }
}

#[cfg(target_os = "macos")]
fn system_keyring() -> Result<Arc<CredentialStore>, String> {
    match apple_native_keyring_store::keychain::Store::new() {
        Ok(store) => Ok(store),
        Err(error) => Err(spoken(&error)),
    }
}

#[cfg(windows)]
fn system_keyring() -> Result<Arc<CredentialStore>, String> {
    match windows_native_keyring_store::Store::new() {
        Ok(store) => Ok(store),
        Err(error) => Err(spoken(&error)),
    }
}

#[cfg(not(any(target_os = "linux", target_os = "macos", windows)))]
fn system_keyring() -> Result<Arc<CredentialStore>, String> {
    Err("this system has no keyring that is known here".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(refresh_token: &str) -> Kept {
        Kept {
            refresh_token: refresh_token.into(),
            ends: 8,
            idle_ends: 4,
        }
    }

    fn token(kept: Option<Kept>) -> Option<String> {
        kept.map(|kept| kept.refresh_token.expose_secret().to_owned())
    }

    fn in_file(path: &Path) -> Store {
        Store::new(
            &TokenStore::File(path.to_owned()),
            "cloud",
            "https://login",
            "client",
        )
    }

    fn in_keyring(keyring: Result<Arc<CredentialStore>, String>) -> Store {
        Store {
            place: Place::Keyring {
                keyring,
                account: "cloud".to_owned(),
            },
            login: "https://login".to_owned(),
            client_id: "client".to_owned(),
        }
    }

    fn comes_back(store: &Store) {
        assert_eq!(token(store.load().unwrap()), None);
        store.clear().unwrap();
        store.save(&kept("first")).unwrap();
        store.save(&kept("second")).unwrap();
        let loaded = store.load().unwrap().unwrap();
        assert_eq!((loaded.ends, loaded.idle_ends), (8, 4));
        assert_eq!(token(Some(loaded)).as_deref(), Some("second"));
        store.clear().unwrap();
        assert_eq!(token(store.load().unwrap()), None);
    }

    #[test]
    fn what_is_kept_comes_back_until_it_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        comes_back(&in_file(&folder.path().join("deep/er/tokens.json")));
        let keyring: Arc<CredentialStore> = keyring_core::mock::Store::new().unwrap();
        comes_back(&in_keyring(Ok(keyring)));
    }

    #[test]
    fn memory_keeps_nothing() {
        let store = Store::new(&TokenStore::Memory, "cloud", "l", "c");
        store.save(&kept("r")).unwrap();
        assert_eq!(token(store.load().unwrap()), None);
        assert!(!store.outlives());
    }

    #[test]
    fn the_tokens_of_another_host_or_client_are_not_used() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokens.json");
        in_file(&path).save(&kept("r")).unwrap();
        for (login, client) in [("https://other", "client"), ("https://login", "other")] {
            let store = Store::new(&TokenStore::File(path.clone()), "cloud", login, client);
            assert_eq!(token(store.load().unwrap()), None);
        }
        fs::write(&path, "{\"refresh_token\":").unwrap();
        assert_eq!(token(in_file(&path).load().unwrap()), None);
    }

    #[test]
    fn a_keyring_that_is_not_there_is_told_about() {
        let store = in_keyring(Err("no keyring here".to_owned()));
        assert_eq!(store.load().unwrap_err(), "no keyring here");
        assert_eq!(store.save(&kept("r")).unwrap_err(), "no keyring here");
    }

    #[cfg(unix)]
    #[test]
    fn its_owner_alone_can_read_the_file() {
        use std::os::unix::fs::PermissionsExt as _;

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kept/tokens.json");
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let store = in_file(&path);
        store.save(&kept("r")).unwrap();
        assert_eq!(mode(&path), 0o600);
        assert_eq!(mode(path.parent().unwrap()), 0o700);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        store.load().unwrap().unwrap();
        assert_eq!(mode(&path), 0o600);
        let left: Vec<_> = fs::read_dir(path.parent().unwrap()).unwrap().collect();
        assert_eq!(left.len(), 1, "no drafts are left: {left:?}");
    }

    #[test]
    fn one_process_at_a_time_uses_the_token() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokens.json");
        let lock = in_file(&path).lock();
        let other = File::open(beside(&path, ".lock")).unwrap();
        assert!(other.try_lock().is_err());
        drop(lock);
        other.try_lock().unwrap();
    }
}
