//! The words in which the file's keys are described.
//!
//! One description ([`keys`](super::keys)) serves the reader and the JSON Schema, so that the two
//! cannot disagree.

/// A key that may stand in a block.
#[derive(Debug)]
pub(super) struct Key {
    /// Its name in the file.
    pub(super) name: &'static str,
    /// What it is for, in full sentences.
    pub(super) about: &'static str,
    /// What may stand behind it.
    pub(super) shape: Shape,
    /// Whether the block needs it.
    pub(super) required: bool,
    /// What holds without it, as JSON.
    pub(super) default: Option<&'static str>,
}

impl Key {
    /// An optional key.
    pub(super) const fn new(name: &'static str, about: &'static str, shape: Shape) -> Self {
        Self {
            name,
            about,
            shape,
            required: false,
            default: None,
        }
    }

    /// A key that the block needs.
    pub(super) const fn required(name: &'static str, about: &'static str, shape: Shape) -> Self {
        Self {
            required: true,
            ..Self::new(name, about, shape)
        }
    }

    /// The same key with what holds without it, as JSON.
    pub(super) const fn or(self, default: &'static str) -> Self {
        Self {
            default: Some(default),
            ..self
        }
    }
}

/// What may stand behind a key.
#[derive(Debug)]
pub(super) enum Shape {
    /// Text of some kind; a bare number counts as the text it is written as.
    Text(Text),
    /// `true` or `false`.
    Flag,
    /// A whole number between two others, both included.
    Integer { min: i64, max: i64 },
    /// A number from 0 to 1.
    Ratio,
    /// One of some words, each with what it means.
    Choice(&'static [(&'static str, &'static str)]),
    /// A list.
    List(&'static List),
    /// Keys of its own.
    Block(&'static Block),
    /// Keys of its own, which ones depends on `type`.
    Union(&'static Union),
    /// Free keys.
    Map(&'static Map),
    /// Whatever YAML can say.
    Any,
}

/// A kind of text. All but [`Text::Raw`] lose the space around them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Text {
    /// Anything but nothing.
    Line,
    /// Anything; blank counts as not given.
    Note,
    /// Anything but nothing; a secret.
    Secret,
    /// A secret of at least this many characters.
    LongSecret(usize),
    /// Exactly what is written, even nothing.
    Raw,
    /// An `http` or `https` URL that routes are put behind.
    Url,
    /// An `http` or `https` URL that is called or compared as it is.
    WholeUrl,
    /// An `http` or `https` URL with `{region}` and `{cloud}` in its host.
    RegionUrl,
    /// An `http` or `https` URL that may hold a user and a password.
    UrlWithUser,
    /// URLs like that of servers that stand in for each other, with commas between them.
    Urls,
    /// An id that starts like this.
    Id(&'static str),
    /// Path of a file.
    File,
    /// `host:port`, several with commas between them.
    Brokers,
}

/// A list.
#[derive(Debug)]
pub(super) struct List {
    /// What its items are.
    pub(super) of: Shape,
    /// Whether it may be empty.
    pub(super) may_be_empty: bool,
    /// Whether no item may stand in it twice.
    pub(super) unique: bool,
}

/// A fixed set of keys.
#[derive(Debug)]
pub(super) struct Block {
    /// Name among the definitions of the JSON Schema.
    pub(super) name: &'static str,
    /// What the block is for.
    pub(super) about: &'static str,
    /// Its keys, in groups so that several blocks can share some.
    pub(super) groups: &'static [&'static [Key]],
}

impl Block {
    /// All its keys.
    pub(super) fn keys(&self) -> impl Iterator<Item = &'static Key> + use<> {
        self.groups.iter().copied().flatten()
    }

    /// The key called `name`.
    pub(super) fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys().find(|key| key.name == name)
    }
}

/// Sets of keys of which `type` chooses one.
#[derive(Debug)]
pub(super) struct Union {
    /// Name among the definitions of the JSON Schema.
    pub(super) name: &'static str,
    /// What it is for.
    pub(super) about: &'static str,
    /// The values of `type`, each with the keys that go with it.
    pub(super) arms: &'static [Arm],
}

impl Union {
    /// The values that `type` may have.
    pub(super) fn names(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.arms.iter().map(|arm| arm.name)
    }
}

/// One value of `type`.
#[derive(Debug)]
pub(super) struct Arm {
    /// The value.
    pub(super) name: &'static str,
    /// The keys beside it.
    pub(super) block: &'static Block,
}

/// Free keys.
#[derive(Debug)]
pub(super) struct Map {
    /// What the keys are.
    pub(super) keys: &'static str,
    /// Keys that may not be used.
    pub(super) except: &'static [&'static str],
    /// What stands behind each.
    pub(super) of: Shape,
}
