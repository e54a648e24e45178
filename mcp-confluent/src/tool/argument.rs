//! One argument of a tool: its type, its schema and how its value is taken out of a call.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fmt,
    hash::BuildHasher,
    ops::{Bound, RangeBounds},
};

use rmcp::model::JsonObject;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{
    error::Result,
    tool::{check::Problem, context::ToolContext, inject::BoxFuture, requirement::Requirement},
};

/// A type that can be an argument of a tool: plain data with a JSON Schema.
///
/// `#[confluent_type]` implements it; so does the library for `bool`, the numbers, `String`,
/// `Option`, `Vec`, maps with text keys, and any JSON value.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a tool argument",
    label = "not an argument type",
    note = "to make it one, put `#[confluent_type]` on it",
    note = "if the parameter should be injected instead, remove its doc comment"
)]
pub trait ToolArg: Serialize + DeserializeOwned + JsonSchema + Send + 'static {
    /// The value of an argument that was left out; `None` if it must be given.
    #[doc(hidden)]
    #[must_use]
    fn absent() -> Option<Self> {
        None
    }
}

impl<T: ToolArg> ToolArg for Option<T> {
    fn absent() -> Option<Self> {
        Some(None)
    }
}

/// What an argument of a prompt, or a variable in the URI of a resource, can be: a text, or an
/// optional one.
#[diagnostic::on_unimplemented(
    message = "what a client gives here is a text, and `{Self}` is none",
    label = "not a text",
    note = "take a `String` or an `Option<String>`, and parse it in the function",
    note = "if the parameter should be injected instead, remove its doc comment"
)]
pub trait PlainText: ToolArg {
    /// Whether it may be left out.
    #[doc(hidden)]
    const OPTIONAL: bool = false;
}

#[diagnostic::do_not_recommend]
impl PlainText for String {}
impl<T: PlainText> PlainText for Option<T> {
    const OPTIONAL: bool = true;
}

/// Lists what an argument can be, for completion.
pub type Completer = fn(ToolContext) -> BoxFuture<'static, Result<Vec<String>>>;

/// The arguments that can be completed, by name.
pub(crate) type Completers = Vec<(&'static str, Completer)>;

/// A number, or an optional one: what `range` can be said of.
#[diagnostic::on_unimplemented(
    message = "`range` needs a number type, and `{Self}` is none",
    label = "not a number",
    note = "the size of a text, a list or a map is given with `length = 1..=100`"
)]
pub trait NumberArg {
    /// The number itself.
    type Number: Serialize;
}

impl<T: NumberArg> NumberArg for Option<T> {
    type Number = T::Number;
}

/// A text, a list or a map, or an optional one: what `length` can be said of.
#[diagnostic::on_unimplemented(
    message = "`length` needs a text, a list or a map, and `{Self}` is none",
    label = "has no length",
    note = "a number is bounded with `range = 1..=100`"
)]
pub trait SizedArg {
    /// The schema keywords of the least and the greatest size.
    #[doc(hidden)]
    const KEYWORDS: [&'static str; 2];
}

impl<T: SizedArg> SizedArg for Option<T> {
    const KEYWORDS: [&'static str; 2] = T::KEYWORDS;
}

/// A text, or an optional one: what `pattern` can be said of.
#[diagnostic::on_unimplemented(
    message = "`pattern` needs a text type, and `{Self}` is none",
    label = "not a text"
)]
pub trait TextArg {}

#[diagnostic::do_not_recommend]
impl TextArg for String {}
impl<T: TextArg> TextArg for Option<T> {}

macro_rules! numbers {
    ($($number:ty)*) => {$(
        #[diagnostic::do_not_recommend]
        impl ToolArg for $number {}
        #[diagnostic::do_not_recommend]
        impl NumberArg for $number {
            type Number = Self;
        }
    )*};
}
numbers!(u8 u16 u32 u64 usize i8 i16 i32 i64 isize f32 f64);

