//! [`Kind`]: what an attribute makes of a function, and the words for it.

/// What an attribute makes of a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `#[confluent_tool]`
    Tool,
    /// `#[confluent_resource]`
    Resource,
    /// `#[confluent_prompt]`
    Prompt,
}

impl Kind {
    /// The name of the attribute.
    pub(crate) fn attribute(self) -> &'static str {
        match self {
            Self::Tool => "confluent_tool",
            Self::Resource => "confluent_resource",
            Self::Prompt => "confluent_prompt",
        }
    }

    /// What it is called in messages.
    pub(crate) fn noun(self) -> &'static str {
        match self {
            Self::Tool => "tool",
            Self::Resource => "resource",
            Self::Prompt => "prompt",
        }
    }

    /// What is fixed when the server starts, which is why such a function is not generic.
    pub(crate) fn shape(self) -> &'static str {
        match self {
            Self::Tool => "input schema is",
            Self::Resource => "URI is",
            Self::Prompt => "arguments are",
        }
    }

    /// What is derived from the type of the result.
    pub(crate) fn derived_from_result(self) -> &'static str {
        match self {
            Self::Tool => "output schema",
            Self::Resource => "MIME type",
            Self::Prompt => "messages",
        }
    }

    /// What to return, for a function that returns nothing.
    pub(crate) fn example_of_result(self) -> &'static str {
        match self {
            Self::Tool => "for nothing to say, return `Result<Done, ToolError>`",
            Self::Resource => "for plain text, return `Result<String>`",
            Self::Prompt => "for one message of the user, return `Result<String>`",
        }
    }

    /// What becomes of the name of an argument.
    pub(crate) fn role_of_argument_name(self) -> &'static str {
        match self {
            Self::Tool => "its key in the input schema",
            Self::Resource => "that of a variable of the URI",
            Self::Prompt => "that of the prompt's argument",
        }
    }

    /// Who reads the text above an argument, and what for.
    pub(crate) fn reader_of_argument_doc(self) -> &'static str {
        match self {
            Self::Tool => "the model reads that text to decide what to pass",
            Self::Resource => "the text says what the variable of the URI means",
            Self::Prompt => "a person reads that text to decide what to enter",
        }
    }

    /// The keys of `#[arg(…)]` on an argument.
    pub(crate) fn argument_keys(self) -> &'static [&'static str] {
        match self {
            Self::Tool => &[
                "default", "range", "length", "pattern", "name", "example", "header", "secret",
            ],
            Self::Resource => &["length", "pattern", "name", "complete"],
            Self::Prompt => &["default", "length", "pattern", "name", "complete"],
        }
    }

    /// The prefix of the symbol that two of the same name would both define.
    pub(crate) fn symbol(self) -> String {
        format!("mcp_confluent_{}_defined_twice__", self.noun())
    }
}