macro_rules! sized {
    ($([$($generics:tt)*] $type:ty, $keywords:expr;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<$($generics)*> SizedArg for $type {
            const KEYWORDS: [&'static str; 2] = $keywords;
        }
    )*};
}
sized! {
    [] String, LENGTH;
    [] JsonObject, PROPERTIES;
    [T] Vec<T>, ITEMS;
    [T] BTreeSet<T>, ITEMS;
    [T] BTreeMap<String, T>, PROPERTIES;
    [T, S] HashMap<String, T, S>, PROPERTIES;
}

// What is not recommended is left out of rustc's list of types that would do: the list would say
// less than the notes do. The containers are in it, so that rustc names the item that is no data.
#[diagnostic::do_not_recommend]
impl ToolArg for bool {}

#[diagnostic::do_not_recommend]
impl ToolArg for String {}

#[diagnostic::do_not_recommend]
impl ToolArg for Value {}

#[diagnostic::do_not_recommend]
impl ToolArg for JsonObject {}

impl<T: ToolArg> ToolArg for Vec<T> {}
impl<T: ToolArg + Ord> ToolArg for BTreeSet<T> {}
impl<T: ToolArg> ToolArg for BTreeMap<String, T> {}
impl<T: ToolArg, S: BuildHasher + Default + Send + 'static> ToolArg for HashMap<String, T, S> {}

const LENGTH: [&str; 2] = ["minLength", "maxLength"];
const ITEMS: [&str; 2] = ["minItems", "maxItems"];
const PROPERTIES: [&str; 2] = ["minProperties", "maxProperties"];

/// Schema keywords of one `#[arg(…)]` key.
pub type Keywords = Vec<(&'static str, Value)>;

/// The keywords of `#[arg(range = …)]`.
pub fn range<T: NumberArg>(range: impl RangeBounds<T::Number>) -> Keywords {
    let bound = |bound: Bound<&T::Number>, [inclusive, exclusive]: [&'static str; 2]| match bound {
        Bound::Included(number) => Some((inclusive, value(number))),
        Bound::Excluded(number) => Some((exclusive, value(number))),
        Bound::Unbounded => None,
    };
    let least = bound(range.start_bound(), ["minimum", "exclusiveMinimum"]);
    let greatest = bound(range.end_bound(), ["maximum", "exclusiveMaximum"]);
    least.into_iter().chain(greatest).collect()
}

/// The keywords of `#[arg(length = …)]`: characters of a text, items of a list, entries of a map.
pub fn length<T: SizedArg>(range: impl RangeBounds<u64>) -> Keywords {
    let [least, greatest] = T::KEYWORDS;
    let mut keywords = Keywords::new();
    match range.start_bound() {
        Bound::Included(size) => keywords.push((least, (*size).into())),
        Bound::Excluded(size) => keywords.push((least, size.saturating_add(1).into())),
        Bound::Unbounded => {}
    }
    match range.end_bound() {
        Bound::Included(size) => keywords.push((greatest, (*size).into())),
        Bound::Excluded(size) => keywords.push((greatest, size.saturating_sub(1).into())),
        Bound::Unbounded => {}
    }
    keywords
}

/// The keyword of `#[arg(pattern = …)]`.
pub fn pattern<T: TextArg>(regex: &str) -> Keywords {
    vec![("pattern", regex.into())]
}

/// The keyword of `#[arg(example = …)]`.
pub fn example(example: impl Serialize) -> Keywords {
    vec![("examples", Value::Array(vec![value(&example)]))]
}

/// The keyword of `#[arg(header = …)]`: HTTP clients repeat the argument in a header of this name.
pub fn header(name: &str) -> Keywords {
    vec![("x-mcp-header", name.into())]
}

/// The keyword of `#[arg(secret)]`: the value is shown in no log and no audit record.
pub fn secret() -> Keywords {
    vec![("writeOnly", true.into())]
}

/// `value` as JSON; what cannot be JSON is reported by `check_tools()` as a wrong `null`.
pub fn value<T: Serialize>(value: &T) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

/// Adds keywords to a schema that may still be a plain `true`.
pub fn apply(schema: &mut Schema, keywords: &[fn() -> Keywords]) {
    let object = schema.ensure_object();
    for (keyword, value) in keywords.iter().flat_map(|keywords| keywords()) {
        object.insert(keyword.to_owned(), value);
    }
}

/// An argument as the schema shows it, whatever its type.
///
/// An injected type that reads arguments itself lists them in
/// [`FromContext::ARGUMENTS`](crate::FromContext::ARGUMENTS):
///
/// ```
/// use mcp_confluent::tool::argument::ArgSpec;
///
/// const TENANT: ArgSpec = ArgSpec::new::<Option<String>>("tenant", "Acme tenant; yours if left out.");
/// ```
#[derive(Clone, Copy)]
pub struct ArgSpec {
    name: &'static str,
    description: &'static str,
    schema: fn(&mut SchemaGenerator) -> Schema,
    optional: fn() -> bool,
    default: Option<fn() -> Value>,
    keywords: &'static [fn() -> Keywords],
    signed_in: Option<&'static str>,
    complete: Option<Completer>,
}

/// The description of an argument that is accepted from callers that always send it.
pub(crate) const UNUSED: &str = "Unused.";

impl ArgSpec {
    /// An argument with the wire name `name` (`camelCase`) of type `T`; an `Option` may be left out.
    pub const fn new<T: ToolArg>(name: &'static str, description: &'static str) -> Self {
        Self {
            name,
            description,
            schema: |generator| generator.subschema_for::<T>(),
            optional: || T::absent().is_some(),
            default: None,
            keywords: &[],
            signed_in: None,
            complete: None,
        }
    }

    /// The argument is required on a connection that signs in, and this is what it means there.
    #[must_use]
    pub const fn signed_in(mut self, description: &'static str) -> Self {
        self.signed_in = Some(description);
        self
    }

    /// What it means on a connection that signs in, where it is required.
    pub(crate) const fn if_signed_in(&self) -> Option<&'static str> {
        self.signed_in
    }

    /// What the reader of the argument takes when it is left out.
    #[must_use]
    pub const fn default(mut self, default: fn() -> Value) -> Self {
        self.default = Some(default);
        self
    }

    /// Further schema keywords, for example `&[|| range::<Option<u32>>(1..=1000)]`.
    #[must_use]
    pub const fn keywords(mut self, keywords: &'static [fn() -> Keywords]) -> Self {
        self.keywords = keywords;
        self
    }

    /// The wire name.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// What the argument means.
    pub const fn description(&self) -> &'static str {
        self.description
    }

    /// Adds the argument to the properties of a tool's input schema.
    pub(crate) fn describe(&self, generator: &mut SchemaGenerator, into: &mut Properties) {
        self.describe_with(self.default.map(|default| default()), generator, into);
    }

    fn describe_with(
        &self,
        default: Option<Value>,
        generator: &mut SchemaGenerator,
        into: &mut Properties,
    ) {
        let mut schema = (self.schema)(generator);
        let object = schema.ensure_object();
        object.insert("description".to_owned(), self.description.into());
        if !(self.optional)() && default.is_none() {
            into.required.push(self.name);
        }
        // `null` says no more than that the argument is optional.
        if let Some(default) = default.filter(|default| !default.is_null()) {
            object.insert("default".to_owned(), default);
        }
        apply(&mut schema, self.keywords);
        if let Some(complete) = self.complete {
            into.completers.push((self.name, complete));
        }
        into.schemas.insert(self.name.to_owned(), schema.to_value());
    }
}

impl fmt::Debug for ArgSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ArgSpec")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// The properties of an input schema while they are being collected.
#[derive(Debug, Default)]
pub struct Properties {
    pub(crate) schemas: JsonObject,
    pub(crate) required: Vec<&'static str>,
    pub(crate) completers: Completers,
}

/// One documented parameter of a tool.
///
/// Only [`Arg::new`] asks that `T` is a [`ToolArg`], so a type that is none is reported once.
pub struct Arg<T> {
    spec: ArgSpec,
    /// Whether it may be left out; known only of texts.
    optional: bool,
    default: Option<fn() -> T>,
    absent: fn() -> Option<T>,
    parse: fn(Value) -> serde_json::Result<T>,
    value: fn(&T) -> Value,
}

impl<T> Arg<T> {
    /// An argument with the wire name `name`.
    pub const fn new(name: &'static str, description: &'static str) -> Self
    where
        T: ToolArg,
    {
        Self {
            spec: ArgSpec::new::<T>(name, description),
            optional: false,
            default: None,
            absent: T::absent,
            parse: serde_json::from_value,
            value: value::<T>,
        }
    }

    /// An argument of a prompt, or a variable of a URI, with the name `name`.
    pub const fn text(name: &'static str, description: &'static str) -> Self
    where
        T: PlainText,
    {
        let mut text = Self::new(name, description);
        text.optional = T::OPTIONAL;
        text
    }

    /// What lists the values it can have.
    #[must_use]
    pub const fn complete(mut self, complete: Completer) -> Self {
        self.spec.complete = Some(complete);
        self
    }

    /// The value used when the argument is left out.
    #[must_use]
    pub const fn default(mut self, default: fn() -> T) -> Self {
        self.default = Some(default);
        self
    }

    /// Further schema keywords.
    #[must_use]
    pub const fn keywords(mut self, keywords: &'static [fn() -> Keywords]) -> Self {
        self.spec.keywords = keywords;
        self
    }

    /// Adds the argument to the properties of the tool's input schema.
    pub fn describe(&self, generator: &mut SchemaGenerator, into: &mut Properties) {
        let default = self.default.map(|default| (self.value)(&default()));
        self.spec.describe_with(default, generator, into);
    }

    /// Takes the value out of the arguments of a call; `None` after adding a problem.
    pub fn take(&self, arguments: &mut JsonObject, problems: &mut Vec<Problem>) -> Option<T> {
        let name = self.spec.name;
        let Some(value) = arguments.remove(name) else {
            let value = self.default.map(|default| default()).or_else(self.absent);
            if value.is_none() {
                problems.push(Problem::required(name, self.spec.description));
            }
            return value;
        };
        (self.parse)(value)
            .map_err(|error| problems.push(Problem::unreadable(name, &error)))
            .ok()
    }
}

impl<T> fmt::Debug for Arg<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.spec.fmt(f)
    }
}

/// The arguments of one tool: the struct that `#[confluent_tool]` makes of the parameters.
pub trait Arguments: DeserializeOwned + JsonSchema + Send + 'static {
    /// Takes every argument, collecting all problems; `None` after any.
    fn take(arguments: &mut JsonObject, problems: &mut Vec<Problem>) -> Option<Self>;

    /// Adds every argument to the properties of the input schema, in the order of the parameters.
    fn describe(generator: &mut SchemaGenerator, into: &mut Properties);
}

/// Panics at compile time if `name` is an argument that an injected parameter reads itself.
///
/// # Panics
/// In a constant, which makes it a compile error.
pub const fn unclaimed(name: &str, injected: &[&[ArgSpec]]) {
    let mut i = 0;
    while i < injected.len() {
        let mut j = 0;
        while j < injected[i].len() {
            assert!(
                !same(name, injected[i][j].name),
                "an injected parameter of this tool already reads an argument of this name"
            );
            j += 1;
        }
        i += 1;
    }
}

/// Panics at compile time if something is asked of a connection.
///
/// # Panics
/// In a constant, which makes it a compile error.
pub const fn needs_no_connection(requires: &[&[Requirement]]) {
    let mut i = 0;
    while i < requires.len() {
        assert!(
            requires[i].is_empty(),
            "{}",
            "a resource that works on a connection names it: write `{connection}` into the URI"
        );
        i += 1;
    }
}

/// Panics at compile time if `argument` must be given.
///
/// # Panics
/// In a constant, which makes it a compile error.
pub const fn may_be_left_out<T>(argument: &Arg<T>) {
    assert!(
        argument.optional || argument.default.is_some(),
        "a skill is read without arguments: make this one an `Option`, or give it a default"
    );
}

/// Whether two names are one, as calls may spell each in `camelCase` and in `snake_case`.
const fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let (mut i, mut j) = (0, 0);
    loop {
        while i < a.len() && a[i] == b'_' {
            i += 1;
        }
        while j < b.len() && b[j] == b'_' {
            j += 1;
        }
        if i == a.len() || j == b.len() {
            return i == a.len() && j == b.len();
        }
        if !a[i].eq_ignore_ascii_case(&b[j]) {
            return false;
        }
        i += 1;
        j += 1;
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(keywords: Keywords) -> Value {
        Value::Object(
            keywords
                .into_iter()
                .map(|(key, value)| (key.to_owned(), value))
                .collect(),
        )
    }

    #[test]
    fn ranges_become_keywords_and_integers_stay_integers() {
        assert_eq!(
            object(range::<u32>(1..=1000)).to_string(),
            r#"{"minimum":1,"maximum":1000}"#
        );
        assert_eq!(
            object(range::<Option<i64>>(-5..5)),
            json!({"minimum": -5, "exclusiveMaximum": 5})
        );
        assert_eq!(object(range::<f64>(..=0.5)), json!({"maximum": 0.5}));
    }

    #[test]
    fn a_name_is_the_same_in_both_spellings() {
        assert!(same("clusterId", "cluster_id") && same("cluster_id", "cluster_id"));
        assert!(!same("clusterId", "clusterIds") && !same("cluster", "clusters_"));
    }

    #[test]
    fn length_counts_what_the_type_has() {
        assert_eq!(
            object(length::<String>(1..=249)),
            json!({"minLength": 1, "maxLength": 249})
        );
        assert_eq!(object(length::<Vec<String>>(1..)), json!({"minItems": 1}));
        assert_eq!(
            object(length::<Option<BTreeMap<String, u8>>>(..3)),
            json!({"maxProperties": 2})
        );
    }

    #[test]
    fn an_absent_argument_is_its_default_then_none_then_a_problem() {
        let mut problems = Vec::new();
        let mut call = JsonObject::new();
        let limit = Arg::<u32>::new("limit", "Rows.").default(|| 10);
        assert_eq!(limit.take(&mut call, &mut problems), Some(10));
        let filter = Arg::<Option<String>>::new("filter", "Filter.");
        assert_eq!(filter.take(&mut call, &mut problems), Some(None));
        assert!(problems.is_empty());
        let topic = Arg::<String>::new("topic", "Topic to read.");
        assert_eq!(topic.take(&mut call, &mut problems), None);
        assert_eq!(
            problems[0].to_string(),
            "`topic` is required: Topic to read."
        );
    }

    #[test]
    #[should_panic(expected = "already reads an argument of this name")]
    fn a_claimed_name_is_refused() {
        const CLUSTER: ArgSpec = ArgSpec::new::<Option<String>>("clusterId", "Cluster.");
        unclaimed("cluster", &[&[CLUSTER]]);
        unclaimed("clusterId", &[&[], &[CLUSTER]]);
    }
}
